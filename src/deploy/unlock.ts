import { script } from '../commands/command.ts';
import type { Context } from './context.ts';
import type { Part } from './part.ts';
import { pathsOf } from './paths.ts';
import { openHosts, Session } from './session.ts';
import type { Steps } from './steps.ts';

/** A person's word that whoever holds the lease is dead: frees it, and brings what it had begun to an end. */
export async function unlock(context: Context, steps: Steps): Promise<Part> {
  const { app, environment } = context.config;
  const hosts = await steps.phase('connect', () => openHosts(context));
  await steps.phase('unlock', async () => {
    for (const host of hosts) {
      const { root } = pathsOf('.', app, environment);
      const { stdout } = await host.run(script('cat "$1/lease" 2>/dev/null && rm -f "$1/lease"; :', [root]));
      context.log.info(stdout === '' ? 'the lease was free' : `taken from ${stdout.trim()}`);
    }
    const session = await Session.open(context, hosts, []);
    await session.close();
  });
  return { outcome: 'done' };
}
