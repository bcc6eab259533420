import { imagePrefix } from '../build/images.ts';
import { environmentKey, otherColor, settleRoutes } from '../edge/state.ts';
import type { Activation } from './activate.ts';
import type { Context } from './context.ts';
import { changeEdge } from './edge-changes.ts';
import { finish, releasesToRemove } from './finish.ts';
import { projectName } from './paths.ts';
import type { Entry, State } from './records.ts';
import type { Steps } from './steps.ts';

/** Writes down on every server what is true now, puts the old color aside, and removes what is kept no longer. */
export async function conclude(
  context: Context,
  steps: Steps,
  all: readonly Activation[],
  kind: 'deploy' | 'rollback',
): Promise<void> {
  await Promise.all(all.map((one) => concludeOne(context, steps, one, kind)));
}

async function concludeOne(
  context: Context,
  steps: Steps,
  one: Activation,
  kind: 'deploy' | 'rollback',
): Promise<void> {
  const { server, release, color, from, token } = one;
  const { config, author } = context;
  // What HTTP does for a hostname follows the release that serves it now.
  const key = environmentKey(release.app, release.environment);
  if (release.routes.length > 0)
    await changeEdge(server, (state) => settleRoutes(state, key, release.routes));
  const { facts } = server;
  const at = new Date(context.now()).toISOString();
  const standing = config.standby.keep === 'none' ? undefined : from;
  const state: State = {
    active: color,
    colors: {
      [color]: { release: release.id, since: at },
      ...(standing ? { [standing.color]: { release: standing.release, since: at } } : {}),
    },
    ...author,
  };
  const entry: Entry = {
    at,
    kind,
    outcome: kind === 'rollback' ? 'rolled-back' : 'deployed',
    release: release.id,
    version: release.version,
    color,
    durationMs: steps.elapsedMs,
    ...(kind === 'deploy' && release.committedAt !== undefined
      ? { leadMs: Math.max(0, context.now() - release.committedAt) }
      : {}),
    migrated: kind === 'deploy' && release.migrated,
    ...author,
    ...(from ? { previous: from.release } : {}),
  };
  const good = [
    ...facts.ledger.filter((line) => line.outcome === 'deployed').map((line) => line.release),
    release.id,
  ];
  const remove = releasesToRemove(
    [...new Set([...facts.releases.map((known) => known.id), release.id])],
    [...new Set(good)],
    Object.values(state.colors).flatMap((standingColor) => (standingColor ? [standingColor.release] : [])),
    config.retain,
  );
  const giveBack = config.hooks.afterSwitch === undefined || kind === 'rollback';
  // Before it is true: a heartbeat that comes too late for it is no lost lease.
  if (giveBack) server.holdsLease = false;
  const command = finish({
    root: facts.paths.root,
    token,
    state,
    entry,
    oldProject: from && projectName(release.app, release.environment, otherColor(color)),
    standby: config.standby.keep,
    standbyMs: config.standby.forMs,
    remove,
    imagePrefix: imagePrefix(config.app),
    giveBack,
  });
  await server
    .must(command, {
      code: 'finish',
      what: 'The end of the change could not be written down; the new release serves.',
      remedy: 'Run any command again: it finds what was begun, and finishes it.',
    })
    .catch((error) => {
      server.holdsLease = true;
      throw error;
    });
}
