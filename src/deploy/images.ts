import { architectureFault, type LocalImage } from '../build/images.ts';
import { type Pulled, pull } from '../build/pull.ts';
import { push, type Target } from '../build/push/push.ts';
import type { Registry } from '../build/registry/login.ts';
import { registryOf } from '../build/registry/names.ts';
import { type Command, command } from '../commands/command.ts';
import { DeployError } from '../errors.ts';
import type { Context } from './context.ts';
import type { Made } from './made.ts';
import type { Server } from './server.ts';
import type { Session } from './session.ts';
import { type ImageSource, idOn, pins } from './source.ts';
import { together } from './together.ts';

/** A server's images: the name of ours that each service gets, and what gives those names that are still to be given. */
export interface Pinned {
  readonly images: Readonly<Record<string, string>>;
  readonly tags: readonly Command[];
}

/** Has every image on every server under a name that can only mean it. */
export async function haveImages(
  context: Context,
  session: Session,
  sources: readonly ImageSource[],
  made: Made,
  registry: Registry | undefined,
): Promise<ReadonlyMap<Server, Pinned>> {
  for (const { host, facts } of session.servers) {
    const faults = [...made.local].flatMap(
      ([name, image]) => architectureFault(name, image.architecture, facts.architecture, host.name) ?? [],
    );
    if (faults.length > 0) throw new DeployError(faults);
  }
  const [pulled] = await together([
    pullMissing(context, session, sources, made, registry),
    made.references.size > 0
      ? takeMissing(context, session, made, registry)
      : push(
          context,
          session.servers.map((server) => targetOf(server, sources, made)),
        ),
  ]);
  const all = new Map<Server, Pinned>();
  // Machines of one kind have the same image under one name; those of another kind have another one.
  const first = new Map<string, Readonly<Record<string, string>>>();
  for (const server of session.servers) {
    const { facts } = server;
    const pinned = pinnedOn(context, server, sources, made, pulled.get(server));
    const same = first.get(facts.architecture) ?? pinned.images;
    first.set(facts.architecture, same);
    const differs = Object.entries(same).filter(([service, pin]) => pinned.images[service] !== pin);
    if (differs.length > 0) {
      throw new DeployError({
        code: 'image-differs',
        where: server.host.name,
        what: `The servers have different images under one name (services ${differs.map(([service]) => service).join(', ')}).`,
        remedy:
          'Pull the tag anew on each server (docker pull), or pin it in the compose file: image@sha256:...',
      });
    }
    all.set(server, pinned);
  }
  return all;
}

function pinnedOn(
  { config }: Context,
  { facts }: Server,
  sources: readonly ImageSource[],
  made: Made,
  pulled: ReadonlyMap<string, Pulled> | undefined,
): Pinned {
  const ids = (name: string) => idOn(facts.images, name) ?? pulled?.get(name)?.id;
  const third = pins(
    config.app,
    sources.filter((one) => !made.pins[one.service]),
    ids,
  );
  const tags = new Map<string, Command>();
  for (const { service, name } of sources) {
    const [pin, id] = [third[service], ids(name)];
    if (pin && id && !facts.images.has(pin)) tags.set(pin, command('docker', 'tag', id, pin));
  }
  return { images: { ...third, ...made.pins }, tags: [...tags.values()] };
}

/** Pulls on each server what it has not and nobody builds; what is in our registry with our login. */
async function pullMissing(
  context: Context,
  session: Session,
  sources: readonly ImageSource[],
  made: Made,
  registry: Registry | undefined,
): Promise<Map<Server, Map<string, Pulled>>> {
  const pulls = session.servers.map(async (server) => {
    const missing = sources.filter((one) => !made.pins[one.service] && !idOn(server.facts.images, one.name));
    const names = [...new Set(missing.map((one) => one.name))];
    if (names.length > 0) context.log.info(`${server.host.name}: pulling ${names.join(', ')}`);
    const ours = (name: string) => registry !== undefined && registryOf(name) === registry.name;
    const pullThose = (those: readonly string[], login?: string) =>
      pull(
        server.host,
        those.map((reference) => ({ reference })),
        context.signal,
        login,
      );
    const [a, b] = await together([
      pullThose(names.filter((name) => !ours(name))),
      pullThose(names.filter(ours), registry?.serverConfig),
    ]);
    return [server, new Map([...a, ...b])] as const;
  });
  return new Map(await Promise.all(pulls));
}

/** Pulls on each server what was pushed to the registry and it has not: by digest, so that it can be nothing else. */
async function takeMissing(
  { log, signal }: Context,
  session: Session,
  made: Made,
  registry: Registry | undefined,
): Promise<void> {
  await Promise.all(
    session.servers.map(async ({ host, facts }) => {
      const pulls = [...made.references].flatMap(([pin, reference]) =>
        facts.images.has(pin) ? [] : [{ reference, pin }],
      );
      if (pulls.length === 0) return;
      log.info(`${host.name}: pulling ${pulls.map(({ reference }) => reference).join(', ')}`);
      const pulled = await pull(host, pulls, signal, registry?.serverConfig);
      const faults = [...pulled].flatMap(
        ([name, { architecture }]) =>
          architectureFault(name, architecture, facts.architecture, host.name) ?? [],
      );
      if (faults.length > 0) throw new DeployError(faults);
    }),
  );
}

/** What a server lacks of the images that were built here, by their pinned names. */
function targetOf(server: Server, sources: readonly ImageSource[], made: Made): Target {
  const lacking: [string, LocalImage][] = sources.flatMap(({ service, name }) => {
    const [pin, image] = [made.pins[service], made.local.get(name)];
    return pin && image && !server.facts.images.has(pin) ? [[pin, image]] : [];
  });
  return { host: server.host, lacking: new Map(lacking), freeBytes: server.facts.freeBytes };
}
