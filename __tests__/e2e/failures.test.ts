import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { composeFile, deployFile } from './support/app-files.ts';
import { serves } from './support/ask.ts';
import { type Expected, expectFailed, expectGood } from './support/expect.ts';
import { load } from './support/load.ts';
import { type Rig, rigDown, rigUp, type Server } from './support/rig.ts';
import { untouched } from './support/witness.ts';

// What is wrong with the app or its files: one clear error, the old release serves on, and the next deploy works.

jest.setTimeout(300_000);

let rig: Rig;
let server: Server;
let app: App;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = new App('e2e-fail', rig, server);
  makeGood();
  expectGood(await app.deploy());
});
afterAll(async () => {
  app?.remove();
  await rigDown();
});

function makeGood(): void {
  app.compose = composeFile(app.name);
  // Without a standby there is nothing of the old color that a failed deploy could have had to make room.
  app.config = { ...deployFile(app.name), standby: { keep: 'none' } };
  app.composeText = undefined;
}

/** The first route's health check gives up soon. */
function impatient(): void {
  for (const { health } of app.config.routes) health.deadline = '6s';
}

interface Fault extends Expected {
  readonly name: string;
  readonly spoil: () => void;
}

const FAULTS: Fault[] = [
  {
    name: 'a service that is never healthy',
    spoil: () => {
      app.web.UNREADY = '1';
      const { web = {} } = app.compose.services;
      web.healthcheck = { ...Object(web.healthcheck), interval: '1s', retries: 2, start_period: '1s' };
    },
    code: 'app-not-ready',
    says: /^deploy@127\.0\.0\.1:\d+, service web: .*e2e-fail-production-(blue|green)-web-1 does not pass its health check\..*log below/s,
    evidence: /HTTP Error 503/,
  },
  {
    name: 'a service that crashes at once',
    spoil: () => {
      app.web.CRASH = '1';
    },
    code: 'app-not-ready',
    says: /service web: .*e2e-fail-production-(blue|green)-web-1 (crashes again and again|ended with exit code 3).*log below/s,
    evidence: /the oven does not start: no gas/,
  },
  {
    name: 'a health path that answers 500',
    spoil: () => {
      app.web.HEALTH = '500';
      impatient();
    },
    code: 'health-5xx',
    says: /service web: .*never answered \/health well for the hostname e2e-fail\.example\.com: it answers 500 "the kitchen is closed".*log/s,
    evidence: /listens on 7000/,
  },
  {
    name: 'an app that refuses its hostname',
    spoil: () => {
      app.web.HOSTS = 'localhost,other.example.com';
      impatient();
    },
    code: 'health-400',
    says: /e2e-fail\.example\.com: it answers 400 "Bad Request.*ALLOWED_HOSTS/s,
  },
  {
    name: 'a health path that redirects',
    spoil: () => {
      app.web.HEALTH = '301';
      impatient();
    },
    code: 'health-redirect',
    says: /it answers 301.*to https:\/\/e2e-fail\.example\.com\/health.*(tls|X-Forwarded-Proto)/s,
  },
  {
    name: 'an app that listens on another port than its route says',
    spoil: () => {
      for (const route of app.config.routes) route.port = 7001;
      impatient();
    },
    code: 'health-refused',
    says: /nothing accepts connections on port \d+.*listens on port \d+, that of the route/s,
  },
  {
    name: 'a migration that fails',
    spoil: () => {
      app.config.hooks = { 'before-switch': { service: 'web', run: 'echo no such column; exit 4' } };
    },
    code: 'hook-failed',
    says: /hook before-switch, service web: The hook ended with 4: no such column/,
  },
  {
    name: 'an image that can not be built',
    spoil: () => {
      app.compose.services.cook = { build: './cook' };
      mkdirSync(join(app.folder, 'cook'), { recursive: true });
      writeFileSync(
        join(app.folder, 'cook', 'Dockerfile'),
        'FROM busybox:latest\nRUN echo no flour; exit 7\n',
      );
    },
    code: 'build-failed',
    says: /could not be built: .*exit code: 7/s,
    evidence: /no flour/,
  },
  {
    name: 'an image that is not in its registry',
    spoil: () => {
      app.compose.services.cook = { image: `${rig.registry}/nobody/nothing:1` };
    },
    code: 'image-pull',
    says: /deploy@127\.0\.0\.1:\d+: .*nobody\/nothing:1.*(not found|unknown).*tag/s,
  },
  {
    name: 'a compose file that does not parse',
    spoil: () => {
      app.composeText = 'services:\n  web:\n    image: [python\n';
    },
    code: 'compose-invalid',
    says: /^compose\.yaml(:\d+)*: Docker Compose can not read this:.*docker compose config/s,
  },
  {
    name: 'a route to a service that is not there',
    spoil: () => {
      for (const route of app.config.routes) route.service = 'webb';
    },
    code: 'compose-route-unknown',
    says: /service "webb".*Did you mean "web"\?/s,
  },
  {
    name: 'a variable that nobody gives',
    spoil: () => {
      app.web.LEVEL = '${SPICE_LEVEL}';
    },
    code: 'compose-variable-missing',
    says: /compose\.yaml: The variable SPICE_LEVEL is used but not set\..*env\.clear/s,
  },
  {
    name: 'a secret that is empty',
    spoil: () => {
      app.config.env.secret = ['DB_PASSWORD', 'TOKEN'];
    },
    code: 'secrets-missing',
    says: /The secret "?TOKEN"? is missing or empty/,
  },
];

test.each(FAULTS)('$name', async ({ spoil, ...expected }) => {
  spoil();
  try {
    expectFailed(await untouched(app, server, () => app.deploy()), expected);
  } finally {
    makeGood();
  }
  expectGood(await app.deploy());
});

test('a release that does badly once it has the traffic is reverted by itself', async () => {
  const before = await serves(server, app.hostname);
  const clients = await load(server, app.hostname, `^${app.name} `, ['--clients', '8']);
  app.web.BROKEN = '1';
  app.config.observe = { for: '20s', 'min-requests': 10 };

  const run = await app.deploy();
  const after = await serves(server, app.hostname);
  const seen = await clients.stop();

  makeGood();
  expectFailed(run, {
    outcome: 'reverted',
    code: 'observe-breach',
    says: /After the switch the new release did not do well: \d+ of \d+ answers failed.*back on the old release/s,
  });
  expect(after).toEqual(before);
  // Those that met the new release failed, as they must; what counts is that it ended soon.
  expect(Object.keys(seen.failures)).toEqual(['status-500']);
  expect(seen.failed).toBeLessThan(seen.requests / 2);
  expectGood(await app.deploy());
});
