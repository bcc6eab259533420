import { architectureFault, type LocalImage, type localImages } from '../build/images.ts';
import { pull } from '../build/pull.ts';
import { push, type Target } from '../build/push/push.ts';
import { type Command, command } from '../commands/command.ts';
import { DeployError } from '../errors.ts';
import type { Context } from './context.ts';
import type { Server } from './server.ts';
import type { Session } from './session.ts';
import { type ImageSource, idOn, pins } from './source.ts';
import { together } from './together.ts';

/** Has every image on every server under a name that can only mean it. */
export async function haveImages(
  context: Context,
  session: Session,
  sources: readonly ImageSource[],
  built: Awaited<ReturnType<typeof localImages>>,
  builtPins: Readonly<Record<string, string>>,
): Promise<{ pinned: Record<string, string>; tags: Command[] }> {
  let all: Record<string, string> = {};
  const tags = new Map<string, Command>();
  for (const server of session.servers) {
    const where = server.host.name;
    const faults = [...built].flatMap(
      ([name, image]) => architectureFault(name, image, server.facts.architecture, where) ?? [],
    );
    if (faults.length > 0) throw new DeployError(faults);
  }
  const targets = session.servers.map((server) => targetOf(server, sources, built, builtPins));
  const [pulled] = await together([
    pullMissing(context, session, sources, builtPins),
    push(context, targets),
  ]);
  for (const server of session.servers) {
    const where = server.host.name;
    const ids = (name: string) => idOn(server.facts.images, name) ?? pulled.get(server)?.get(name);
    const third = pins(
      context.config.app,
      sources.filter((one) => !builtPins[one.service]),
      ids,
    );
    for (const { service, name } of sources) {
      const pin = third[service];
      const imageId = ids(name);
      if (pin && imageId && !server.facts.images.has(pin))
        tags.set(pin, command('docker', 'tag', imageId, pin));
    }
    const here = { ...third, ...builtPins };
    const differs = Object.entries(all).filter(([service, pin]) => here[service] !== pin);
    if (differs.length > 0) {
      throw new DeployError({
        code: 'image-differs',
        where,
        what: `The servers have different images under one name (services ${differs.map(([service]) => service).join(', ')}).`,
        remedy:
          'Pull the tag anew on each server (docker pull), or pin it in the compose file: image@sha256:...',
      });
    }
    all = here;
  }
  return { pinned: all, tags: [...tags.values()] };
}

/** Pulls on each server what it has not and nobody builds here. */
async function pullMissing(
  context: Context,
  session: Session,
  sources: readonly ImageSource[],
  builtPins: Readonly<Record<string, string>>,
): Promise<Map<Server, Map<string, string>>> {
  const pulls = session.servers.map(async (server) => {
    const missing = sources.filter((one) => !builtPins[one.service] && !idOn(server.facts.images, one.name));
    const names = [...new Set(missing.map((one) => one.name))];
    if (names.length > 0) context.log.info(`${server.host.name}: pulling ${names.join(', ')}`);
    return [server, await pull(server.host, names, context.signal)] as const;
  });
  return new Map(await Promise.all(pulls));
}

/** What a server lacks of the images that were built here, by their pinned names. */
function targetOf(
  server: Server,
  sources: readonly ImageSource[],
  built: Awaited<ReturnType<typeof localImages>>,
  builtPins: Readonly<Record<string, string>>,
): Target {
  const lacking: [string, LocalImage][] = sources.flatMap(({ service, name }) => {
    const [pin, image] = [builtPins[service], built.get(name)];
    return pin && image && !server.facts.images.has(pin) ? [[pin, image]] : [];
  });
  return { host: server.host, lacking: new Map(lacking), freeBytes: server.facts.freeBytes };
}
