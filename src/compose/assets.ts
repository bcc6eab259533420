import { isAbsolute, join } from 'node:path/posix';
import type { Context } from './context.ts';
import { escapeDollars, unescapeDollars } from './dollars.ts';
import { locate } from './locate.ts';
import { type Asset, type Service, withoutExtensions } from './model.ts';
import { type Cargo, NO_CARGO, together, travel } from './mounts.ts';
import type { Side } from './names.ts';
import type { HostVariable, Notice, SplitRequest } from './types.ts';

type Kind = 'configs' | 'secrets';

/** Configs and secrets of one project, with what must be on the host for them. */
export interface AssetSplit {
  readonly configs: Record<string, Asset>;
  readonly secrets: Record<string, Asset>;
  readonly variables: readonly HostVariable[];
  readonly cargo: Cargo;
}

/** Declares the configs and secrets that the services of one side use; a project gets no others. */
export function splitAssets(context: Context, side: Side): AssetSplit {
  const configs = assetsOf(context, side, 'configs');
  const secrets = assetsOf(context, side, 'secrets');
  return {
    configs: configs.assets,
    secrets: secrets.assets,
    variables: [...configs.variables, ...secrets.variables],
    cargo: together([configs.cargo, secrets.cargo]),
  };
}

function assetsOf({ request, servicesOf }: Context, side: Side, kind: Kind) {
  const used = new Set(
    servicesOf(side).flatMap(([, service]) => (service[kind] ?? []).map((grant) => grant.source)),
  );
  const assets: Record<string, Asset> = {};
  const variables: HostVariable[] = [];
  const cargoes: Cargo[] = [];
  for (const name of used) {
    const declared = request.model[kind]?.[name];
    if (!declared) continue; // Compose has refused it already.
    const moved = moveAsset(request, side, kind, name, declared);
    assets[name] = moved.asset;
    cargoes.push(moved.cargo);
    if (declared.environment) {
      variables.push({ variable: declared.environment, scope: side === 'shared' ? 'shared' : 'release' });
    }
  }
  return { assets, variables, cargo: together(cargoes) };
}

/** The name goes (Compose makes one from the project, only Swarm reads it), and a file becomes the host's file. */
function moveAsset(request: SplitRequest, side: Side, kind: Kind, name: string, declared: Asset) {
  if (declared.external) {
    return { asset: declared, cargo: { ...NO_CARGO, notices: [swarmOnly(kind, name)] } };
  }
  const { name: _name, ...asset } = withoutExtensions(declared);
  if (asset.file === undefined) return { asset, cargo: NO_CARGO };
  const { path, cargo } = moveFile(request, side, `${kind}.${name}`, unescapeDollars(asset.file));
  return { asset: { ...asset, file: escapeDollars(path) }, cargo };
}

/** A file that must be there: it travels from the repository or stands on the host. */
function moveFile(
  request: SplitRequest,
  side: Side,
  where: string,
  path: string,
): { readonly path: string; readonly cargo: Cargo } {
  const place = locate(request, path);
  if (place.kind === 'repository') {
    const moved = travel(request, side, place.path);
    return { path: moved.path, cargo: { ...NO_CARGO, files: [moved.file] } };
  }
  if (place.kind === 'host') return { path, cargo: NO_CARGO };
  return { path, cargo: { ...NO_CARGO, notices: [notOnServer(where, path, place.kind)] } };
}

/**
 * Files that Compose itself reads where it runs, thus on the host: seccomp profiles, and env files should a version
 * of Compose leave them in its output (those tried, 2.26 and 2.40, put their variables into `environment`).
 */
export function moveReadFiles(request: SplitRequest, side: Side, name: string, service: Service) {
  const cargoes: Cargo[] = [];
  const absolute = (path: string) => (isAbsolute(path) ? path : join(request.projectDir, path));
  const move = (path: string, key: string): string => {
    const moved = moveFile(request, side, `services.${name}.${key}`, absolute(unescapeDollars(path)));
    cargoes.push(moved.cargo);
    return escapeDollars(moved.path);
  };
  const parts: Pick<Service, 'security_opt' | 'env_file'> = {};
  if (service.security_opt) {
    parts.security_opt = service.security_opt.map((option) => {
      const profile = /^seccomp[:=](?!unconfined$|builtin$)(.+)$/.exec(option)?.[1];
      return profile === undefined ? option : `seccomp:${move(profile, 'security_opt')}`;
    });
  }
  if (service.env_file) {
    parts.env_file = [service.env_file]
      .flat()
      .map((file) => (typeof file === 'string' ? { path: file, required: true } : file))
      .filter((file) => file.required !== false || request.existing(absolute(unescapeDollars(file.path))))
      .map((file) => ({ ...file, path: move(file.path, 'env_file') }));
  }
  return { parts, cargo: together(cargoes) };
}

function swarmOnly(kind: Kind, name: string): Notice {
  return {
    code: 'compose-asset-external',
    level: 'warning',
    what: `\`${kind}.${name}\` is external: only Docker Swarm has such a store, Compose can not read it.`,
    remedy: 'Give it as `file:` or `environment:`.',
  };
}

function notOnServer(where: string, path: string, kind: 'data' | 'beside' | 'doubtful'): Notice {
  const remedy =
    kind === 'data'
      ? 'Commit it, or make it in a workflow step before the deploy.'
      : 'Move it into the repository, or write the absolute path that it has on the server.';
  return {
    code: 'compose-file-absent',
    level: kind === 'doubtful' ? 'warning' : 'error',
    what:
      kind === 'data'
        ? `\`${where}\` names the file ${path}, which is not there.`
        : `\`${where}\` names ${path}, which lies outside of the repository on the runner, not on the server.`,
    remedy,
  };
}
