import type { ComposeModel } from '../compose/model.ts';
import { type Bundle, makeBundle } from './bundle.ts';
import type { Context } from './context.ts';
import type { Server } from './server.ts';
import { openHosts } from './session.ts';
import type { Steps } from './steps.ts';
import { together } from './together.ts';
import { composeSource, projectOf, readModelOf } from './user-model.ts';
import { withSecrets } from './with-secrets.ts';

/** A name for a release that sorts by time and shows its version. */
export function releaseId(now: number, version: string): string {
  const stamp = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  return `${stamp}-${version
    .replace(/[^A-Za-z0-9]+/g, '')
    .slice(0, 12)
    .toLowerCase()}`;
}

/** Opens the connections while the stores, Compose and the registry are asked: none waits for another without need. */
export async function connectAndRead<Registry>(
  given: Context,
  steps: Steps,
  enter: (context: Context) => Promise<Registry>,
) {
  return steps.phase('connect', async () => {
    const opening = openHosts(given);
    const reading = async () => {
      const context = await withSecrets(given, () => opening);
      return { context, model: await readModelOf(context, projectOf(context)) };
    };
    const [{ context, model }, hosts, registry] = await together([reading(), opening, enter(given)]);
    return { context, model, hosts, registry };
  });
}

/** The release as this server gets it: paths differ by the home of the deploy user. */
export function bundleFor(
  context: Context,
  server: Server,
  model: ComposeModel,
  id: string,
  images: Readonly<Record<string, string>>,
): Bundle {
  const now = new Date(context.now()).toISOString();
  return makeBundle({
    config: context.config,
    model,
    id,
    version: context.version,
    commit: context.commit,
    committedAt: context.committedAt,
    createdAt: now,
    env: context.env,
    filling: context.filling,
    origins: context.origins,
    images,
    paths: server.facts.paths,
    projectDir: composeSource(context, projectOf(context)).projectDir,
    workspace: context.workspace,
    existing: context.existing,
  });
}
