import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { MetricsTargets } from '../../src/config/config.ts';
import type { Fault } from '../../src/errors.ts';
import { measure } from '../../src/measure.ts';
import type { Result } from '../../src/report/result.ts';
import { Sandbox } from './deploy/sandbox.ts';
import { deployed, failed, status } from './report/results.ts';

interface Received {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let received: Received[];
let answer: number;
let warned: Fault[];
let server: Server;
let base: string;
let sandbox: Sandbox;

beforeEach(async () => {
  [received, answer, warned] = [[], 200, []];
  sandbox = new Sandbox();
  server = createServer(async (incoming, outgoing) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    received.push({ line: `${incoming.method} ${incoming.url}`, headers: incoming.headers, body });
    outgoing.writeHead(answer).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  sandbox.remove();
});

const run = (targets: MetricsTargets, result: Result = deployed, secrets = {}) =>
  measure(result, {
    targets,
    secrets,
    hosts: [sandbox.host],
    now: () => 1_735_812_900_000,
    fetch,
    sleep: async () => {},
    warn: (fault) => void warned.push(fault),
  });
const gone: Result = { ...deployed, command: 'remove', outcome: 'removed' };
const folder = () => join(sandbox.home, 'metrics');
const FILE = 'restaurant-deploy-restaurant-production.prom';

test('a Pushgateway gets the whole group in place of the last one', async () => {
  await run({ pushgateway: { url: `${base}/gate/` } });
  expect(received.map(({ line }) => line)).toEqual([
    'PUT /gate/metrics/job/restaurant-deploy/app/restaurant/environment/production',
  ]);
  expect(received[0]?.headers['content-type']).toBe('text/plain; version=0.0.4');
  expect(received[0]?.body).toContain('\nrestaurant_deploy_outcome{app="restaurant"');
  expect(warned).toEqual([]);
});

test('a login in the URL is sent as one, and shown nowhere', async () => {
  const url = base.replace('//', '//me:p%40ss@');
  await run({ pushgateway: { secret: 'GATE' } }, deployed, { GATE: url });
  expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  answer = 401;
  await run({ pushgateway: { secret: 'GATE' } }, deployed, { GATE: url });
  expect(warned).toEqual([
    expect.objectContaining({
      code: 'metrics',
      where: 'metrics, pushgateway, secret GATE',
      what: expect.stringContaining('answered with 401'),
    }),
  ]);
  expect(JSON.stringify(warned)).not.toMatch(/p@ss|p%40ss|127\.0\.0\.1/);
});

test('a collector gets the trace at its path', async () => {
  await run({ otlp: { url: base } });
  expect(received.map(({ line, headers }) => [line, headers['content-type']])).toEqual([
    ['POST /v1/traces', 'application/json'],
  ]);
  const { resourceSpans } = JSON.parse(received[0]?.body ?? '');
  expect(resourceSpans[0].scopeSpans[0].spans).toHaveLength(1 + deployed.phases.length);
});

test('a server gets the file whole, for everybody to read, with the slots of this environment alone', async () => {
  const slot = { color: 'green', service: 'nginx', port: 80, alias: 'a' };
  const slots = [
    { ...slot, slot: 'slot2', environment: 'restaurant/production' },
    { ...slot, slot: 'slot3', environment: 'restaurant/staging' },
  ];
  const edge = join(sandbox.home, '.restaurant-deploy/edge');
  mkdirSync(edge, { recursive: true });
  writeFileSync(join(edge, 'edge.json'), JSON.stringify({ slots, hosts: [] }));
  await run({ textfile: folder() });
  expect(readdirSync(folder())).toEqual([FILE]);
  expect(statSync(join(folder(), FILE)).mode & 0o777).toBe(0o644);
  const text = readFileSync(join(folder(), FILE), 'utf8');
  expect(text).toContain('restaurant_deploy_duration_seconds{');
  expect(text.match(/proxy="slot\d+"/g)).toEqual(['proxy="slot2"']);
  expect(warned).toEqual([]);
});

test('an edge that can not be read costs the slots alone', async () => {
  await run({ textfile: folder() });
  expect(readFileSync(join(folder(), FILE), 'utf8')).not.toContain('restaurant_deploy_slot');
  expect(warned).toEqual([]);
});

test('a folder that can not be made is a warning, and the others are told all the same', async () => {
  writeFileSync(folder(), '');
  await run({ textfile: folder(), pushgateway: { url: base }, otlp: { url: base } });
  expect(received).toHaveLength(2);
  expect(warned).toEqual([
    expect.objectContaining({ code: 'metrics', where: expect.stringMatching(/textfile/) }),
  ]);
});

test.each([
  ['a secret that is not there', { secret: 'GATE' }, /missing or empty/],
  ['nobody there', { url: 'http://127.0.0.1:1' }, /ECONNREFUSED|no connection/],
])('%s is a warning', async (_, pushgateway, why) => {
  await run({ pushgateway });
  expect(warned).toEqual([expect.objectContaining({ code: 'metrics', what: expect.stringMatching(why) })]);
});

test('a failed change is told too; a look is not', async () => {
  await run({ pushgateway: { url: base }, otlp: { url: base }, textfile: folder() }, status);
  expect(received).toEqual([]);
  await run({ pushgateway: { url: base } }, failed);
  expect(received[0]?.body).toContain('outcome="failed"} 1');
});

test('the numbers of an environment go with it', async () => {
  await run({ textfile: folder() });
  await run({ textfile: folder(), pushgateway: { url: base }, otlp: { url: base } }, gone);
  expect(readdirSync(folder())).toEqual([]);
  expect(received.map(({ line, body }) => [line, body])).toEqual([
    ['DELETE /metrics/job/restaurant-deploy/app/restaurant/environment/production', ''],
  ]);
});

test('who wants nothing costs nothing: no server is asked', async () => {
  let asked = 0;
  sandbox.host.run = async () => {
    asked += 1;
    return { code: 0, stdout: '', stderr: '' };
  };
  await run({});
  expect(asked).toBe(0);
});
