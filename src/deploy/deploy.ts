import { imageArchitecture } from '../build/images.ts';
import type { Room } from '../build/registry/space.ts';
import type { Host } from '../hosts/host.ts';
import type { Context } from './context.ts';
import { haveImages } from './images.ts';
import { judgeEarly, judgeLate } from './judge.ts';
import { builtElsewhere, enterRegistry, takeMade } from './made.ts';
import { testAndBuild } from './make.ts';
import type { Part } from './part.ts';
import { bundleFor, connectAndRead, releaseId } from './read.ts';
import { rollOut } from './roll-out.ts';
import { Session } from './session.ts';
import { imageSources } from './source.ts';
import type { Steps } from './steps.ts';
import { projectOf } from './user-model.ts';

/**
 * Test, build, push and switch: from the user's files to a release that serves.
 * @param admit what else has to be so on the servers before anything is begun.
 */
export async function deploy(
  given: Context,
  steps: Steps,
  admit?: (hosts: readonly Host[]) => Promise<void>,
): Promise<Part> {
  const id = releaseId(given.now(), given.version);
  const project = projectOf(given);
  const { context, model, hosts, registry } = await connectAndRead(given, steps, enterRegistry);
  if (admit) await steps.phase('room', () => admit(hosts));
  const all = imageSources(model, project, id, context.version);
  const sources = builtElsewhere(context, registry, model, all);
  const rooms: Room[] = [];
  const architectures = async () => {
    const seen = await judgeEarly(context, model, hosts);
    for (const [host, { freeBytes }] of seen) rooms.push({ host, freeBytes });
    return [...seen.values()].map(({ architecture }) => imageArchitecture(architecture));
  };
  const baked = await testAndBuild({ context, id, model, registry, architectures }, steps);
  const made = await takeMade(context, steps, registry, model, sources, baked, rooms);
  const wanted = [...new Set([...sources.map((one) => one.name), ...Object.values(made.pins)])];

  const session = await steps.phase('lease', () => Session.open(context, hosts, wanted));
  try {
    if (rooms.length === 0) await judgeLate(context, model, session.servers);
    const images = await steps.phase('images', () => haveImages(context, session, sources, made, registry));
    const bundles = new Map(
      session.servers.map((server) => [
        server,
        bundleFor(context, server, model, id, images.get(server)?.images ?? {}),
      ]),
    );
    return await rollOut(context, steps, session, bundles, images);
  } finally {
    await session.close();
  }
}
