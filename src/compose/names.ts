import { createHash } from 'node:crypto';
import type { Color, SplitRequest } from './types.ts';

/** A service belongs to one color (there are two of it during a change) or is shared (there is one). */
export type Side = 'color' | 'shared';

/** Everything that the host's names are made of. */
export type Naming = Pick<SplitRequest, 'app' | 'environment' | 'color'>;

export const COLORS: readonly Color[] = ['blue', 'green'];

/** Compose project of one side. */
export function projectName({ app, environment, color }: Naming, side: Side): string {
  return `${app}-${environment}-${side === 'shared' ? 'shared' : color}`;
}

/**
 * Key of a network in both projects. The same in both on purpose: Compose refuses a network whose label holds another
 * key, so a network could otherwise not pass from the color's project to the shared one in a later release.
 */
export function networkKey(color: Color, network: string): string {
  return network === 'default' ? color : `${color}-${network}`;
}

/** Docker's name of a color's own instance of a network. */
export function networkName({ app, environment }: Naming, color: Color, network: string): string {
  return `${app}-${environment}-${networkKey(color, network)}`;
}

/** Docker's name of a volume that the user did not name: the same for both colors, for they hold the same data. */
export function volumeName({ app, environment }: Naming, volume: string): string {
  return `${app}-${environment}_${volume}`;
}

const LABEL_LIMIT = 63;

/**
 * Name under which the edge reaches a service of this color. It is one DNS label: lower case, letters, digits and
 * hyphens, at most 63 characters. When something had to be changed or cut for that, a hash of the whole name follows,
 * so that two services never meet in one name.
 */
export function edgeAlias(naming: Naming, service: string): string {
  const wanted = `${naming.app}-${naming.environment}-${naming.color}-${service}`.toLowerCase();
  const safe = wanted.replace(/[^a-z0-9-]/g, '-');
  if (safe === wanted && safe.length <= LABEL_LIMIT && !safe.endsWith('-')) return safe;
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  return `${safe.slice(0, LABEL_LIMIT - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}

/** Labels by which everything of this app is found on the host. */
export function ownLabels({ app, environment, color }: Naming, side: Side): Record<string, string> {
  return {
    'restaurant-deploy.app': app,
    'restaurant-deploy.environment': environment,
    'restaurant-deploy.color': side === 'shared' ? 'shared' : color,
  };
}
