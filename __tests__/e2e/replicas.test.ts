import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { ask, serves } from './support/ask.ts';
import { expectGood, expectNothingFailed } from './support/expect.ts';
import { EVERY_KIND, load } from './support/load.ts';
import { eventually } from './support/process.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';

// A routed service that runs several times a color: all of its containers get traffic.

jest.setTimeout(300_000);

const NAME = 'e2e-many';

let rig: Rig;
let server: Server;
let app: App;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = App.small(NAME, rig, server);
});
afterAll(async () => {
  app?.remove();
  await rigDown();
});

function runs(times: number): void {
  const { web } = app.compose.services;
  if (!web) throw new Error('there is no service web');
  web.deploy = { replicas: times };
  // Compose refuses a name that several containers would have.
  delete web.container_name;
  delete web.ports;
}

/** The names of the containers that answer, of so many requests, with how often. */
async function answering(requests: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let at = 0; at < requests; at++) {
    const { status, body } = await ask(server, app.hostname, '/env?name=HOSTNAME');
    expect(status).toBe(200);
    counts[body] = (counts[body] ?? 0) + 1;
  }
  return counts;
}

test('each of them is asked as often as the others', async () => {
  runs(3);
  expectGood(await app.deploy());

  expect(Object.values(await answering(12))).toEqual([4, 4, 4]);
});

test('more or fewer of them in the next release, and back again, lose no request', async () => {
  const clients = await load(server, app.hostname, `^${NAME} `, [...EVERY_KIND, '--clients', '6']);

  for (const times of [2, 1, 4, 6]) {
    runs(times);
    expectGood(await app.deploy());
    // The edge takes four of them at most.
    expect(Object.keys(await answering(12))).toHaveLength(Math.min(times, 4));
  }
  expectGood(await app.run('rollback'), 'rolled-back');
  expect(Object.keys(await answering(12))).toHaveLength(4);
  const byHand = await sh(server, "su deploy -c '~/.restaurant-deploy/bin/rollback' 2>&1 </dev/null");
  expect(byHand).toContain('serves');
  expect(Object.keys(await answering(4))).toHaveLength(1);

  expectNothingFailed(await clients.stop(), 100);
});

test('one that is restarted costs no request, and is asked again', async () => {
  runs(2);
  expectGood(await app.deploy());
  const { color } = await serves(server, app.hostname);
  const clients = await load(server, app.hostname, `^${NAME} `, ['--clients', '6']);

  await sh(server, `docker restart ${NAME}-production-${color}-web-2`);

  await eventually('both to answer', 20_000, async () =>
    Object.keys(await answering(8)).length === 2 ? true : undefined,
  );
  expectNothingFailed(await clients.stop(), 50);
});

test('the edge knows all of them after a restart of its own', async () => {
  await sh(server, 'docker restart -t 1 restaurant-deploy-edge');
  await eventually('an answer', 20_000, () => serves(server, app.hostname).catch(() => undefined));
  await eventually('both to answer', 20_000, async () =>
    Object.keys(await answering(8)).length === 2 ? true : undefined,
  );
});
