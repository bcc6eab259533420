import type { Fault } from '../errors.ts';
import type { Facts } from './facts.ts';
import { closedFault, kindFault } from './machine.ts';

export const MIN_ENGINE = '24.0';
export const MIN_COMPOSE = '2.24';
/** Below this nothing can be started safely: logs and databases need room too. */
const MIN_FREE_BYTES = 200 * 1024 * 1024;

/** Is a version at least another one? Only the two first numbers count. */
export function atLeast(version: string, minimum: string): boolean {
  const [a = 0, b = 0] = version.split(/[.+-]/).map(Number);
  const [c = 0, d = 0] = minimum.split('.').map(Number);
  return a > c || (a === c && b >= d);
}

/** Everything about a host that would keep a deploy from working, all at once. */
export function preflight(facts: Facts, where: string, needsEdge: boolean): Fault[] {
  const faults: Fault[] = [];
  const fault = (code: string, what: string, remedy: string) => faults.push({ code, where, what, remedy });
  if (facts.machine.closed.length > 0) faults.push(closedFault(facts.machine.closed, where));
  const kind = kindFault(facts.machine, facts.engineIs, where, needsEdge);
  // What else is wrong with it would be mended in vain.
  if (kind) return [...faults, kind];
  if (facts.engine === undefined) {
    if (/permission denied/i.test(facts.engineSaid)) {
      fault(
        'host-docker-rights',
        'The deploy user may not use Docker.',
        'On the server: sudo usermod -aG docker USER. Mind that this group is as mighty as root.',
      );
    } else if (/not found/i.test(facts.engineSaid) || facts.engineSaid === '') {
      fault(
        'host-docker-missing',
        'There is no Docker on the server.',
        'Install Docker Engine: https://docs.docker.com/engine/install/',
      );
    } else {
      fault(
        'host-docker-down',
        `Docker does not answer on the server: ${facts.engineSaid.split('\n')[0]}`,
        'On the server: sudo systemctl start docker; journalctl -u docker says why it is down.',
      );
    }
    return faults;
  }
  if (!atLeast(facts.engine, MIN_ENGINE)) {
    fault(
      'host-docker-old',
      `Docker Engine ${facts.engine} is too old.`,
      `Update it to ${MIN_ENGINE} or newer.`,
    );
  }
  if (facts.compose === undefined) {
    fault(
      'host-compose-missing',
      'Docker Compose (the plugin, version 2) is not on the server.',
      'Install the package docker-compose-plugin (or docker-compose-v2, docker-compose), then: docker compose version.',
    );
  } else if (!atLeast(facts.compose, MIN_COMPOSE)) {
    fault(
      'host-compose-old',
      `Docker Compose ${facts.compose} is too old.`,
      `Update the package docker-compose-plugin to ${MIN_COMPOSE} or newer.`,
    );
  }
  if (facts.freeBytes < MIN_FREE_BYTES) {
    fault(
      'host-disk-full',
      `Only ${Math.round(facts.freeBytes / 1024 / 1024)} MB are free where Docker keeps its data.`,
      'Make room first: docker system df shows where it went.',
    );
  }
  if (needsEdge && !facts.edge.running && facts.edge.listening.length > 0) {
    const names = facts.edge.publishers;
    const who =
      names.length > 1
        ? `the containers ${names.join(' and ')}`
        : names.length === 1
          ? `the container ${names[0]}`
          : 'another program';
    fault(
      'port-taken',
      `${facts.edge.listening.length > 1 ? 'Ports 80 and 443 are' : `Port ${facts.edge.listening[0]} is`} taken by ${who}.`,
      names.length > 0
        ? `The edge owns these ports. An app that was started by hand is deployed in its place: docker stop ${names.join(' ')}, then run the deploy again.`
        : 'The edge owns these ports. sudo ss -ltnp "( sport = 80 or sport = 443 )" shows what listens there; stop it.',
    );
  }
  return faults;
}
