import { imagePrefix } from '../build/images.ts';
import { environmentKey, otherColor } from '../edge/state.ts';
import type { Context } from './context.ts';
import { drained } from './drain.ts';
import type { Facts } from './facts.ts';
import { discard, finish } from './finish.ts';
import { projectName } from './paths.ts';
import type { Entry, Journal, Release, State } from './records.ts';
import type { Server } from './server.ts';
import { setActive } from './traffic.ts';

/** What an interrupted change comes to: it had switched, so it is finished; or it had not, so it is taken away. */
export type Recovery = { readonly kind: 'finish' | 'discard'; readonly journal: Journal };

/**
 * Decides by the one thing that the public sees: which color the edge's map makes active. A release without routes
 * has no line there, or an old one, and the state file decides.
 */
export function decideRecovery(facts: Facts, app: string, environment: string): Recovery | undefined {
  const { journal, state, edge } = facts;
  if (!journal) return undefined;
  const routed = facts.releases.find((one) => one.id === journal.release)?.routes.length !== 0;
  const shown = routed ? edge.active.get(environmentKey(app, environment)) : undefined;
  const active = shown ?? state?.active;
  // A first deploy that was cut after its switch has no state yet; one cut before has no active color either.
  return { kind: active === journal.color ? 'finish' : 'discard', journal };
}

/** Finishes or takes away what an earlier run left half-done. The lease is ours already. */
export async function recover(
  context: Context,
  server: Server,
  token: string,
): Promise<Recovery | undefined> {
  const { app, environment } = context.config;
  const { facts } = server;
  const recovery = decideRecovery(facts, app, environment);
  if (!recovery) return undefined;
  const { journal, kind } = recovery;
  const release = facts.releases.find((one) => one.id === journal.release);
  const at = new Date(context.now()).toISOString();
  const entry: Entry = {
    at,
    kind: journal.kind,
    outcome: kind === 'discard' ? 'failed' : journal.kind === 'rollback' ? 'rolled-back' : 'deployed',
    release: journal.release,
    version: release?.version ?? '',
    color: journal.color,
    by: journal.by,
    run: journal.run,
    durationMs: Math.max(0, context.now() - Date.parse(journal.at)),
    migrated: release?.migrated ?? false,
    reason: 'interrupted',
    ...(journal.from ? { previous: journal.from.release } : {}),
  };
  // The run may have been cut after it noted the change and before it took the journal away.
  const last = facts.ledger.at(-1);
  const noted =
    last?.release === journal.release &&
    last.kind === journal.kind &&
    last.run === journal.run &&
    last.at >= journal.at;
  const line = noted ? undefined : entry;
  const done =
    kind === 'finish' ? 'was switched already, and is finished' : 'was not switched yet, and is taken away';
  context.log.info(
    `an earlier ${journal.kind} of ${journal.release} by ${journal.by} was interrupted: it ${done}`,
  );
  await settle(context, server, recovery, token);
  const project = projectName(app, environment, journal.color);
  const command =
    kind === 'finish'
      ? finishRecovered(facts, journal, line, release, context, token)
      : discard(facts.paths.root, token, project, journal.kind === 'deploy' ? journal.release : '', line);
  await server.must(command, {
    code: 'recover',
    what: `The interrupted ${journal.kind} of ${journal.release} could not be brought to an end.`,
    remedy: 'Its app goes on serving. Run the deploy again; when it stays, command: unlock.',
  });
  return recovery;
}

/**
 * Makes the running edge serve what its files say, and waits until the other color has answered what it began to
 * answer. The change may have been cut between the map on disk and the map in memory: what the disk takes for idle may
 * be what serves.
 */
async function settle(
  context: Context,
  server: Server,
  { kind, journal }: Recovery,
  token: string,
): Promise<void> {
  const { facts } = server;
  const to = kind === 'finish' ? { color: journal.color, release: journal.release } : journal.from;
  const id = to?.release ?? journal.release;
  const release = facts.releases.find((one) => one.id === id);
  if (!facts.edge.running || !release || release.routes.length === 0) return;
  await setActive(server, release, to?.color, token);
  const other = to ? otherColor(to.color) : journal.color;
  const left = await drained(context, server, release, other, release.drainMs);
  if (left[other].sessions > 0) context.signal.throwIfAborted();
}

function finishRecovered(
  facts: Facts,
  journal: Journal,
  entry: Entry | undefined,
  release: Release | undefined,
  context: Context,
  token: string,
) {
  const { app, environment } = context.config;
  const { from } = journal;
  const standby = release?.standby ?? 'stopped';
  const since = new Date(context.now()).toISOString();
  const state: State = {
    active: journal.color,
    colors: {
      [journal.color]: { release: journal.release, since },
      ...(from && standby !== 'none' ? { [from.color]: { release: from.release, since } } : {}),
    },
    by: journal.by,
    run: journal.run,
  };
  return finish({
    root: facts.paths.root,
    token,
    state,
    entry,
    oldProject: from && projectName(app, environment, from.color),
    standby,
    standbyMs: release?.standbyMs ?? 0,
    remove: [],
    imagePrefix: imagePrefix(app),
    giveBack: false,
  });
}
