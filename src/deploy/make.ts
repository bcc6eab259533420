import { resolve } from 'node:path';
import { bakeable } from '../build/bake.ts';
import { beside } from '../build/beside.ts';
import { build } from '../build/build.ts';
import { type BuildSettings, buildModel, dockerfileOf, withSettings } from '../build/build-model.ts';
import { type Builder, builderOf, platformsFor } from '../build/builder.ts';
import { cacheKind, cacheOf } from '../build/cache.ts';
import { builtServices, imageName } from '../build/images.ts';
import type { Baked } from '../build/registry/bake.ts';
import type { Registry } from '../build/registry/login.ts';
import { demandPush } from '../build/registry/may-push.ts';
import { remoteName } from '../build/registry/names.ts';
import { runTests, type TestOutcome, testEnvironment } from '../build/tests.ts';
import type { ComposeModel } from '../compose/model.ts';
import { interpolationEnv } from '../compose/read.ts';
import { missingSecrets } from '../config/env.ts';
import { DeployError, type Fault } from '../errors.ts';
import { absentForBuilds } from './build-secrets.ts';
import { fillIn } from './bundle.ts';
import type { Context } from './context.ts';
import type { Steps } from './steps.ts';
import { tellTests, titleOf } from './tell-tests.ts';
import { together } from './together.ts';
import { composeSource, projectOf } from './user-model.ts';

const NO_BUILDER = Promise.resolve({ driver: '', able: false });

/** What is made, and from what. */
export interface Making {
  readonly context: Context;
  readonly id: string;
  readonly model: ComposeModel;
  /** Its environment has the login for base images that are private. */
  readonly registry: Registry | undefined;
  /** Looks at the servers: their architectures in the words of images; none where nobody knows. */
  readonly architectures: () => Promise<readonly string[]>;
}

/**
 * Tests and builds on the runner, side by side: a test that fails ends the build, and the other way round.
 * @returns what waits with the builder for its push; undefined when images are in docker's store.
 * @throws DeployError test-failed, build-failed, build-platforms, build-attestation; and what `architectures` throws.
 */
export async function testAndBuild(making: Making, steps: Steps): Promise<Baked | undefined> {
  const { context, model } = making;
  const building = !context.skipBuild && !context.images && builtServices(model).length > 0;
  const tests = context.skipTest ? [] : context.config.test;
  if (tests.length === 0 && !building) return undefined;
  // Lines that come from one place alone are shown as they come; those of several would be a muddle.
  const live = tests.length === 1 && !building;
  const ended: TestOutcome[] = [];
  let baked: Baked | undefined;
  const name = [tests.length > 0 ? 'test' : '', building ? 'build' : ''].filter(Boolean).join(' and ');
  try {
    await steps.phase(name, async () => {
      const env = making.registry?.env ?? process.env;
      const [architectures, builder] = await together([
        making.architectures(),
        building ? builderOf(context.local, env, context.signal) : NO_BUILDER,
        building ? mayPush(making) : undefined,
      ]);
      const runner = {
        local: context.local,
        env: testEnvironment(process.env),
        folder: (path: string) => {
          const absolute = resolve(context.workspace, path);
          return context.existing(absolute) === 'directory' ? absolute : undefined;
        },
        now: context.now,
        onLine: (_: string, line: string) => {
          if (live) context.log.info(line);
        },
        onEnd: (outcome: TestOutcome) => {
          ended.push(outcome);
          context.log.info(titleOf(outcome));
        },
      };
      await beside(context.signal, [
        (stop) => runTests(runner, tests, stop),
        ...(building
          ? [
              async (stop: AbortSignal) => {
                baked = await buildImages(making, architectures, builder, stop);
              },
            ]
          : []),
      ]);
    });
  } finally {
    steps.tables.push(...(await tellTests(context, tests, ended, live)));
  }
  return baked;
}

/** Whether the login may write what will be built, where it is ours to ask. */
async function mayPush({ context, id, model, registry }: Making): Promise<void> {
  const { config, registryLogin, signal, skipPush, version } = context;
  if (!registry || !registryLogin || skipPush) return;
  const filled = fillIn(model, { COLOR: 'blue', RELEASE: id, IMAGE_TAG: version });
  const names = builtServices(filled).map((service) =>
    remoteName(registry.prefix, config.app, service, imageName(filled, projectOf(context), service), version),
  );
  await demandPush(names, registryLogin, signal);
}

/** Names that a build may need of the runner's environment, besides those that docker itself does. */
const FOR_BUILDS = /^(BUILDX_|BUILDKIT_|ACTIONS_|COMPOSE_BAKE$|SSH_AUTH_SOCK$|https?_proxy$|no_proxy$|CI$)/i;

async function buildImages(
  { context, id, model, registry }: Making,
  architectures: readonly string[],
  builder: Builder,
  signal: AbortSignal,
): Promise<Baked | undefined> {
  const { config, local, log } = context;
  const { projectDir } = composeSource(context, projectOf(context));
  const late = { COLOR: 'blue', RELEASE: id, IMAGE_TAG: context.version };
  const runner = registry?.env ?? process.env;
  const env = {
    ...Object.fromEntries(Object.entries(runner).filter(([name]) => FOR_BUILDS.test(name))),
    ...interpolationEnv(runner, { ...context.filling, ...late }),
  };
  const filled = fillIn(model, late);
  const bare = buildModel(filled, projectOf(context), ({ build: section }) =>
    dockerfileOf(section, context.readFile),
  );
  const absent = absentForBuilds(filled, { ...context.filling, ...late });
  if (absent.length > 0) throw missingSecrets(absent);

  const baking = registry !== undefined && builder.able && bakeable(bare);
  const platforms = platformsFor(architectures, process.arch);
  if (platforms.length > 1 && !baking) throw new DeployError(platformsFault(platforms));
  const { provenance, sbom } = config.build;
  if ((provenance || sbom) && !baking) throw new DeployError(attestationFault(registry !== undefined));
  const facts = { env: runner, registry: registry !== undefined };
  const kind = cacheKind({ ...facts, able: builder.able });
  if (!builder.able && cacheKind({ ...facts, able: true }) === 'github')
    log.info(
      'docker/setup-buildx-action in a step before this one would keep what is built for the next run',
    );
  const settings: BuildSettings = {
    platforms,
    labels: labelsOf(context),
    cache: (service) => cacheOf(kind, config.app, service, config.push),
    imageOf: (service) =>
      baking
        ? remoteName(
            config.push,
            config.app,
            service,
            imageName(filled, projectOf(context), service),
            context.version,
          )
        : undefined,
  };
  const plain = withSettings(bare, { ...settings, cache: () => undefined });
  const built = kind === 'own' ? plain : withSettings(bare, settings);
  await build(local, { model: built, plain, projectDir, env, way: baking ? 'bake' : 'compose' }, log, signal);
  return baking ? { model: plain, projectDir, env, provenance, sbom } : undefined;
}

/** What an image says of where it comes from. Only the source by default: the others make a new image of each commit. */
function labelsOf({ config, commit, committedAt, source, version }: Context): Record<string, string> {
  const prefix = 'org.opencontainers.image';
  const more = {
    [`${prefix}.revision`]: commit,
    [`${prefix}.version`]: version,
    [`${prefix}.created`]: committedAt === undefined ? '' : new Date(committedAt).toISOString(),
  };
  const all = { [`${prefix}.source`]: source ?? '', ...(config.build.labels ? more : {}) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

const platformsFault = (platforms: readonly string[]): Fault => ({
  code: 'build-platforms',
  what: `The servers are of several kinds (${platforms.join(', ')}), and an image for all of them can not be built here.`,
  remedy:
    'It needs a registry in push, and a builder of its own: docker/setup-qemu-action and docker/setup-buildx-action in steps before this one.',
});

const attestationFault = (registry: boolean): Fault => ({
  code: 'build-attestation',
  what: `The provenance or the list of contents (build.provenance, build.sbom) can not be made: ${registry ? 'the builder of this runner can not attest' : 'they lie in a registry, and push is ssh'}.`,
  remedy: registry
    ? 'Add docker/setup-buildx-action in a step before this one.'
    : 'Name a registry in push, or leave them out.',
});
