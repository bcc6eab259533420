import { imageArchitecture } from '../build/images.ts';
import type { Room } from '../build/registry/space.ts';
import type { ComposeModel } from '../compose/model.ts';
import type { Notice } from '../compose/types.ts';
import { type Color, environmentKey, otherColor, setGuard } from '../edge/state.ts';
import { DeployError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import { DORA_DAYS, type LedgerLine, type Objectives, objectivesOf } from '../report/objectives.ts';
import type { Result } from '../report/result.ts';
import { type Activation, activate } from './activate.ts';
import { type Bundle, makeBundle } from './bundle.ts';
import { changesBetween } from './changes.ts';
import { olderFault } from './commit.ts';
import { conclude } from './conclude.ts';
import type { Context } from './context.ts';
import { changeEdge, prepareEdge } from './edge-changes.ts';
import { discard } from './finish.ts';
import { demandGuard, guardOf } from './guard.ts';
import { runHook } from './hooks.ts';
import { haveImages, type Pinned } from './images.ts';
import { judgeEarly, judgeLate } from './judge.ts';
import { builtElsewhere, enterRegistry, takeMade } from './made.ts';
import { testAndBuild } from './make.ts';
import { projectName } from './paths.ts';
import { prepare } from './prepare.ts';
import type { Server } from './server.ts';
import { openHosts, Session } from './session.ts';
import { imageSources } from './source.ts';
import type { Steps } from './steps.ts';
import { bringCertificates } from './tls.ts';
import { together } from './together.ts';
import { isServing } from './traffic.ts';
import { composeSource, projectOf, readModelOf } from './user-model.ts';
import { withSecrets } from './with-secrets.ts';

/** What a change came to, for the report. */
export type Part = Omit<Result, 'command' | 'app' | 'environment' | 'durationMs' | 'phases' | 'faults'>;

/** A name for a release that sorts by time and shows its version. */
export function releaseId(now: number, version: string): string {
  const stamp = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  return `${stamp}-${version
    .replace(/[^A-Za-z0-9]+/g, '')
    .slice(0, 12)
    .toLowerCase()}`;
}

/**
 * Test, build, push and switch: from the user's files to a release that serves.
 * @param admit what else has to be so on the servers before anything is begun.
 */
export async function deploy(
  given: Context,
  steps: Steps,
  admit?: (hosts: readonly Host[]) => Promise<void>,
): Promise<Part> {
  const id = releaseId(given.now(), given.version);
  const project = projectOf(given);
  const { context, model, hosts, registry } = await connectAndRead(given, steps, enterRegistry);
  if (admit) await steps.phase('room', () => admit(hosts));
  const all = imageSources(model, project, id, context.version);
  const sources = builtElsewhere(context, registry, model, all);
  const rooms: Room[] = [];
  const architectures = async () => {
    const seen = await judgeEarly(context, model, hosts);
    for (const [host, { freeBytes }] of seen) rooms.push({ host, freeBytes });
    return [...seen.values()].map(({ architecture }) => imageArchitecture(architecture));
  };
  const baked = await testAndBuild({ context, id, model, registry, architectures }, steps);
  const made = await takeMade(context, steps, registry, model, sources, baked, rooms);
  const wanted = [...new Set([...sources.map((one) => one.name), ...Object.values(made.pins)])];

  const session = await steps.phase('lease', () => Session.open(context, hosts, wanted));
  try {
    if (rooms.length === 0) await judgeLate(context, model, session.servers);
    const images = await steps.phase('images', () => haveImages(context, session, sources, made, registry));
    const bundles = new Map(
      session.servers.map((server) => [
        server,
        bundleFor(context, server, model, id, images.get(server)?.images ?? {}),
      ]),
    );
    return await release(context, steps, session, bundles, images);
  } finally {
    await session.close();
  }
}

/** Opens the connections while the stores, Compose and the registry are asked: none waits for another without need. */
export async function connectAndRead<Registry>(
  given: Context,
  steps: Steps,
  enter: (context: Context) => Promise<Registry>,
) {
  return steps.phase('connect', async () => {
    const opening = openHosts(given);
    const reading = async () => {
      const context = await withSecrets(given, () => opening);
      return { context, model: await readModelOf(context, projectOf(context)) };
    };
    const [{ context, model }, hosts, registry] = await together([reading(), opening, enter(given)]);
    return { context, model, hosts, registry };
  });
}

/** The release as this server gets it: paths differ by the home of the deploy user. */
export function bundleFor(
  context: Context,
  server: Server,
  model: ComposeModel,
  id: string,
  images: Readonly<Record<string, string>>,
): Bundle {
  const now = new Date(context.now()).toISOString();
  return makeBundle({
    config: context.config,
    model,
    id,
    version: context.version,
    commit: context.commit,
    committedAt: context.committedAt,
    createdAt: now,
    env: context.env,
    filling: context.filling,
    origins: context.origins,
    images,
    paths: server.facts.paths,
    projectDir: composeSource(context, projectOf(context)).projectDir,
    workspace: context.workspace,
    existing: context.existing,
  });
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

/** The color that serves on a server, and its release. */
export function serving(server: Server, app: string, environment: string) {
  const { edge, state } = server.facts;
  const color = (edge.active.get(environmentKey(app, environment)) as Color | undefined) ?? state?.active;
  const release = color && state?.colors[color]?.release;
  return color && release ? { color, release } : undefined;
}

/** What is live, in the report's words. */
export const knownOf = (live: ReturnType<typeof serving>) =>
  live ? { release: live.release, previousRelease: live.release, color: live.color } : {};

async function release(
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

/** How deploying this environment goes, with a change that ended just now and is not in what was read before it. */
export function objectivesWith(
  context: Pick<Context, 'now'>,
  { facts }: Pick<Server, 'facts'>,
  change: Omit<LedgerLine, 'at'>,
): Objectives {
  const to = context.now();
  const lines = [...facts.ledger, { ...change, at: new Date(to).toISOString() }];
  return objectivesOf(lines, to - DORA_DAYS * 86_400_000, to);
}

/** Whether the change before this one had failed, and had not been made good yet. */
export function recovers({ ledger }: Pick<Server['facts'], 'ledger'>): boolean {
  const last = ledger.at(-1)?.outcome;
  return last === 'failed' || last === 'reverted';
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
