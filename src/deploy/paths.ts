import type { Color } from '../edge/state.ts';

/** Where things are on the host, all below one folder of the deploy user. */
export interface Paths {
  /** `~/.restaurant-deploy`, absolute. */
  readonly home: string;
  readonly edge: string;
  /** The environment's folder. */
  readonly root: string;
  readonly shared: string;
  release(id: string): string;
}

/** @param userHome the deploy user's home folder on the host. */
export function pathsOf(userHome: string, app: string, environment: string): Paths {
  const home = `${userHome}/.restaurant-deploy`;
  const root = `${home}/apps/${app}/${environment}`;
  return {
    home,
    edge: `${home}/edge`,
    root,
    shared: `${root}/shared`,
    release: (id) => `${root}/releases/${id}`,
  };
}

/** Compose project of a color, or of the shared services. */
export const projectName = (app: string, environment: string, color: Color | 'shared'): string =>
  `${app}-${environment}-${color}`;

/** The compose file of a color in a release. A release keeps both, since a rollback may land on either. */
export const composeFile = (color: Color): string => `compose.${color}.json`;
