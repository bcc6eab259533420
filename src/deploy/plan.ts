import { builtServices } from '../build/images.ts';
import { otherColor } from '../edge/state.ts';
import type { Table } from '../report/result.ts';
import { changesBetween } from './changes.ts';
import type { Context } from './context.ts';
import { judge } from './judge.ts';
import { strayNames, unknownNames } from './names.ts';
import { type Part, serving } from './part.ts';
import { bundleFor, connectAndRead, releaseId } from './read.ts';
import { Server } from './server.ts';
import { look } from './session.ts';
import { idOn, imageSources, pins } from './source.ts';
import type { Steps } from './steps.ts';
import { projectOf } from './user-model.ts';

/** What a deploy would do, as data and as tables. It builds nothing and changes nothing on the server. */
export async function plan(given: Context, steps: Steps): Promise<Part> {
  const { config } = given;
  const project = projectOf(given);
  const id = releaseId(given.now(), given.version);
  const { context, model, hosts } = await connectAndRead(given, steps, async () => undefined);
  const sources = imageSources(model, project, id, context.version);
  const names = sources.map((one) => one.name);
  const servers = await steps.phase('look', () =>
    Promise.all(hosts.map(async (host) => new Server(host, await look(context, host, names)))),
  );
  const [stray, judged] = await steps.phase('routes', () =>
    Promise.all([
      Promise.all([unknownNames(context), strayNames(context)]).then((all) => all.flat()),
      Promise.all(servers.map(({ host, facts }) => judge(context, model, host, facts))),
    ]),
  );
  const data = servers.map((server, at) => {
    const { facts } = server;
    const found = judged[at];
    const live = serving(server, config.app, config.environment);
    const color = live ? otherColor(live.color) : 'blue';
    const before = facts.releases.find((one) => one.id === live?.release);
    const built = new Set(sources.filter((one) => one.kind === 'built').map((one) => one.service));
    // What is not built yet has no image to pin: its name alone stands for it.
    const unbuilt = Object.fromEntries([...built].map((service) => [service, 'to-be-built']));
    const images = { ...unbuilt, ...pins(config.app, sources, (name) => idOn(facts.images, name)) };
    const bundle = bundleFor(context, server, model, id, images);
    const services = Object.keys(bundle.splits[color].color.services);
    const shared = Object.keys(bundle.splits[color].shared?.services ?? {});
    const changes = changesBetween(before, bundle.release);
    return {
      active: live ?? null,
      color,
      start: services,
      keep: shared,
      sharedChanged: bundle.sharedSum !== '' && bundle.sharedSum !== facts.sharedSum,
      stop: before ? services.length : 0,
      build: builtServices(model),
      pull: sources
        .filter((one) => one.kind === 'pulled' && !idOn(facts.images, one.name))
        .map((one) => one.name),
      images: changes.images.filter((one) => !built.has(one.service)),
      env: changes.env,
      routes: config.routes.flatMap((route) =>
        route.hosts.map((host) => `${host} -> ${route.service}:${route.port}`),
      ),
      notices: bundle.splits[color].notices,
      faults: found?.errors ?? [],
      warnings: [...stray, ...(found?.warnings ?? [])],
    };
  });
  const list = (all: readonly string[]) => (all.length > 0 ? all.join(', ') : '-');
  const tables: Table[] = data.flatMap((one, at): Table[] => {
    const of = data.length > 1 ? ` (server ${at + 1})` : '';
    return [
      {
        title: `Plan${of}`,
        head: ['what', 'which'],
        rows: [
          ['live now', one.active ? `${one.active.color}, ${one.active.release}` : 'nothing: a first deploy'],
          ['color to start', one.color],
          ['services to start', list(one.start)],
          [
            one.sharedChanged ? 'shared services, to be started or changed' : 'shared services, untouched',
            list(one.keep),
          ],
          ['images to build', list(one.build)],
          ['images to pull', list(one.pull)],
          ['routes', list(one.routes)],
          ['env added', list(one.env.added)],
          ['env removed', list(one.env.removed)],
          ['env changed', list(one.env.changed)],
        ],
      },
      {
        title: `To heed${of}`,
        head: ['level', 'service', 'what', 'remedy'],
        rows: [
          ...one.faults.map((fault) => ['error', '', fault.what, fault.remedy ?? '']),
          ...one.warnings.map((fault) => ['warning', '', fault.what, fault.remedy ?? '']),
          ...one.notices.map((notice) => [notice.level, notice.service ?? '', notice.what, notice.remedy]),
        ],
      },
    ];
  });
  for (const one of data) context.log.info(JSON.stringify(one));
  const [first] = data;
  return {
    outcome: 'planned',
    tables,
    data,
    ...(first?.active ? { release: first.active.release, color: first.active.color } : {}),
  };
}
