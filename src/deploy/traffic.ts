import { script } from '../commands/command.ts';
import { PROOF_HEADER } from '../edge/config.ts';
import { WRITE_ACTIVE } from '../edge/install.ts';
import { mapFile } from '../edge/maps.ts';
import { type Color, environmentKey } from '../edge/state.ts';
import { NO_STATS, readStats, type SlotStats, since, statCommand } from '../edge/stats.ts';
import { DeployError } from '../errors.ts';
import { STILL_OURS } from './lease.ts';
import type { Release } from './records.ts';
import type { Server } from './server.ts';
import { slotsOf } from './slots.ts';

async function read(server: Server, slots: readonly string[]): Promise<SlotStats[]> {
  if (slots.length === 0) return [];
  const runtime = await server.runtime();
  return (await runtime.ask(slots.map(statCommand))).map(readStats);
}

const add = (a: SlotStats, b: SlotStats): SlotStats => ({
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
  cut: a.cut + b.cut,
  sessions: a.sessions + b.sessions,
  responseMs: Math.max(a.responseMs, b.responseMs),
});

/** Requests and failures since a reading, as the edge counted them. */
export const failedOf = (stats: SlotStats): number => stats.errors + stats.cut;

/** What came in between two readings. */
export function counted(
  before: Readonly<Record<Color, SlotStats>>,
  now: Readonly<Record<Color, SlotStats>>,
): { requests: number; failed: number } {
  const parts = (['blue', 'green'] as const).map((color) => since(before[color], now[color]));
  return {
    requests: parts.reduce((sum, part) => sum + part.requests, 0),
    failed: parts.reduce((sum, part) => sum + failedOf(part), 0),
  };
}

/** The counters of both colors, each summed over its slots, read together. */
export async function bothColors(server: Server, release: Release): Promise<Record<Color, SlotStats>> {
  const blue = slotsOf(server, release, 'blue');
  const stats = await read(server, [...blue, ...slotsOf(server, release, 'green')]);
  return {
    blue: stats.slice(0, blue.length).reduce(add, NO_STATS),
    green: stats.slice(blue.length).reduce(add, NO_STATS),
  };
}

/**
 * Points the environment's traffic at a color, and then asks the edge itself, as the public does, which color answers.
 * @param color undefined: no color answers any more, as before a first deploy.
 * @throws DeployError switch-unconfirmed when the edge does not say so; nothing old may be stopped then.
 */
export async function pointTo(
  server: Server,
  release: Release,
  color: Color | undefined,
  token: string,
): Promise<void> {
  // Opened while the switch is written, for the question after it.
  if (color !== undefined) server.public.dial();
  await setActive(server, release, color, token);
  if (color !== undefined) await confirm(server, release, color);
}

/** Makes a color the active one: first on disk, which a restart of the edge comes back to, then in the running edge. */
export async function setActive(
  server: Server,
  release: Pick<Release, 'app' | 'environment'>,
  color: Color | undefined,
  token: string,
): Promise<void> {
  const { paths } = server.facts;
  const key = environmentKey(release.app, release.environment);
  await server.must(
    script(`${STILL_OURS}\n${WRITE_ACTIVE}\nstill_ours "$1" "$2"; write_active "$3" "$4" "$5"`, [
      paths.root,
      token,
      paths.edge,
      key,
      color ?? '',
    ]),
    {
      code: 'switch-write',
      what: 'The active color could not be written on the server.',
      remedy: 'The traffic stays where it was.',
    },
  );
  const runtime = await server.runtime();
  const file = mapFile('active');
  if (color === undefined) {
    await runtime.ask([`del map ${file} ${key}`]);
    return;
  }
  // `set map` knows only keys that are there; `add map` would add a second value to one that is.
  const [refusal] = await runtime.ask([`set map ${file} ${key} ${color}`]);
  if (refusal) await runtime.order([`add map ${file} ${key} ${color}`]);
}

/** Does a color answer the public well, on every route? For an app without routes there is nobody to ask: yes. */
export async function isServing(server: Server, release: Release, color: Color): Promise<boolean> {
  try {
    if (release.routes.length === 0) return true;
    await confirm(server, release, color, true);
    return true;
  } catch {
    return false;
  }
}

/** Asks the edge, by each route's first hostname, which color answers the public. */
async function confirm(server: Server, release: Release, color: Color, well = false): Promise<void> {
  const key = environmentKey(release.app, release.environment);
  await Promise.all(
    release.routes.map(async (route) => {
      const hostname = route.hosts[0] ?? '';
      const answer = await server.public.ask({
        hostname,
        path: route.health.path,
        headers: { 'x-forwarded-proto': route.tls ? 'https' : 'http' },
      });
      const says = String(answer.headers[PROOF_HEADER] ?? 'nothing');
      if (says !== `${key} ${color}` || (well && (answer.status < 200 || answer.status > 299))) {
        throw new DeployError({
          code: 'switch-unconfirmed',
          where: server.host.name,
          what: `After the switch to ${color} the edge answers ${hostname} with status ${answer.status} from "${says}".`,
          remedy: 'Nothing old was stopped. See docker logs restaurant-deploy-edge on the server.',
        });
      }
    }),
  );
}
