import { freeServers, leadToOne, leadToSeveral, readServers, serversCommand } from '../edge/servers.ts';
import { type Color, environmentKey, type Slot } from '../edge/state.ts';
import { type Context, warn } from './context.ts';
import type { Release } from './records.ts';
import type { Server } from './server.ts';

/** Service -> addresses of its containers on the edge's network. */
type Addresses = ReadonlyMap<string, readonly string[]>;

/** How often the edge is asked whether it found all containers of a service, and for how long, in milliseconds. */
const LOOK_MS = 150;
const LONGEST_MS = 10_000;

/**
 * Puts a color's containers behind its slots; of a service with several, in the end: `all` ends when the edge has them,
 * or is not waited for any longer.
 * @param latest the addresses as they are now: a container that died meanwhile may come back with another one
 */
export async function enableSlots(
  context: Pick<Context, 'sleep' | 'log'>,
  server: Server,
  release: Release,
  color: Color,
  latest: () => Addresses,
  signal: AbortSignal,
): Promise<{ readonly all: Promise<void> }> {
  const addresses = latest();
  const slots = release.targets[color].map((target) => ({
    slot: slotFor(server, release, color, target.service, target.port).slot,
    alias: target.alias,
    port: target.port,
    target,
    found: addresses.get(target.connect) ?? [],
  }));
  const runtime = await server.runtime();
  await runtime.ask(
    slots.flatMap(({ slot, alias, port, found: [first, ...more] }) => [
      ...freeServers(slot, 1 + more.length),
      ...(first !== undefined && more.length === 0 ? leadToOne(slot, alias, first, port) : []),
    ]),
  );
  const several = async () => {
    let waiting = slots.filter(({ found }) => found.length > 1);
    for (let waited = 0; waiting.length > 0 && waited < LONGEST_MS && !signal.aborted; waited += LOOK_MS) {
      const shown = await runtime.ask(waiting.map(({ slot }) => serversCommand(slot)));
      const now = latest();
      const next = waiting.map(({ slot, alias, port, target, found }, at) => {
        const current = now.get(target.connect) ?? [];
        const { commands, done } = leadToSeveral(
          slot,
          readServers(shown[at] ?? ''),
          alias,
          // One that is away for a moment keeps its server.
          current.length < found.length ? found : current,
          port,
        );
        return { commands, done: done && current.length >= found.length };
      });
      await runtime.ask(next.flatMap(({ commands }) => commands));
      waiting = waiting.filter((_, at) => !next[at]?.done);
      if (waiting.length > 0) await context.sleep(LOOK_MS);
    }
    if (signal.aborted) return;
    for (const { target, found } of waiting) {
      warn(context, {
        code: 'edge-replicas',
        where: `${server.host.name}, service ${target.service}`,
        what: `The edge did not find all of the ${found.length} containers within ${LONGEST_MS / 1000} s: only those that it found get traffic.`,
        remedy: 'Look whether one of them restarts (docker ps on the server), then deploy again.',
      });
    }
  };
  const all = several();
  // Told when it is waited for.
  all.catch(() => {});
  return { all };
}

/** The slot of a service and port in a color. */
export function slotFor(server: Server, release: Release, color: Color, service: string, port: number): Slot {
  const key = environmentKey(release.app, release.environment);
  const slot = server.facts.edge.state.slots.find(
    (one) => one.environment === key && one.color === color && one.service === service && one.port === port,
  );
  if (!slot) throw new Error(`no slot for ${service}:${port} in ${color} of ${key}`);
  return slot;
}

/** All slots of a color of an environment. */
export function slotsOf(server: Server, release: Release, color: Color): string[] {
  const key = environmentKey(release.app, release.environment);
  return server.facts.edge.state.slots
    .filter((one) => one.environment === key && one.color === color)
    .map((one) => one.slot);
}
