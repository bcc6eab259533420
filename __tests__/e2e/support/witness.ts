import type { Run } from './action.ts';
import type { App } from './app.ts';
import { serves } from './ask.ts';
import { expectNothingFailed } from './expect.ts';
import { load } from './load.ts';
import type { Server } from './rig.ts';
import { type ServerState, serverState } from './server-state.ts';

/** What an app is on a server: what it answers, and all that lies there. */
export interface Look {
  readonly serves: { readonly release: string; readonly color: string };
  readonly state: ServerState;
}

export async function look(app: App, server: Server): Promise<Look> {
  const state = await serverState(server);
  // What the last start of a project said is of no use to anybody, and harms nobody.
  const files = state.files.filter((file) => !/\.(pid|up)$/.test(file));
  return { serves: await serves(server, app.hostname), state: { ...state, files } };
}

/**
 * Does something that must not touch what is live: under light load, of which no request may fail or be answered by
 * another release, and afterwards everything is on the server that was there before, and nothing else.
 */
export async function untouched(app: App, server: Server, work: () => Promise<Run>): Promise<Run> {
  const before = await look(app, server);
  const clients = await load(server, app.hostname, `^${app.name} `);
  const run = await work();
  const seen = await clients.stop();
  expectNothingFailed(seen);
  expect(Object.keys(seen.answers)).toEqual([before.serves.release]);
  expect(await look(app, server)).toEqual(before);
  return run;
}
