import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { route, webService } from './support/app-files.ts';
import { ask, serves } from './support/ask.ts';
import { expectFailed, expectGood, expectNothingFailed } from './support/expect.ts';
import { EVERY_KIND, load } from './support/load.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';

// Several apps, and several routes of one, on one server.

jest.setTimeout(600_000);

let rig: Rig;
let server: Server;
let alpha: App;
let beta: App;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  alpha = App.small('e2e-alpha', rig, server);
  alpha.compose.services.api = webService('e2e-alpha', 'api', 7100);
  alpha.config.routes = [
    { ...route('e2e-alpha.example.com'), hosts: ['e2e-alpha.example.com', 'www.e2e-alpha.example.com'] },
    route('api.e2e-alpha.example.com', 'api', 7100),
  ];
  alpha.config.standby = { keep: 'running', for: '1h' };
  beta = App.small('e2e-beta', rig, server);
  beta.config.standby = { keep: 'running', for: '1h' };
});
afterAll(async () => {
  alpha?.remove();
  beta?.remove();
  await rigDown();
});

const bodyOf = async (hostname: string) => (await ask(server, hostname)).body.split(' ')[0];

test('each hostname of an app leads to its own service', async () => {
  expectGood(await alpha.deploy());

  expect(await bodyOf('e2e-alpha.example.com')).toBe('e2e-alpha');
  expect(await bodyOf('www.e2e-alpha.example.com')).toBe('e2e-alpha');
  expect(await bodyOf('API.e2e-alpha.example.com:80')).toBe('e2e-alpha-api');
  expect((await ask(server, 'other.example.com')).status).toBe(404);
});

test('a second app comes onto the server while the first is under load: nothing is lost', async () => {
  const clients = await load(server, 'e2e-alpha.example.com', '^e2e-alpha ', [
    ...EVERY_KIND,
    '--clients',
    '6',
  ]);

  expectGood(await beta.deploy());

  const seen = expectNothingFailed(await clients.stop(), 100);
  expect(Object.keys(seen.answers)).toHaveLength(1);
  expect(await bodyOf('e2e-beta.example.com')).toBe('e2e-beta');
});

test('a switch moves all routes of one app at once, and no other app', async () => {
  const before = await serves(server, 'e2e-beta.example.com');
  const clients = await Promise.all([
    load(server, 'e2e-alpha.example.com', '^e2e-alpha '),
    load(server, 'api.e2e-alpha.example.com', '^e2e-alpha-api '),
    load(server, 'e2e-beta.example.com', '^e2e-beta '),
  ]);

  const { outputs } = expectGood(await alpha.deploy());

  const [web, api, other] = await Promise.all(clients.map((one) => one.stop()));
  for (const report of [web, api, other]) if (report) expectNothingFailed(report);
  for (const report of [web, api]) expect(Object.keys(report?.answers ?? {})).toContain(outputs.release);
  expect(Object.keys(other?.answers ?? {})).toEqual([before.release]);
  for (const host of ['e2e-alpha.example.com', 'api.e2e-alpha.example.com']) {
    expect(await serves(server, host)).toEqual({ release: outputs.release, color: 'green' });
  }
});

test('a hostname that leads to another app is refused, and both go on as they were', async () => {
  const before = [
    await serves(server, 'e2e-alpha.example.com'),
    await serves(server, 'e2e-beta.example.com'),
  ];
  const own = beta.config.routes;
  beta.config.routes = [...own, route('api.e2e-alpha.example.com')];

  expectFailed(await beta.deploy(), {
    code: 'route-taken',
    says: /api\.e2e-alpha\.example\.com belongs to e2e-alpha\/production.*routes\[\]\.hosts/s,
  });

  beta.config.routes = own;
  expect([
    await serves(server, 'e2e-alpha.example.com'),
    await serves(server, 'e2e-beta.example.com'),
  ]).toEqual(before);
  expect(await bodyOf('api.e2e-alpha.example.com')).toBe('e2e-alpha-api');
});

test('a name means the service of the own app and color, though all of them meet at the edge', async () => {
  expectGood(await beta.deploy());
  const sides = [
    'alpha-production-blue',
    'alpha-production-green',
    'beta-production-blue',
    'beta-production-green',
  ];
  for (const side of sides) {
    const container = `e2e-${side}-web-1`;
    // A name that several containers had would be answered with all of them, or with each in turn.
    const found = await sh(
      server,
      `docker exec ${container} python3 -c '
import json, socket
def ask(name):
    try: return sorted({one[4][0] for _ in range(20) for one in socket.getaddrinfo(name, None)})
    except OSError: return []
print(json.dumps([ask("web"), ask("api")]))'`,
    );
    const addresses = async (name: string) =>
      (
        await sh(
          server,
          `docker inspect -f '{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}' ${name}`,
        )
      )
        .split('\n')
        .filter((line) => line !== '');
    const [web, api] = JSON.parse(found) as [string[], string[]];
    expect(web.length).toBeGreaterThan(0);
    expect(await addresses(container)).toEqual(expect.arrayContaining(web));
    if (side.startsWith('beta')) expect(api).toEqual([]);
    else {
      expect(api.length).toBeGreaterThan(0);
      expect(await addresses(`e2e-${side}-api-1`)).toEqual(expect.arrayContaining(api));
    }
  }
});
