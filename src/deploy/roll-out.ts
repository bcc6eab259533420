import type { Notice } from '../compose/types.ts';
import { environmentKey, otherColor, setGuard } from '../edge/state.ts';
import { DeployError } from '../errors.ts';
import { type Activation, activate } from './activate.ts';
import type { Bundle } from './bundle.ts';
import { changesBetween } from './changes.ts';
import { olderFault } from './commit.ts';
import { conclude } from './conclude.ts';
import type { Context } from './context.ts';
import { changeEdge, prepareEdge } from './edge-changes.ts';
import { discard } from './finish.ts';
import { demandGuard, guardOf } from './guard.ts';
import { runHook } from './hooks.ts';
import type { Pinned } from './images.ts';
import { knownOf, objectivesWith, type Part, recovers, serving } from './part.ts';
import { projectName } from './paths.ts';
import { prepare } from './prepare.ts';
import type { Server } from './server.ts';
import type { Session } from './session.ts';
import type { Steps } from './steps.ts';
import { bringCertificates } from './tls.ts';
import { together } from './together.ts';
import { isServing } from './traffic.ts';

/**
 * Brings a release that is complete up on all servers, and the traffic to it; one that is live already is left alone.
 * What was begun is taken away again when it fails.
 */
export async function rollOut(
  context: Context,
  steps: Steps,
  session: Session,
  bundles: ReadonlyMap<Server, Bundle>,
  images: ReadonlyMap<Server, Pinned>,
): Promise<Part> {
  const { config, author } = context;
  const servers = session.servers;
  const [first] = servers;
  const bundle = first && bundles.get(first);
  if (!first || !bundle) throw new Error('a deploy without a server');
  heed(context, bundle.splits.blue.notices);

  await Promise.all(servers.map((server) => demandGuard(context, server)));

  const live = serving(first, config.app, config.environment);
  const before = first.facts.releases.find((one) => one.id === live?.release);
  steps.known = { ...knownOf(live), attempted: bundle.release.id };
  if (live && before && (await unchanged(servers, bundles, config))) {
    context.log.info(`nothing changed: ${before.id} is live already`);
    // A renewed certificate or another login is no change of the release, and is wanted all the same.
    const key = environmentKey(config.app, config.environment);
    await Promise.all(
      servers.map(async (server) => {
        if (config.routes.length > 0)
          await changeEdge(server, (state) => setGuard(state, key, guardOf(context)));
        await bringCertificates(context, server);
      }),
    );
    return {
      outcome: 'unchanged',
      release: before.id,
      version: before.version,
      color: live.color,
      requests: 0,
      failedRequests: 0,
      downtimeMs: 0,
    };
  }

  const older = olderFault(before, context.commit, context.committedAt);
  if (older && !context.force) throw new DeployError(older);

  const all: Activation[] = servers.map((server) => {
    const from = serving(server, config.app, config.environment);
    const color = from ? otherColor(from.color) : 'blue';
    const own = bundles.get(server) as Bundle;
    return {
      server,
      release: own.release,
      color,
      model: own.splits[color].color,
      from,
      token: session.token,
    };
  });
  const each = (work: (one: Activation) => Promise<void>) => Promise.all(all.map(work));
  try {
    await steps.phase('prepare', () =>
      each(async (one) => {
        const journal = {
          kind: 'deploy' as const,
          release: one.release.id,
          color: one.color,
          at: new Date(context.now()).toISOString(),
          ...author,
          ...(one.from ? { from: one.from } : {}),
        };
        steps.onFailure('take the failed release away', () => takeAway(context, steps, one));
        // An edge that runs can make its room meanwhile; one that does not is started with the color.
        await together([
          prepare(
            context,
            one.server,
            bundles.get(one.server) as Bundle,
            one.color,
            journal,
            session.token,
            images.get(one.server)?.tags ?? [],
          ),
          one.server.facts.edge.running && one.release.routes.length > 0
            ? prepareEdge(context, one.server, one.release, one.color, guardOf(context))
            : Promise.resolve(),
        ]);
      }),
    );
    const { beforeSwitch, afterSwitch, seed } = config.hooks;
    if (beforeSwitch) {
      // The servers may share one database: the first one changes it, for all.
      const [one] = all as [Activation];
      await steps.phase('hook before-switch', () =>
        runHook(context, one.server, 'before-switch', beforeSwitch, one.release, one.color, session.token),
      );
    }
    if (seed && !live) {
      const [one] = all as [Activation];
      await steps.phase('hook seed', () =>
        runHook(context, one.server, 'seed', seed, one.release, one.color, session.token),
      );
    }
    const served = await activate(context, steps, all);
    await steps.phase('finish', () => conclude(context, steps, all, 'deploy'));
    if (afterSwitch) await after(context, steps, all[0] as Activation, afterSwitch, session.token);
    const [{ color }] = all as [Activation];
    return {
      outcome: 'deployed',
      release: bundle.release.id,
      version: context.version,
      color,
      requests: served.requests,
      failedRequests: served.failed,
      ...(served.failed === 0 ? { downtimeMs: 0 } : {}),
      changes: changesBetween(before, bundle.release),
      ...(recovers(first.facts) && { recovered: true }),
      objectives: objectivesWith(context, first, {
        kind: 'deploy',
        outcome: 'deployed',
        durationMs: steps.elapsedMs,
        leadMs: context.committedAt === undefined ? undefined : context.now() - context.committedAt,
      }),
      ...(live ? { previousRelease: live.release } : {}),
    };
  } catch (error) {
    await steps.undo();
    throw error;
  }
}

/** Tells what the split has to say; an error of its forbids the deploy. */
function heed(context: Context, notices: readonly Notice[]): void {
  const fault = ({ code, service, what, remedy }: Notice) => ({
    code,
    what,
    remedy,
    where: service === undefined ? 'compose file' : `compose file, service ${service}`,
  });
  const errors = notices.filter((one) => one.level === 'error');
  if (errors.length > 0) throw new DeployError(errors.map(fault));
  for (const notice of notices) {
    if (notice.level === 'warning') context.log.warn(fault(notice));
    else context.log.info(`${notice.service ?? 'compose file'}: ${notice.what} ${notice.remedy}`);
  }
}

/** Is what we made the same as what is live on every server, and does it answer? */
async function unchanged(
  servers: readonly Server[],
  bundles: ReadonlyMap<Server, Bundle>,
  config: Context['config'],
): Promise<boolean> {
  const checks = servers.map(async (server) => {
    const live = serving(server, config.app, config.environment);
    const record = server.facts.releases.find((one) => one.id === live?.release);
    if (!live || !record || record.fingerprint !== bundles.get(server)?.release.fingerprint) return false;
    return isServing(server, record, live.color);
  });
  return (await Promise.all(checks)).every(Boolean);
}

async function takeAway(
  context: Context,
  steps: Steps,
  { server, release, color, from, token }: Activation,
): Promise<void> {
  const at = context.now();
  const command = discard(
    server.facts.paths.root,
    token,
    projectName(release.app, release.environment, color),
    release.id,
    {
      at: new Date(at).toISOString(),
      kind: 'deploy',
      outcome: steps.reverted ? 'reverted' : 'failed',
      release: release.id,
      version: release.version,
      color,
      durationMs: Math.max(0, at - Date.parse(release.createdAt)),
      migrated: release.migrated,
      ...context.author,
      ...(from ? { previous: from.release } : {}),
    },
  );
  await server.must(command, { code: 'undo', what: 'The failed release could not be taken away.' });
}

/** A hook after the switch can no longer undo it: its failure is a warning. */
async function after(
  context: Context,
  steps: Steps,
  one: Activation,
  hook: NonNullable<Context['config']['hooks']['afterSwitch']>,
  token: string,
) {
  try {
    await steps.phase('hook after-switch', () =>
      runHook(context, one.server, 'after-switch', hook, one.release, one.color, token),
    );
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    for (const fault of error.faults)
      context.log.warn({ ...fault, remedy: 'The new release serves all the same.' });
  }
}
