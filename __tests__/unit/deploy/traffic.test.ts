import { mkdirSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { jest } from '@jest/globals';
import { pathsOf } from '../../../src/deploy/paths.ts';
import { Server } from '../../../src/deploy/server.ts';
import { bothColors, counted, failedOf, isServing, pointTo } from '../../../src/deploy/traffic.ts';
import { PROOF_HEADER } from '../../../src/edge/config.ts';
import { NO_STATS } from '../../../src/edge/stats.ts';
import { AdminSocket } from '../edge/admin-socket.ts';
import { facts, release } from './records.ts';
import { Sandbox } from './sandbox.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const EDGE = '.restaurant-deploy/edge';
const KEY = 'shop/production';
const MAP = '/edge/maps/active.map';
const ONE = release('r2');

let sandbox: Sandbox;
let server: Server;
let admin: AdminSocket;
let web: HttpServer;
/** The active color of the running edge, and whether it takes an order. */
let running: Map<string, string>;
let deaf: boolean;
let status: number;
let asked: { host: string | undefined; url: string | undefined; proto: unknown }[];
/** What the edge has counted, by slot. */
let counters: Record<string, string>;

const slot = (name: string, color: 'blue' | 'green', service: string) => ({
  slot: name,
  environment: KEY,
  color,
  service,
  port: 80,
  alias: 'x',
  replicas: 1,
});

beforeEach(async () => {
  [running, deaf, status, asked] = [new Map([['blog/production', 'green']]), false, 200, []];
  counters = { slot1: '10,1,0,2,5', slot2: '20,0,1,3,9', slot3: '7,0,0,0,1' };
  sandbox = new Sandbox();
  mkdirSync(sandbox.path(`${EDGE}/run`), { recursive: true });
  sandbox.write(`${EDGE}/maps/active.map`, 'blog/production green\n');
  sandbox.write('.restaurant-deploy/apps/shop/production/lease', '{"token":"ours"}');
  admin = await AdminSocket.open(sandbox.path(`${EDGE}/run/admin.sock`), (command) => {
    const [verb, what, map, key = '', value = ''] = command.split(' ');
    if (what === 'stat') return `# x,req_tot,hrsp_5xx,srv_abrt,scur,rtime\nx,${counters[map ?? '']}\n`;
    if (map !== MAP) return 'Unknown map identifier.\n';
    if (verb === 'set' && !running.has(key)) return 'entry not found.\n';
    if (verb === 'del') return running.delete(key) ? '' : 'Key not found.\n';
    if (!deaf) running.set(key, value);
    return '';
  });
  web = createServer((request, response) => {
    asked.push({ host: request.headers.host, url: request.url, proto: request.headers['x-forwarded-proto'] });
    const color = running.get(KEY);
    if (color) response.setHeader(PROOF_HEADER, `${KEY} ${color}`);
    response.writeHead(color ? status : 404).end();
  });
  await new Promise<void>((resolve) => web.listen(sandbox.path(`${EDGE}/run/public.sock`), resolve));
  const state = {
    slots: [slot('slot1', 'blue', 'web'), slot('slot2', 'blue', 'api'), slot('slot3', 'green', 'web')],
    hosts: [],
    guards: [],
  };
  server = new Server(
    sandbox.host,
    facts({ paths: pathsOf(sandbox.home, 'shop', 'production'), edge: { state } }),
  );
});
afterEach(async () => {
  server.release();
  web.closeAllConnections();
  web.close();
  await admin.close();
  sandbox.remove();
});

const onDisk = () => sandbox.read(`${EDGE}/maps/active.map`)?.split('\n').filter(Boolean).sort();
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (error) => error.faults?.[0] ?? error,
  );

describe('pointing the traffic at a color', () => {
  test('for the first time adds it, on disk and in the edge, and asks the edge who answers', async () => {
    await pointTo(server, ONE, 'blue', 'ours');
    expect(onDisk()).toEqual(['blog/production green', `${KEY} blue`]);
    expect(admin.commands).toEqual([`set map ${MAP} ${KEY} blue`, `add map ${MAP} ${KEY} blue`]);
    expect(asked).toEqual([{ host: 'www.example.com', url: '/health', proto: 'http' }]);
  });

  test('again sets it, and never adds a second value', async () => {
    running.set(KEY, 'blue');
    await pointTo(server, ONE, 'green', 'ours');
    expect(admin.commands).toEqual([`set map ${MAP} ${KEY} green`]);
    expect(onDisk()).toEqual(['blog/production green', `${KEY} green`]);
  });

  test('at none, as before a first deploy, takes it away in both', async () => {
    await pointTo(server, ONE, 'blue', 'ours');
    await pointTo(server, ONE, undefined, 'ours');
    expect(running.has(KEY)).toBe(false);
    expect(onDisk()).toEqual(['blog/production green']);
  });

  test('asks every route, by its scheme', async () => {
    const [route] = ONE.routes as [(typeof ONE.routes)[number]];
    const secure = { ...route, hosts: ['secure.example.com', 'other.example.com'], tls: true };
    await pointTo(server, release('r2', { routes: [route, secure] }), 'blue', 'ours');
    expect(asked).toContainEqual({ host: 'secure.example.com', url: '/health', proto: 'https' });
    expect(asked).toHaveLength(2);
  });

  test('is an error when the edge does not say so', async () => {
    running.set(KEY, 'blue');
    deaf = true;
    const fault = await faultOf(pointTo(server, ONE, 'green', 'ours'));
    expect(fault).toMatchObject({ code: 'switch-unconfirmed', where: 'this runner' });
    expect(fault.what).toContain(`from "${KEY} blue"`);
    expect(fault.remedy).toContain('Nothing old was stopped');
  });

  test('without our lease touches nothing', async () => {
    const fault = await faultOf(pointTo(server, ONE, 'blue', 'theirs'));
    expect(fault).toMatchObject({
      code: 'switch-write',
      evidence: expect.stringContaining('no longer ours'),
    });
    expect([onDisk(), admin.commands]).toEqual([['blog/production green'], []]);
  });

  test('that can not be written touches the running edge neither', async () => {
    mkdirSync(sandbox.path(`${EDGE}/maps/.active`));
    expect((await faultOf(pointTo(server, ONE, 'blue', 'ours'))).code).toBe('switch-write');
    expect(admin.commands).toEqual([]);
  });
});

test('a color serves when the public gets a good answer from it', async () => {
  expect(await isServing(server, ONE, 'blue')).toBe(false);
  running.set(KEY, 'blue');
  expect(await isServing(server, ONE, 'blue')).toBe(true);
  expect(await isServing(server, ONE, 'green')).toBe(false);
  status = 503;
  expect(await isServing(server, ONE, 'blue')).toBe(false);
  expect(await isServing(server, release('r2', { routes: [] }), 'blue')).toBe(true);
});

describe('counting', () => {
  test('sums the slots of a color, and tells the slowest of them', async () => {
    expect((await bothColors(server, ONE)).blue).toEqual({
      requests: 30,
      errors: 1,
      cut: 1,
      sessions: 5,
      responseMs: 9,
    });
    expect((await bothColors(server, release('r2', { app: 'other' }))).blue).toEqual(NO_STATS);
  });

  test('tells what came in between, on both colors', async () => {
    const before = await bothColors(server, ONE);
    expect(counted(before, await bothColors(server, ONE))).toEqual({ requests: 0, failed: 0 });
    counters = { slot1: '15,2,0,0,5', slot2: '20,0,2,0,9', slot3: '107,3,0,0,1' };
    expect(counted(before, await bothColors(server, ONE))).toEqual({ requests: 105, failed: 5 });
    expect(failedOf({ ...NO_STATS, errors: 2, cut: 3 })).toBe(5);
  });
});
