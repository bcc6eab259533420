import { dirname, relative } from 'node:path/posix';
import type { SplitRequest } from './types.ts';

/**
 * What a path of the compose file means on the server. Compose printed it absolute, resolved on the runner, so whether
 * the user wrote `./nginx`, `../certs`, `~/keys` or `/etc/letsencrypt` shows only in where it lies.
 */
export type Place =
  /** Stands in the repository: it travels with the release. `path` is relative to the workspace; '.' is all of it. */
  | { readonly kind: 'repository'; readonly path: string }
  /** Lies in the repository but is not there: the app's data, to be kept on the host. */
  | { readonly kind: 'data'; readonly path: string }
  /** A path of the server. */
  | { readonly kind: 'host' }
  /** Beside the workspace: somebody wrote `../`. It is a path of the runner, which the server does not have. */
  | { readonly kind: 'beside' }
  /** Shares its first folders with the workspace: `~/...` of the runner, or by chance a path of the server. */
  | { readonly kind: 'doubtful' };

/**
 * Finds out which of these a path is. Symbolic links are not followed: `existing` tells only what stands there, and a
 * link that leads out of the workspace travels as the link that it is.
 */
export function locate(request: Pick<SplitRequest, 'workspace' | 'existing'>, path: string): Place {
  const { workspace, existing } = request;
  const inside = relative(workspace, path);
  if (inside === '') return { kind: 'repository', path: '.' };
  if (!inside.startsWith('../') && inside !== '..') {
    return { kind: existing(path) ? 'repository' : 'data', path: inside };
  }
  const parent = dirname(workspace);
  if (folders(parent).length >= SAME_HOME && isWithin(path, parent)) return { kind: 'beside' };
  const home = `/${folders(workspace).slice(0, SAME_HOME).join('/')}`;
  if (folders(workspace).length > SAME_HOME && isWithin(path, home)) return { kind: 'doubtful' };
  return { kind: 'host' };
}

/** `/home/runner` and `/Users/ci` say whose machine it is; `/srv` or `/opt` alone could be anybody's. */
const SAME_HOME = 2;

const folders = (path: string) => path.split('/').filter(Boolean);

const isWithin = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
