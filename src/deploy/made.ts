import { builtServices, type LocalImage, localImages, pinnedName } from '../build/images.ts';
import { type Baked, pushBaked } from '../build/registry/bake.ts';
import type { Registry } from '../build/registry/login.ts';
import { openRegistry } from '../build/registry/login.ts';
import { remoteName } from '../build/registry/names.ts';
import { pushToRegistry } from '../build/registry/push.ts';
import { demandRoom, type Room } from '../build/registry/space.ts';
import type { ComposeModel } from '../compose/model.ts';
import { DeployError, type Fault } from '../errors.ts';
import type { Context } from './context.ts';
import { type ImageSource, pins } from './source.ts';
import type { Steps } from './steps.ts';

/** Images that were built from the user's sources. */
export interface Made {
  /** Service -> our own name for its image. */
  readonly pins: Readonly<Record<string, string>>;
  /** Those on the runner, by the name that Compose gives them. */
  readonly local: ReadonlyMap<string, LocalImage>;
  /** Our own name -> reference by digest, for images that the servers take from the registry. */
  readonly references: ReadonlyMap<string, string>;
}

/** The registry of the settings, once it let us in; undefined with `push: ssh`. */
export async function enterRegistry(context: Context): Promise<Registry | undefined> {
  const { config, local, registryLogin: credentials, ownFolder, signal, sleep } = context;
  if (config.push === 'ssh') return undefined;
  return openRegistry({
    local,
    env: process.env,
    prefix: config.push,
    credentials,
    folder: ownFolder,
    sleep,
    signal,
  });
}

/**
 * Where images are that nobody builds in this run, though they are built: in the registry, under the version's tag, as
 * an earlier run or another job pushed them.
 */
export function builtElsewhere(
  context: Context,
  registry: Registry | undefined,
  model: ComposeModel,
  sources: readonly ImageSource[],
): readonly ImageSource[] {
  if (!registry || context.images || !(context.skipBuild || context.skipPush)) return sources;
  const names = remoteNames(context, registry.prefix, model, sources);
  return sources.map((one) => ({ ...one, name: names.get(one.name) ?? one.name }));
}

/** Name that Compose gives an image -> its name in the registry, made of the service that builds it. */
function remoteNames(
  { config, version }: Context,
  prefix: string,
  model: ComposeModel,
  sources: readonly ImageSource[],
): Map<string, string> {
  const built = builtServices(model);
  const names = new Map<string, string>();
  for (const { service, name } of sources) {
    if (built.includes(service) && !names.has(name))
      names.set(name, remoteName(prefix, config.app, service, name, version));
  }
  return names;
}

/**
 * Looks up what was built on the runner, and pushes it when there is a registry.
 * @param baked what waits with the builder.
 * @param rooms what the servers have room for, where they were looked at.
 */
export async function takeMade(
  context: Context,
  steps: Steps,
  registry: Registry | undefined,
  model: ComposeModel,
  sources: readonly ImageSource[],
  baked: Baked | undefined,
  rooms: readonly Room[],
): Promise<Made> {
  const { app } = context.config;
  const ours = sources.filter((one) => one.kind === 'built');
  if (context.images) {
    const images = context.images;
    const made = pinned(app, ours, (_, service) => images.get(service));
    const lacking = ours.filter(({ service }) => !made.pins[service]);
    if (lacking.length > 0) throw new DeployError(imagesFault(lacking.map(({ service }) => service)));
    return { ...made, local: new Map() };
  }
  if (registry && (context.skipBuild || context.skipPush))
    return { pins: {}, local: new Map(), references: new Map() };
  if (registry && baked) {
    const pushed = await steps.phase('push', () => pushBaked(context, registry, baked));
    // A service that only uses the image of another one.
    const byName = new Map(
      ours.flatMap(({ service, name }) => {
        const reference = pushed.get(service);
        return reference ? [[name, reference] as const] : [];
      }),
    );
    return { ...pinned(app, ours, (name) => byName.get(name)), local: new Map() };
  }
  const local = await localImages(
    context.local,
    ours.map((one) => one.name),
  );
  if (!registry || local.size === 0)
    return { pins: pins(app, sources, (name) => local.get(name)?.id), local, references: new Map() };

  const names = remoteNames(context, registry.prefix, model, sources);
  const pushes = [...names].flatMap(([name, remote]) => {
    const image = local.get(name);
    return image ? [{ image: name === remote ? remote : image.id, name: remote }] : [];
  });
  const pushed = await steps.phase('push', async () => {
    await demandRoom(context.local, rooms, [...local.values()], context.signal);
    return pushToRegistry(context, registry, pushes);
  });
  return { ...pinned(app, ours, (name) => pushed.get(names.get(name) ?? '')), local };
}

const imagesFault = (lacking: readonly string[]): Fault => ({
  code: 'images-lacking',
  where: 'input images',
  what: `It names no image for ${lacking.join(', ')}, which the compose file builds.`,
  remedy: 'The job that builds must see the same compose file, profiles and environment as this one.',
});

/** Our own names for images of the registry: they hold the digest, so they never mean another one. */
function pinned(
  app: string,
  sources: readonly ImageSource[],
  referenceOf: (name: string, service: string) => string | undefined,
): Pick<Made, 'pins' | 'references'> {
  const byService: Record<string, string> = {};
  const references = new Map<string, string>();
  const first = new Map<string, string>();
  for (const { service, name } of sources) {
    const reference = referenceOf(name, service);
    if (!reference) continue;
    const pin = first.get(reference) ?? pinnedName(app, service, reference.slice(reference.indexOf('@') + 1));
    first.set(reference, pin);
    references.set(pin, reference);
    byService[service] = pin;
  }
  return { pins: byService, references };
}
