import type { Config, Preview, Route } from './config.ts';
import type { Problem } from './problem.ts';

/** The environment of a pull request. */
export const previewName = (number: number): string => `pr-${number}`;

/** The pull request of an environment's name; undefined for other environments. */
export function previewNumber(environment: string): number | undefined {
  const digits = /^pr-([1-9]\d{0,8})$/.exec(environment)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Variables that follow from the environment: the base's own value would be that of another one. */
export const FOLLOWS = ['DOMAIN_NAME', 'ENVIRONMENT'] as const;

/**
 * The settings of one preview, out of those of the app: its own hostnames, nothing kept beside what is live, and nobody
 * told but the pull request.
 * @param own variables that the overlay for previews sets itself
 */
export function asPreview(
  config: Config,
  preview: Preview,
  number: number,
  own: ReadonlySet<string>,
): Config | Problem {
  const routes = config.routes.map((route): Route => {
    const { tls: _, ...rest } = route;
    const host = hostOf(preview.host, number, route.service);
    return { ...rest, hosts: [host], ...(preview.tls && { tls: preview.tls }) };
  });
  const hosts = routes.map((route) => route.hosts[0] ?? '');
  if (new Set(hosts).size < hosts.length) {
    return {
      what: 'gives several routes one hostname',
      remedy: preview.host.includes('{service}')
        ? 'Two routes lead to one service: give previews an overlay of their own, environments.preview.routes.'
        : `Put the service into it, such as "{service}-${preview.host}".`,
    };
  }
  const clear = Object.entries(config.env.clear).filter(
    ([name]) => own.has(name) || !(FOLLOWS as readonly string[]).includes(name),
  );
  const { limits, login, noindex, isolate, seed } = preview;
  return {
    ...config,
    environment: previewName(number),
    routes,
    env: { ...config.env, clear: Object.fromEntries(clear) },
    hooks: { ...config.hooks, ...(seed && { seed }) },
    standby: { ...config.standby, keep: 'none' },
    notify: [],
    // Each pull request would be series of its own, for ever.
    metrics: {},
    retain: 1,
    guard: { noindex, ...(login && { login }) },
    isolate,
    ...(limits && { limits }),
  };
}

/** The hostname of a preview's service. What a service's name may have and a hostname may not is a dash there. */
function hostOf(pattern: string, number: number, service: string): string {
  const label = service.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return pattern.replaceAll('{number}', String(number)).replaceAll('{service}', label).toLowerCase();
}
