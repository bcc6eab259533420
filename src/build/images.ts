import { command } from '../commands/command.ts';
import type { ComposeModel } from '../compose/model.ts';
import type { Fault } from '../errors.ts';
import type { Host } from '../hosts/host.ts';

/** An image on the runner. */
export interface LocalImage {
  readonly id: string;
  readonly architecture: string;
  /** Unpacked. */
  readonly bytes: number;
  /** The sha256 of each unpacked layer, the lowest first. */
  readonly layers: readonly string[];
}

/** A service's image by the name that Compose gives it. */
export function imageName(model: ComposeModel, project: string, service: string): string {
  return model.services[service]?.image ?? `${project}-${service}`;
}

/** Services whose image is built from the user's sources. */
export function builtServices(model: ComposeModel): string[] {
  return Object.entries(model.services).flatMap(([name, service]) => (service.build ? [name] : []));
}

/**
 * Our own name for an image: it holds the image's id, so it never means another one, and no clean-up of unnamed or
 * old images by somebody else takes it away.
 */
export function pinnedName(app: string, service: string, id: string): string {
  return `${imagePrefix(app)}${safeName(service)}:${id.replace(/^sha256:/, '').slice(0, 16)}`;
}

/** A service's name as a part of an image's name can be. */
export function safeName(service: string): string {
  const safe = service
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return safe || 'image';
}

/** What all of an app's own image names begin with. No app's name holds a dot, so "shop" never means "shop-admin" too. */
export const imagePrefix = (app: string): string => `restaurant-deploy/${app}.`;

const LOCAL_FORMAT = '{{.Id}} {{.Architecture}} {{.Size}} {{json .RootFS.Layers}}';

/** The runner's images by name; a name that is not there is left out. */
export async function localImages(local: Host, names: readonly string[]): Promise<Map<string, LocalImage>> {
  const found = new Map<string, LocalImage>();
  await Promise.all(
    [...new Set(names)].map(async (name) => {
      const { code, stdout } = await local.run(
        command('docker', 'image', 'inspect', '--format', LOCAL_FORMAT, name),
      );
      const [id, architecture = '', size, layers = '[]'] = stdout.trim().split(' ');
      if (code === 0 && id)
        found.set(name, {
          id,
          architecture,
          bytes: Number(size),
          layers: (JSON.parse(layers) as string[] | null) ?? [],
        });
    }),
  );
  return found;
}

/** `uname -m` in the words of images. */
export function imageArchitecture(machine: string): string {
  return { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm' }[machine] ?? machine;
}

/** An image made for another kind of machine would only fail at its start, with "exec format error". */
export function architectureFault(
  name: string,
  architecture: string,
  machine: string,
  where: string,
): Fault | undefined {
  const wanted = imageArchitecture(machine);
  if (architecture === wanted) return undefined;
  return {
    code: 'image-architecture',
    where,
    what: `The image ${name} is built for ${architecture}, the server is ${wanted}.`,
    remedy: `Build it for the server: platforms: [linux/${wanted}] in the build section, on a runner that can (docker/setup-qemu-action), or use a runner of that kind.`,
  };
}
