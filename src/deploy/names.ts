import type { Fault } from '../errors.ts';
import type { Context } from './context.ts';

/**
 * A warning for each public hostname that has no address in DNS, as the runner sees it: the usual reason why nobody gets
 * to an app that serves well, and one that the edge can not know.
 */
export async function unknownNames({
  config,
  isKnown,
}: Pick<Context, 'config' | 'isKnown'>): Promise<Fault[]> {
  const names = [...new Set(config.routes.flatMap(({ hosts }) => hosts))];
  const known = await Promise.all(names.map(isKnown));
  return names
    .filter((_, at) => known[at] === false)
    .map((name) => ({
      code: 'route-dns',
      what: `There is no address for ${name} in DNS.`,
      remedy: config.guard
        ? `Add a wildcard that leads to the server: *.${name.split('.').slice(1).join('.')}.`
        : 'Add a record that leads to the server; until then nobody gets there.',
    }));
}
