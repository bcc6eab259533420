import { isAbsolute, join } from 'node:path';
import { unescapeDollars } from '../compose/dollars.ts';
import type { ComposeModel, Service } from '../compose/model.ts';
import { builtServices, imageName } from './images.ts';

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
): object {
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
        build: service.build,
        ...(service.image === undefined ? {} : { image: service.image }),
        ...(service.platform === undefined ? {} : { platform: service.platform }),
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
