import { objectivesOf, objectiveTables } from '../report/objectives.ts';
import type { Context } from './context.ts';
import type { Part } from './part.ts';
import { look, openHosts } from './session.ts';
import type { Steps } from './steps.ts';

/** What the ledger says about a period. The ledger of the first server speaks for all: changes are made on all. */
export async function report(context: Context, steps: Steps, periodMs: number): Promise<Part> {
  const hosts = await steps.phase('connect', () => openHosts(context));
  const [facts] = await steps.phase('look', () =>
    Promise.all(hosts.slice(0, 1).map((host) => look(context, host, []))),
  );
  const ledger = facts?.ledger ?? [];
  const to = context.now();
  const found = objectivesOf(ledger, to - periodMs, to);
  context.log.info(JSON.stringify(found));
  return { outcome: 'done', data: found, tables: objectiveTables(found, ledger) };
}
