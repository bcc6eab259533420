import { builtServices, imageName, pinnedName } from '../build/images.ts';
import type { ComposeModel } from '../compose/model.ts';
import { fillIn } from './bundle.ts';
import { familiarName } from './facts.ts';

/** Where the image of a service comes from. */
export type ImageSource =
  | { readonly kind: 'built'; readonly service: string; readonly name: string }
  | { readonly kind: 'pulled'; readonly service: string; readonly name: string };

/**
 * Where each service's image comes from. One that names an image which another service builds uses that one: the
 * usual worker beside an app.
 */
export function imageSources(
  model: ComposeModel,
  project: string,
  id: string,
  version: string,
): ImageSource[] {
  const filled = fillIn(model, { COLOR: 'blue', RELEASE: id, IMAGE_TAG: version });
  const built = new Set(builtServices(filled));
  const builtNames = new Set([...built].map((service) => imageName(filled, project, service)));
  return Object.keys(filled.services).map((service) => {
    const name = imageName(filled, project, service);
    return { kind: built.has(service) || builtNames.has(name) ? 'built' : 'pulled', service, name };
  });
}

/** Pinned names of services, from the ids of their images. Services without an id are left out. */
export function pins(
  app: string,
  sources: readonly ImageSource[],
  idOf: (name: string) => string | undefined,
): Record<string, string> {
  const pinned: Record<string, string> = {};
  const first = new Map<string, string>();
  for (const { service, name } of sources) {
    const id = idOf(name);
    if (!id) continue;
    // Services with one image share one pin, named after the first of them.
    const pin = first.get(name) ?? pinnedName(app, service, id);
    first.set(name, pin);
    pinned[service] = pin;
  }
  return pinned;
}

/** An image's id among those that a host has. */
export const idOn = (images: ReadonlyMap<string, string>, name: string): string | undefined =>
  images.get(familiarName(name));
