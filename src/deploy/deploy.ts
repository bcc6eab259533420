import { dirname, resolve } from 'node:path';
import { architectureFault, build, builtServices, type LocalImage, localImages } from '../build/images.ts';
import { pull } from '../build/pull.ts';
import { push, type Target } from '../build/push/push.ts';
import { type Command, command } from '../commands/command.ts';
import type { ComposeModel } from '../compose/model.ts';
import { composeConfig, interpolationEnv, readCompose } from '../compose/read.ts';
import type { Notice } from '../compose/types.ts';
import { composeFiles } from '../config/read.ts';
import { type Color, environmentKey, otherColor } from '../edge/state.ts';
import { DeployError } from '../errors.ts';
import type { Result } from '../report/result.ts';
import { type Activation, activate } from './activate.ts';
import { type Bundle, makeBundle, PLACEHOLDERS } from './bundle.ts';
import { changesBetween } from './changes.ts';
import { olderFault } from './commit.ts';
import { conclude } from './conclude.ts';
import type { Context } from './context.ts';
import { discard } from './finish.ts';
import { runHook } from './hooks.ts';
import { projectName } from './paths.ts';
import { preflight } from './preflight.ts';
import { prepare } from './prepare.ts';
import type { Server } from './server.ts';
import { look, openHosts, Session } from './session.ts';
import { type ImageSource, idOn, imageSources, pins } from './source.ts';
import type { Steps } from './steps.ts';
import { bringCertificates } from './tls.ts';
import { isServing } from './traffic.ts';

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

/** Test, build, push and switch: from the user's files to a release that serves. */
export async function deploy(context: Context, steps: Steps): Promise<Part> {
  const id = releaseId(context.now(), context.version);
  const project = projectName(context.config.app, context.config.environment, 'shared').replace(
    /-shared$/,
    '',
  );

  // The connection is opened while Compose reads the files: neither waits for the other.
  const [model, hosts] = await steps.phase('connect', () =>
    together([readModelOf(context, project), openHosts(context)]),
  );
  const sources = imageSources(model, project, id, context.version);
  const building = !context.skipBuild && builtServices(model).length > 0;
  if (building) {
    await steps.phase('build', async () => {
      const needsEdge = context.config.routes.length > 0;
      const seen = await Promise.all(hosts.map((host) => look(context, host, [])));
      const faults = seen.flatMap((facts, at) => preflight(facts, hosts[at]?.name ?? '', needsEdge));
      if (faults.length > 0) throw new DeployError(faults);
      await buildImages(context, id);
    });
  }
  const built = await localImages(
    context.local,
    sources.filter((one) => one.kind === 'built').map((one) => one.name),
  );
  const builtPins = pins(context.config.app, sources, (name) => built.get(name)?.id);
  const wanted = [...new Set([...sources.map((one) => one.name), ...Object.values(builtPins)])];

  const session = await steps.phase('lease', () => Session.open(context, hosts, wanted));
  try {
    const images = await steps.phase('images', () => haveImages(context, session, sources, built, builtPins));
    const bundles = new Map(
      session.servers.map((server) => [server, bundleFor(context, server, model, id, images.pinned)]),
    );
    return await release(context, steps, session, bundles, images.tags);
  } finally {
    await session.close();
  }
}

/** Both, and when one fails the other is not left without somebody who listens. */
export async function together<A, B>(pair: [Promise<A>, Promise<B>]): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled(pair);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
}

/** Compose's project on the runner: names the images that have no name of their own. */
export const projectOf = ({ config }: Context): string => `${config.app}-${config.environment}`;

function source(context: Context, project: string) {
  const files = composeFiles(context.config, context.workspace).map((file) =>
    resolve(context.workspace, file),
  );
  // Relative paths in a compose file begin at the folder of the first one, as they do for Compose itself.
  const projectDir = dirname(files[0] ?? context.workspace);
  return { files, profiles: context.config.profiles, projectDir, projectName: project };
}

/** The user's compose files as one model, with the stand-ins in it. */
export const readModelOf = async (context: Context, project: string): Promise<ComposeModel> =>
  readCompose({
    ...source(context, project),
    env: interpolationEnv(process.env, { ...context.env, ...PLACEHOLDERS }),
    run: (argv, { env, cwd }) => context.local.run({ argv }, { env, cwd, signal: context.signal }),
  });

async function buildImages(context: Context, id: string): Promise<void> {
  const project = projectOf(context);
  const { argv } = composeConfig(source(context, project));
  const late = { COLOR: 'blue', RELEASE: id, IMAGE_TAG: context.version };
  const env = interpolationEnv(process.env, { ...context.env, ...late });
  await build(context.local, argv.slice(0, argv.indexOf('config')), env, context.log, context.signal);
}

/** Has every image on every server under a name that can only mean it. */
async function haveImages(
  context: Context,
  session: Session,
  sources: readonly ImageSource[],
  built: Awaited<ReturnType<typeof localImages>>,
  builtPins: Readonly<Record<string, string>>,
): Promise<{ pinned: Record<string, string>; tags: Command[] }> {
  let all: Record<string, string> = {};
  const tags = new Map<string, Command>();
  for (const server of session.servers) {
    const where = server.host.name;
    const faults = [...built].flatMap(
      ([name, image]) => architectureFault(name, image, server.facts.architecture, where) ?? [],
    );
    if (faults.length > 0) throw new DeployError(faults);
  }
  const targets = session.servers.map((server) => targetOf(server, sources, built, builtPins));
  const [pulled] = await together([
    pullMissing(context, session, sources, builtPins),
    push(context, targets),
  ]);
  for (const server of session.servers) {
    const where = server.host.name;
    const ids = (name: string) => idOn(server.facts.images, name) ?? pulled.get(server)?.get(name);
    const third = pins(
      context.config.app,
      sources.filter((one) => !builtPins[one.service]),
      ids,
    );
    for (const { service, name } of sources) {
      const pin = third[service];
      const imageId = ids(name);
      if (pin && imageId && !server.facts.images.has(pin))
        tags.set(pin, command('docker', 'tag', imageId, pin));
    }
    const here = { ...third, ...builtPins };
    const differs = Object.entries(all).filter(([service, pin]) => here[service] !== pin);
    if (differs.length > 0) {
      throw new DeployError({
        code: 'image-differs',
        where,
        what: `The servers have different images under one name (services ${differs.map(([service]) => service).join(', ')}).`,
        remedy:
          'Pull the tag anew on each server (docker pull), or pin it in the compose file: image@sha256:...',
      });
    }
    all = here;
  }
  return { pinned: all, tags: [...tags.values()] };
}

/** Pulls on each server what it has not and nobody builds here. */
async function pullMissing(
  context: Context,
  session: Session,
  sources: readonly ImageSource[],
  builtPins: Readonly<Record<string, string>>,
): Promise<Map<Server, Map<string, string>>> {
  const pulls = session.servers.map(async (server) => {
    const missing = sources.filter((one) => !builtPins[one.service] && !idOn(server.facts.images, one.name));
    const names = [...new Set(missing.map((one) => one.name))];
    if (names.length > 0) context.log.info(`${server.host.name}: pulling ${names.join(', ')}`);
    return [server, await pull(server.host, names, context.signal)] as const;
  });
  return new Map(await Promise.all(pulls));
}

/** What a server lacks of the images that were built here, by their pinned names. */
function targetOf(
  server: Server,
  sources: readonly ImageSource[],
  built: Awaited<ReturnType<typeof localImages>>,
  builtPins: Readonly<Record<string, string>>,
): Target {
  const lacking: [string, LocalImage][] = sources.flatMap(({ service, name }) => {
    const [pin, image] = [builtPins[service], built.get(name)];
    return pin && image && !server.facts.images.has(pin) ? [[pin, image]] : [];
  });
  return { host: server.host, lacking: new Map(lacking), freeBytes: server.facts.freeBytes };
}

/** The release as this server gets it: paths differ by the home of the deploy user. */
export function bundleFor(
  context: Context,
  server: Server,
  model: ComposeModel,
  id: string,
  images: Record<string, string>,
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
    images,
    paths: server.facts.paths,
    projectDir: source(context, projectOf(context)).projectDir,
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
  tags: readonly Command[],
): Promise<Part> {
  const { config, author } = context;
  const servers = session.servers;
  const [first] = servers;
  const bundle = first && bundles.get(first);
  if (!first || !bundle) throw new Error('a deploy without a server');
  heed(context, bundle.splits.blue.notices);

  const live = serving(first, config.app, config.environment);
  const before = first.facts.releases.find((one) => one.id === live?.release);
  steps.known = { ...knownOf(live), attempted: bundle.release.id };
  if (live && before && (await unchanged(servers, bundles, config))) {
    context.log.info(`nothing changed: ${before.id} is live already`);
    // A renewed certificate is no change of the release, and is wanted all the same.
    await Promise.all(servers.map((server) => bringCertificates(context, server)));
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
        await prepare(
          context,
          one.server,
          bundles.get(one.server) as Bundle,
          one.color,
          journal,
          session.token,
          tags,
        );
      }),
    );
    const { beforeSwitch, afterSwitch } = config.hooks;
    if (beforeSwitch) {
      // The servers may share one database: the first one changes it, for all.
      const [one] = all as [Activation];
      await steps.phase('hook before-switch', () =>
        runHook(context, one.server, 'before-switch', beforeSwitch, one.release, one.color, session.token),
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
      ...(live ? { previousRelease: live.release } : {}),
    };
  } catch (error) {
    await steps.undo();
    throw error;
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
