import { isAbsolute, join } from 'node:path';
import { unescapeDollars } from '../compose/dollars.ts';
import type { ComposeModel, Service } from '../compose/model.ts';
import type { Cache } from './cache.ts';
import { builtServices, imageName } from './images.ts';

/** A service as far as it is built. */
export interface BuildService {
  readonly build: Readonly<Record<string, unknown>>;
  readonly image?: string;
  readonly platform?: string;
  readonly depends_on?: readonly string[];
}

/** A compose model of what is built. */
export interface BuildModel {
  readonly name: string;
  readonly services: Readonly<Record<string, BuildService>>;
  readonly secrets?: object;
}

/** What the runner adds to a build. */
export interface BuildSettings {
  /** Platforms for services that name none themselves; none for the builder's own. */
  readonly platforms: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined where the builder's own cache is enough. */
  readonly cache: (service: string) => Cache | undefined;
  /** The name of its image; undefined to leave it as Compose gives it. */
  readonly imageOf: (service: string) => string | undefined;
}

/** The same model with the settings in it. What the user's build section says stays: it has the last word. */
export function withSettings(model: BuildModel, settings: BuildSettings): BuildModel {
  const services = Object.entries(model.services).map(([name, service]): [string, BuildService] => {
    const { build, platform } = service;
    const cache = build.cache_from || build.cache_to ? undefined : settings.cache(name);
    const image = settings.imageOf(name);
    const platforms = platform || build.platforms ? [] : settings.platforms;
    const labels = { ...settings.labels, ...(build.labels as object | undefined) };
    return [
      name,
      {
        ...service,
        ...(image === undefined ? {} : { image }),
        build: {
          ...build,
          ...(platforms.length > 0 ? { platforms } : {}),
          ...(Object.keys(labels).length > 0 ? { labels } : {}),
          ...(cache ? { cache_from: [cache.from], cache_to: [cache.to] } : {}),
        },
      },
    ];
  });
  return { ...model, services: Object.fromEntries(services) };
}

/**
 * What is built, and nothing else of the user's model: for `docker compose build`, so that every build option works.
 *
 * Compose builds services that depend on one another in that order, though an image hardly ever needs another
 * service. Without these dependencies it builds all at once; one is kept where the Dockerfile speaks of the other
 * image, or can not be read.
 * @param dockerfile the text of a service's Dockerfile, undefined when it is out of reach (a remote context).
 */
export function buildModel(
  model: ComposeModel,
  project: string,
  dockerfile: (service: Service) => string | undefined,
): BuildModel {
  const built = builtServices(model);
  const services = built.map((name) => {
    const service = model.services[name] as Service;
    const text = dockerfile(service);
    const words = text === undefined ? undefined : text + JSON.stringify(service.build);
    const before = built.filter((other) => {
      if (!dependsOn(model, name, other)) return false;
      return words?.includes(imageName(model, project, other).replace(/:[^/:]*$/, '')) ?? true;
    });
    return [
      name,
      {
        build: service.build as Record<string, unknown>,
        ...(service.image === undefined ? {} : { image: service.image }),
        ...(typeof service.platform === 'string' ? { platform: service.platform } : {}),
        ...(before.length === 0 ? {} : { depends_on: before }),
      },
    ] as const;
  });
  return {
    name: project,
    services: Object.fromEntries(services),
    ...(model.secrets ? { secrets: model.secrets } : {}),
  };
}

/** Variables that builds take their secrets from: `secrets: {token: {environment: TOKEN}}`, where a build names it. */
export function secretVariables({ services, secrets }: Pick<ComposeModel, 'services' | 'secrets'>): string[] {
  const used = Object.values(services).flatMap(({ build }) => {
    const all = (build as { secrets?: readonly { source?: string }[] | null } | undefined)?.secrets;
    return (all ?? []).map(({ source }) => source ?? '');
  });
  const names = used.flatMap((source) => secrets?.[source]?.environment ?? []);
  return [...new Set(names)];
}

/** Does a service depend on another one, through others too? */
function dependsOn(model: ComposeModel, name: string, other: string, seen = new Set<string>()): boolean {
  if (seen.has(name)) return false;
  seen.add(name);
  return Object.keys(model.services[name]?.depends_on ?? {}).some(
    (next) => next === other || dependsOn(model, next, other, seen),
  );
}

/** The text of the Dockerfile that a build section names; undefined when it is not a file of this machine. */
export function dockerfileOf(
  section: Service['build'],
  read: (path: string) => string | undefined,
): string | undefined {
  const {
    context,
    dockerfile = 'Dockerfile',
    dockerfile_inline: inline,
  } = (section ?? {}) as {
    context?: string;
    dockerfile?: string;
    dockerfile_inline?: string;
  };
  if (inline !== undefined) return unescapeDollars(inline);
  if (context === undefined || !isAbsolute(context)) return undefined;
  return read(
    isAbsolute(dockerfile) ? dockerfile : join(unescapeDollars(context), unescapeDollars(dockerfile)),
  );
}
