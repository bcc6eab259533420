import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { ask, serves } from './support/ask.ts';
import { expectGood, expectNothingFailed } from './support/expect.ts';
import { forgetImages } from './support/images.ts';
import { EVERY_KIND, load } from './support/load.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { releasesOf, serverState } from './support/server-state.ts';

jest.setTimeout(900_000);

let rig: Rig;
let server: Server;
let shop: App;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  shop = new App('e2e-shop', rig, server);
});
afterAll(async () => {
  shop?.remove();
  await forgetImages('e2e-shop');
  await rigDown();
});

test('the first deploy sets up network, edge and shared services on a bare server', async () => {
  expect((await serverState(server)).containers).toEqual([]);

  const run = expectGood(await shop.deploy());

  expect(run.outputs).toMatchObject({
    color: 'blue',
    environment: 'production',
    url: 'http://e2e-shop.example.com',
    'previous-release': '',
    'failed-requests': '0',
    'downtime-ms': '0',
  });
  expect(run.outputs.release).toMatch(/^\d{8}T\d{6}Z-v1$/);
  expect(run.summary).toContain(run.outputs.release);
  expect(await serves(server, shop.hostname)).toEqual({ release: run.outputs.release, color: 'blue' });
  const state = await serverState(server);
  expect(state.containers).toEqual([
    'e2e-shop-production-blue-web-1 running',
    'e2e-shop-production-blue-worker-1 running',
    'e2e-shop-production-shared-db-1 running',
    'restaurant-deploy-edge running',
  ]);
  expect(releasesOf(state, 'e2e-shop')).toEqual([run.outputs.release]);
  expect(state.files.filter((file) => /\/(journal\.json|lease)$/.test(file))).toEqual([]);
});

test('the second deploy loses no request of any kind, and what one color wrote the other reads', async () => {
  const before = await serves(server, shop.hostname);
  expect((await ask(server, shop.hostname, '/notes', 'a table for two')).status).toBe(201);
  const clients = await load(server, shop.hostname, '^e2e-shop \\S+ (blue|green)$', [
    ...EVERY_KIND,
    ...['--clients', '8'],
  ]);

  const run = expectGood(await shop.deploy());
  const seen = expectNothingFailed(await clients.stop(), 200);

  for (const kind of ['keepalive-get', 'fresh-get', 'keepalive-post', 'slow', 'websocket']) {
    expect(seen.byClient[kind]?.requests).toBeGreaterThan(0);
  }
  // The WebSocket that was open in the switch lived until the old color closed it, and then there was a second one.
  expect(seen.websockets.opened).toBeGreaterThanOrEqual(2);
  expect(Object.keys(seen.answers).sort()).toEqual([before.release, run.outputs.release]);
  expect(run.outputs).toMatchObject({
    color: 'green',
    'previous-release': before.release,
    'failed-requests': '0',
    'downtime-ms': '0',
  });
  expect(Number(run.outputs.requests)).toBeGreaterThan(0);
  expect((await ask(server, shop.hostname, '/notes')).body).toBe('["a table for two"]');
  const { containers } = await serverState(server);
  expect(containers).toContain('e2e-shop-production-blue-web-1 exited');
  expect(containers).toContain('e2e-shop-production-green-web-1 running');
});

test('what is live already is left alone, whatever the version is called', async () => {
  const ids = () => sh(server, 'docker ps -q --no-trunc | sort');
  const before = { ids: await ids(), serves: await serves(server, shop.hostname) };

  const run = expectGood(await shop.run('deploy', { inputs: { version: 'another-name' } }), 'unchanged');

  expect(run.outputs).toMatchObject({ release: before.serves.release, color: 'green' });
  expect({ ids: await ids(), serves: await serves(server, shop.hostname) }).toEqual(before);
});

test('ten deploys in a row, each with a new image: no request is lost and nothing piles up', async () => {
  shop.compose.services.clock = { build: './clock', command: ['sleep', '1000000'], init: true };
  mkdirSync(join(shop.folder, 'clock'));
  writeFileSync(join(shop.folder, 'clock', 'Dockerfile'), 'FROM busybox:latest\nCOPY version /version\n');
  const clients = await load(server, shop.hostname, '^e2e-shop ', [...EVERY_KIND, '--clients', '5']);
  const sizes: Record<string, number>[] = [];
  let color = (await serves(server, shop.hostname)).color;

  for (let number = 1; number <= 10; number++) {
    writeFileSync(join(shop.folder, 'clock', 'version'), `clock ${number}`);
    const { outputs } = expectGood(await shop.deploy());
    expect(outputs.color).not.toBe(color);
    color = outputs.color ?? '';
    if (number < 4) continue;
    const state = await serverState(server);
    expect(releasesOf(state, 'e2e-shop')).toHaveLength(3);
    sizes.push(Object.fromEntries(Object.entries(state).map(([what, names]) => [what, names.length])));
  }

  const seen = expectNothingFailed(await clients.stop(), 500);
  expect(Object.keys(seen.answers)).toHaveLength(11);
  for (const size of sizes) expect(size).toEqual(sizes[0]);
});
