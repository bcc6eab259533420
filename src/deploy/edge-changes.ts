import { script } from '../commands/command.ts';
import { startEdge, writeEdge } from '../edge/install.ts';
import { GUARD_MAPS, mapCommands, mapFile, mapsOf, parseMap } from '../edge/maps.ts';
import { freeServers } from '../edge/servers.ts';
import {
  type Color,
  type EdgeState,
  edgeStateSchema,
  environmentKey,
  type Guard,
  placeColor,
  setGuard,
} from '../edge/state.ts';
import { DeployError } from '../errors.ts';
import type { Output } from '../hosts/host.ts';
import type { Context } from './context.ts';
import type { Release } from './records.ts';
import type { Server } from './server.ts';

/** Exit code of a write that another app's deploy came before. */
const OVERTAKEN = 75;
const TRIES = 5;
/** HAProxy's answer to a map that its configuration does not have. */
export const UNKNOWN_MAP = /^Unknown map identifier/;

/**
 * Changes what the edge knows, on disk and at run time. `decide` may be asked again: when another app's deploy on the
 * same host wrote first.
 */
export async function changeEdge(
  server: Server,
  decide: (state: EdgeState) => EdgeState,
): Promise<EdgeState> {
  for (let attempt = 1; ; attempt++) {
    const { edge, paths } = server.facts;
    const next = decide(edge.state);
    if (edge.seen !== '' && JSON.stringify(next) === JSON.stringify(edge.state)) return next;
    // Its door is opened while the files are written; that it does not open is told when it is needed.
    if (edge.running) server.runtime().catch(() => {});
    const output = await writeDown(server, next);
    if (output.code === 0) {
      if (edge.running) await tellEdge(server, edge.state, next);
      return next;
    }
    if (output.code !== OVERTAKEN || attempt === TRIES) {
      throw new DeployError({
        code: 'edge-write',
        where: server.host.name,
        what: `The edge's files could not be written: ${output.stderr.trim() || 'another deploy keeps changing them'}.`,
        remedy: `Check the disk and the rights of ${paths.edge} on the server.`,
      });
    }
    await remember(server);
  }
}

/** Writes the edge's files anew from what is known, for the next start of the edge. */
export async function rewriteEdge(server: Server): Promise<void> {
  const { code } = await writeDown(server, server.facts.edge.state);
  // When another app's deploy came first, that one has written them.
  if (code !== 0) await remember(server);
}

/** Writes the edge's files for a state, unless somebody else changed them since they were read. */
async function writeDown(server: Server, state: EdgeState): Promise<Output> {
  const { edge, paths } = server.facts;
  const { command, input } = writeEdge(paths.edge, edge.seen, state);
  const output = await server.host.run(command, { input });
  if (output.code === 0) {
    server.facts = {
      ...server.facts,
      edge: { ...server.facts.edge, state, seen: output.stdout.trim() },
    };
  }
  return output;
}

/** Reads the edge's state anew, so that a next change is decided on what is there. */
async function remember(server: Server): Promise<void> {
  const { facts, host } = server;
  const { stdout } = await host.run(
    script('cd "$1" && cat edge.json && sha256sum <edge.json', [facts.paths.edge]),
  );
  const at = stdout.trimEnd().lastIndexOf('\n');
  const state = edgeStateSchema.parse(JSON.parse(stdout.slice(0, at)));
  server.facts = {
    ...facts,
    edge: { ...facts.edge, state, seen: stdout.slice(at).trim().split(' ')[0] ?? '' },
  };
}

/** Brings the running edge's maps to the state; what it has is asked for, never assumed. */
async function tellEdge(server: Server, before: EdgeState, next: EdgeState): Promise<void> {
  const runtime = await server.runtime();
  // What keeps strangers out is there before the hostname leads anywhere.
  const names = ['slots', 'redirect', ...GUARD_MAPS, 'hosts'] as const;
  const shown = await runtime.ask(names.map((name) => `show map ${mapFile(name)}`));
  const wanted = mapsOf(next);
  const orders = names.flatMap((name, at) => {
    // An edge of an older kind: who needs a guard has asked before (guard.ts), so there is none to set here.
    if (UNKNOWN_MAP.test(shown[at] ?? '')) return [];
    // `show map` prints an address before each entry.
    const has = parseMap((shown[at] ?? '').replace(/^0x\S+ /gm, ''));
    return mapCommands(name, has, wanted[name]);
  });
  // New entries from the outside in, and old ones away the other way round.
  const isOld = (order: string) => order.startsWith('del ');
  await runtime.order([...orders.filter((one) => !isOld(one)), ...orders.filter(isOld).reverse()]);
  const freed = before.slots.filter((slot) => !next.slots.some((one) => one.slot === slot.slot));
  if (freed.length > 0) await runtime.ask(freed.flatMap(({ slot }) => freeServers(slot)));
}

/** Takes slots for a color, and has the edge running. */
export async function prepareEdge(
  context: Context,
  server: Server,
  release: Release,
  color: Color,
  guard: Guard | undefined,
): Promise<void> {
  const { app, environment } = context.config;
  const key = environmentKey(app, environment);
  const targets = release.targets[color].map(({ connect: _, ...target }) => target);
  await changeEdge(server, (state) =>
    setGuard(placeColor(state, key, color, targets, release.routes), key, guard),
  );
  if (server.facts.edge.running) return;
  context.log.info('starting the edge');
  const output = await server.host.run(startEdge(server.facts.paths.edge), {
    onLine: (line) => context.log.info(line),
  });
  if (output.code !== 0) throw edgeFault(server, output.code, output.stderr);
  server.facts = { ...server.facts, edge: { ...server.facts.edge, running: true } };
}

function edgeFault(server: Server, code: number, said: string): DeployError {
  const where = server.host.name;
  const evidence = said.trim();
  if (code === 76) return portFault(server);
  if (code === 77) {
    return new DeployError({
      code: 'edge-image',
      where,
      what: `The image of the edge could not be pulled: ${evidence.split('\n').at(-1)}`,
      remedy: 'The server needs a way to Docker Hub once, or the image loaded by hand: docker load.',
    });
  }
  return new DeployError({
    code: 'edge-start',
    where,
    what: 'The edge did not come up.',
    remedy: 'Its last words are below. It was removed again; nothing else was changed.',
    evidence,
  });
}

/** Somebody else has port 80 or 443: named when it is a container. */
export function portFault(server: Server): DeployError {
  const { publishers, listening } = server.facts.edge;
  const who = publishers.length > 0 ? `the container ${publishers.join(', ')}` : 'another program';
  return new DeployError({
    code: 'port-taken',
    where: server.host.name,
    what: `Port ${listening.join(' and ') || '80 or 443'} is taken by ${who}.`,
    remedy:
      publishers.length > 0
        ? `The edge owns these ports. Stop it first: docker stop ${publishers.join(' ')} (an app that was started by hand is deployed in its place).`
        : 'The edge owns these ports. Stop what listens there: sudo ss -ltnp "( sport = 80 or sport = 443 )" shows it.',
  });
}
