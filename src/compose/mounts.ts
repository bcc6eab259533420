import { isAbsolute, join } from 'node:path/posix';
import { escapeDollars, unescapeDollars } from './dollars.ts';
import { locate } from './locate.ts';
import type { Mount, Service } from './model.ts';
import type { Side } from './names.ts';
import type { Notice, SplitRequest, TravellingFile } from './types.ts';

/** What a service's files need on the host, gathered while its paths are rewritten. */
export interface Cargo {
  readonly files: readonly TravellingFile[];
  readonly dataDirs: readonly string[];
  readonly notices: readonly Notice[];
}

export const NO_CARGO: Cargo = { files: [], dataDirs: [], notices: [] };

export function together(cargoes: readonly Cargo[]): Cargo {
  return {
    files: cargoes.flatMap((cargo) => cargo.files),
    dataDirs: cargoes.flatMap((cargo) => cargo.dataDirs),
    notices: cargoes.flatMap((cargo) => cargo.notices),
  };
}

/**
 * A file of the repository on its way: from where, and its path on the host. Color services get it from the folder of
 * their release, so that a rollback finds the old one. Shared services get it from a folder that is the same for every
 * release: a path that changed would recreate the database at each deploy.
 */
export function travel(
  request: SplitRequest,
  side: Side,
  path: string,
): { readonly file: TravellingFile; readonly path: string } {
  const scope = side === 'shared' ? 'shared' : 'release';
  const base =
    side === 'shared' ? join(request.root, 'shared') : join(request.root, 'releases', request.release);
  return {
    file: { from: join(request.workspace, path), to: path, scope },
    path: join(base, 'files', path),
  };
}

/** Rewrites the sources of a service's bind mounts to where they are on the host. */
export function moveMounts(
  request: SplitRequest,
  side: Side,
  name: string,
  service: Service,
): { readonly volumes: Mount[]; readonly cargo: Cargo } {
  const moved = (service.volumes ?? []).map((mount) => moveMount(request, side, name, mount));
  return { volumes: moved.map(({ mount }) => mount), cargo: together(moved.map(({ cargo }) => cargo)) };
}

function moveMount(
  request: SplitRequest,
  side: Side,
  name: string,
  mount: Mount,
): { mount: Mount; cargo: Cargo } {
  const source = unescapeDollars(mount.source ?? '');
  if (mount.type !== 'bind' || !isAbsolute(source)) return { mount, cargo: NO_CARGO };
  const place = locate(request, source);
  const notice = (level: Notice['level'], code: string, what: string, remedy: string): Notice => {
    return { code: `compose-mount-${code}`, level, service: name, what, remedy };
  };
  switch (place.kind) {
    case 'host':
      return { mount: bound(mount, source), cargo: NO_CARGO };
    case 'repository': {
      const { file, path } = travel(request, side, place.path);
      const notices = [
        ...(place.path === '.' ? [wholeRepository(notice, name)] : []),
        ...(mount.read_only ? [] : [writable(notice, name, place.path)]),
      ];
      return { mount: bound(mount, path), cargo: { files: [file], dataDirs: [], notices } };
    }
    case 'data': {
      const directory = join(request.root, 'data', place.path);
      return {
        mount: bound(mount, directory),
        cargo: {
          files: [],
          dataDirs: [directory],
          notices: [dataDirectory(notice, mount, name, place.path)],
        },
      };
    }
    case 'beside':
      return { mount, cargo: { ...NO_CARGO, notices: [beside(notice, name, source)] } };
    case 'doubtful':
      return {
        mount: bound(mount, source),
        cargo: { ...NO_CARGO, notices: [doubtful(notice, name, source)] },
      };
  }
}

/**
 * With create_host_path said aloud: where it is not written, older versions of Compose take it for false and newer
 * ones for true, and the runner's is seldom the server's.
 */
function bound(mount: Mount, source: string): Mount {
  return {
    ...mount,
    source: escapeDollars(source),
    bind: { ...mount.bind, create_host_path: mount.bind?.create_host_path ?? true },
  };
}

type Say = (level: Notice['level'], code: string, what: string, remedy: string) => Notice;

const wholeRepository = (say: Say, name: string): Notice =>
  say(
    'warning',
    'repository',
    `"${name}" mounts the whole repository, which therefore travels to the server with every release.`,
    'Copy the code into the image (COPY in its Dockerfile) and mount only what must be outside of it.',
  );

const writable = (say: Say, name: string, path: string): Notice =>
  say(
    'warning',
    'writable',
    `"${name}" can write to ./${path}, which comes from the repository: what it writes is lost at the next release.`,
    'Mount it with `:ro` when it is only read; use a named volume for what the app writes.',
  );

const dataDirectory = (say: Say, mount: Mount, name: string, path: string): Notice =>
  mount.read_only
    ? say(
        'warning',
        'absent',
        `"${name}" reads ./${path}, which is not in the repository; it will be an empty folder on the server.`,
        `Commit ./${path}, make it in a step before the deploy, or put it into the server's data folder.`,
      )
    : say(
        'info',
        'data',
        `./${path} of "${name}" is not in the repository: it is kept on the server as a data folder for all releases.`,
        'Use a named volume to make that plain.',
      );

const beside = (say: Say, name: string, source: string): Notice =>
  say(
    'error',
    'beside',
    `"${name}" mounts ${source}, which lies beside the repository: that is a path of the runner, not of the server.`,
    'Move it into the repository, or write the absolute path that it has on the server.',
  );

const doubtful = (say: Say, name: string, source: string): Notice =>
  say(
    'warning',
    'doubtful',
    `"${name}" mounts ${source}, which looks like a folder of the runner (\`~\` or \`../\`); the server's is taken.`,
    'Write the absolute path that it has on the server.',
  );
