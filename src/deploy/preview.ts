import type { Preview } from '../config/config.ts';
import { previewName } from '../config/preview.ts';
import { DeployError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Context } from './context.ts';
import { deploy } from './deploy.ts';
import { unknownNames } from './names.ts';
import type { Part } from './part.ts';
import { demandRoom, previewsOn, reasonToGo, type Standing } from './previews.ts';
import { removeFrom } from './remove.ts';
import { openHosts } from './session.ts';
import type { Steps } from './steps.ts';

/** The deploy of a pull request into an environment of its own: that of any other, once there is room for it. */
export async function preview(context: Context, steps: Steps): Promise<Part> {
  const { max } = demandPreview(context);
  const { environment } = context.config;
  return deploy(context, steps, async (hosts) => {
    const [all, names] = await Promise.all([
      Promise.all(hosts.map((host) => previewsOn(context, host))),
      unknownNames(context),
    ]);
    for (const [at, standing] of all.entries()) demandRoom(standing, environment, max, hosts[at]?.name ?? '');
    for (const warning of names) context.log.warn(warning);
  });
}

/**
 * Removes the previews of pull requests that are open no more, and those that are too old.
 * @param openPulls numbers of the open pull requests; asked after the servers were looked at, so that a pull request that
 *   is opened meanwhile is never taken for a closed one.
 */
export async function prune(
  context: Context,
  steps: Steps,
  openPulls: () => Promise<ReadonlySet<number>>,
): Promise<Part> {
  const { ttlMs } = demandPreview(context);
  const hosts = await steps.phase('connect', () => openHosts(context));
  const { standing, open } = await steps.phase('look', async () => {
    const seen = await Promise.all(hosts.map((host) => previewsOn(context, host)));
    return { standing: seen, open: await openPulls() };
  });
  const going = new Map<number, { why: string; hosts: Host[] }>();
  const staying = new Map<number, Standing>();
  for (const [at, all] of standing.entries()) {
    for (const one of all) {
      const host = hosts[at];
      const why = reasonToGo(one, open, ttlMs);
      if (why === undefined || !host) staying.set(one.number, one);
      else going.set(one.number, { why, hosts: [...(going.get(one.number)?.hosts ?? []), host] });
    }
  }
  const removed: string[] = [];
  const faults: DeployError[] = [];
  for (const [number, { why, hosts: from }] of going) {
    const environment = previewName(number);
    context.log.info(`${environment} goes: ${why}`);
    try {
      await removeFrom({ ...context, config: { ...context.config, environment } }, steps, from);
      removed.push(environment);
    } catch (error) {
      // One that can not be removed keeps none of the others.
      if (!(error instanceof DeployError) || context.signal.aborted) throw error;
      faults.push(error);
    }
  }
  steps.known = { ...steps.known, removed };
  if (faults.length > 0) throw new DeployError(faults.flatMap((one) => one.faults));
  return {
    outcome: removed.length > 0 ? 'removed' : 'done',
    removed,
    tables: [
      {
        title: 'Previews',
        head: ['preview', 'what', 'why'],
        rows: [
          ...[...going].map(([number, { why }]) => [previewName(number), 'removed', why]),
          ...[...staying.values()].map(({ environment }) => [environment, 'stays', '']),
        ],
      },
    ],
  };
}

/** @throws DeployError preview-unset when the file of settings says nothing about previews. */
function demandPreview({ config }: Context): Preview {
  if (config.preview) return config.preview;
  throw new DeployError({
    code: 'preview-unset',
    what: 'The file of settings has no section preview.',
    remedy: 'Add it, such as: preview: {host: "pr-{number}.preview.example.com"}.',
  });
}
