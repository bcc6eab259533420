import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unescapeDollars } from '../compose/dollars.ts';
import type { Host, Output, RunOptions } from '../hosts/host.ts';
import type { BuildModel, BuildService } from './build-model.ts';

/**
 * Runs `docker buildx bake` on a model. The definition is in a file for that time, since bake takes what comes on
 * standard input for a compose file first, and fills in what looks like its variables.
 * @param options more words; `metadata` is the path that `--metadata-file` may name.
 */
export async function bake(
  local: Host,
  model: BuildModel,
  options: (metadata: string) => readonly string[],
  run: RunOptions,
): Promise<Output & { metadata: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'restaurant-deploy-bake-'));
  const [file, metadata] = [join(folder, 'bake.json'), join(folder, 'metadata.json')];
  try {
    await writeFile(file, JSON.stringify(bakeDefinition(model)), { mode: 0o600 });
    const argv = ['docker', 'buildx', 'bake', '--file', file, '--progress', 'plain', ...options(metadata)];
    const output = await local.run({ argv }, run);
    return { ...output, metadata: await readFile(metadata, 'utf8').catch(() => '') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bake's name for a target: it takes fewer characters than Compose does for a service. */
const targetName = (at: number): string => `t${at}`;

/** Target -> service, in the order of the model. */
export const targetsOf = (model: BuildModel): [target: string, service: string][] =>
  Object.keys(model.services).map((service, at) => [targetName(at), service]);

/** What a build section may hold to be baked; with anything else Compose builds. */
const KNOWN = new Set([
  ...[
    'context',
    'dockerfile',
    'dockerfile_inline',
    'args',
    'labels',
    'target',
    'network',
    'no_cache',
    'pull',
  ],
  ...['cache_from', 'cache_to', 'platforms', 'secrets', 'ssh', 'additional_contexts', 'tags'],
]);

/** Can bake build the model as Compose would? It is not told of an order of services, nor of some rare options. */
export const bakeable = ({ services }: BuildModel): boolean =>
  Object.values(services).every(
    ({ build, depends_on: after = [] }) =>
      after.length === 0 &&
      Object.keys(build).every((key) => KNOWN.has(key)) &&
      !Object.values(mapOf(build.additional_contexts)).some((context) => context?.startsWith('service:')),
  );

/**
 * The model as a definition of bake, in its own format: bake's reading of compose files leaves out platforms and more,
 * which of them depends on its version.
 */
export function bakeDefinition(model: BuildModel): object {
  const targets = Object.values(model.services).map((service, at) => [
    targetName(at),
    targetOf(service, (model.secrets ?? {}) as Record<string, { file?: string; environment?: string }>),
  ]);
  const names = targets.map(([name]) => name);
  return { group: { default: { targets: names } }, target: Object.fromEntries(targets) };
}

function targetOf(
  { build, image, platform }: BuildService,
  sources: Readonly<Record<string, { file?: string; environment?: string }>>,
): object {
  const list = (value: unknown) => (Array.isArray(value) ? value.map((one) => literal(String(one))) : []);
  const map = (value: unknown) =>
    Object.fromEntries(
      Object.entries(mapOf(value)).map(([name, one]) => [name, one === null ? null : literal(one)]),
    );
  const word = (value: unknown) => (typeof value === 'string' ? literal(value) : undefined);
  const secrets = (Array.isArray(build.secrets) ? build.secrets : []) as {
    source: string;
    target?: string;
  }[];
  const all = {
    context: word(build.context),
    dockerfile: word(build.dockerfile),
    'dockerfile-inline': word(build.dockerfile_inline),
    target: word(build.target),
    network: word(build.network),
    args: map(build.args),
    labels: map(build.labels),
    contexts: map(build.additional_contexts),
    tags: [...(image === undefined ? [] : [literal(image)]), ...list(build.tags)],
    platforms: build.platforms ? list(build.platforms) : platform === undefined ? [] : [literal(platform)],
    'cache-from': list(build.cache_from),
    'cache-to': list(build.cache_to),
    secret: secrets.map(({ source, target }) => {
      const { file, environment } = sources[source] ?? {};
      const from = environment === undefined ? `src=${file ?? ''}` : `env=${environment}`;
      return literal(`id=${target || source},${from}`);
    }),
    ssh: sshOf(build.ssh).map(literal),
    'no-cache': build.no_cache === true ? true : undefined,
    pull: build.pull === true ? true : undefined,
  };
  const said = Object.entries(all).filter(
    ([, value]) => value !== undefined && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  return Object.fromEntries(said);
}

/** A map of compose, in either of the forms that `docker compose config` prints. */
function mapOf(value: unknown): Record<string, string | null> {
  if (Array.isArray(value)) {
    return Object.fromEntries(
      value.map((one): [string, string | null] => {
        const [name = '', ...rest] = String(one).split('=');
        return [name, rest.length === 0 ? null : rest.join('=')];
      }),
    );
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, string | null>) : {};
}

/** Keys for a build: Compose prints `default`, `id=path`, or a map of them. */
const sshOf = (value: unknown): string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')
    ? value
    : Object.entries(mapOf(value)).map(([id, path]) => (path ? `${id}=${path}` : id));

/** A text that bake takes as it is: Compose doubles dollars, and bake has marks of its own for what it fills in. */
const literal = (text: string): string => unescapeDollars(text).replace(/[$%](?=\{)/g, '$&$&');
