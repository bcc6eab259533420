import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { jest } from '@jest/globals';
import { script } from '../../../src/commands/command.ts';
import {
  EDGE_ALIASES,
  EDGE_IMAGE,
  EDGE_NAME,
  EDGE_OUTSIDE,
  haproxyConfig,
} from '../../../src/edge/config.ts';
import { edgeFiles, startEdge, WRITE_ACTIVE, writeEdge } from '../../../src/edge/install.ts';
import { type EdgeState, EMPTY_EDGE, edgeStateSchema, placeColor } from '../../../src/edge/state.ts';
import { Sandbox } from '../deploy/sandbox.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

let server: Sandbox;
beforeEach(() => {
  server = new Sandbox();
  mkdirSync(server.path('edge'));
});
afterEach(() => server.remove());

const shop = placeOne(EMPTY_EDGE, 'shop');
const both = placeOne(shop, 'blog');

function placeOne(state: EdgeState, app: string): EdgeState {
  return placeColor(
    state,
    `${app}/production`,
    'blue',
    [{ service: 'web', port: 80, alias: `${app}-production-blue-web`, replicas: 1 }],
    [{ hosts: [`${app}.example.com`], service: 'web', port: 80, redirect: true }],
  );
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const seen = () => sha256(server.read('edge/edge.json') ?? '');

async function write(state: EdgeState, before: string) {
  const { command, input } = writeEdge(server.path('edge'), before, state);
  return server.run(command, { input });
}

describe('the files of the edge', () => {
  test('say what the state says, and are for their owner alone', () => {
    const files = edgeFiles(shop) as { path: string; content: string; mode: number }[];
    const content = Object.fromEntries(files.map((file) => [file.path, file.content]));
    expect(edgeStateSchema.parse(JSON.parse(content['edge.json'] ?? ''))).toEqual(shop);
    expect(content['haproxy.cfg']).toBe(haproxyConfig(shop));
    expect(content['maps/hosts.map']).toBe('shop.example.com shop/production\n');
    expect(content['maps/slots.map']).toBe('shop.example.com/blue slot1\n');
    expect(content['maps/redirect.map']).toBe('shop.example.com 1\n');
    expect(files.map((file) => file.mode)).toEqual(files.map(() => 0o600));
  });

  test('are written, and written over when they are still what was seen', async () => {
    expect(await write(shop, '')).toMatchObject({ code: 0, stderr: '' });
    for (const { path, content } of edgeFiles(shop) as { path: string; content: string }[]) {
      expect(server.read(`edge/${path}`)).toBe(content);
      expect(statSync(server.path(`edge/${path}`)).mode & 0o777).toBe(0o600);
    }
    expect((await write(both, seen())).code).toBe(0);
    expect(server.read('edge/maps/hosts.map')).toBe(
      'blog.example.com blog/production\nshop.example.com shop/production\n',
    );
    expect(readdirSync(server.path('edge')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('leave the active map and the certificates as they are', async () => {
    server.write('edge/maps/active.map', 'shop/production green\n');
    server.write('edge/certs/list.txt', '/edge/certs/a.pem\n');
    expect((await write(shop, '')).code).toBe(0);
    expect(server.read('edge/maps/active.map')).toBe('shop/production green\n');
    expect(server.read('edge/certs/list.txt')).toBe('/edge/certs/a.pem\n');
  });

  test('are there for the first start, empty where there is nothing yet', async () => {
    expect((await write(EMPTY_EDGE, '')).code).toBe(0);
    expect(server.read('edge/maps/active.map')).toBe('');
    expect(server.read('edge/certs/list.txt')).toBe('');
    expect(existsSync(server.path('edge/run'))).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['something else', sha256('else')],
  ])('are not touched when another deploy was quicker and %s was seen', async (_, before) => {
    await write(shop, '');
    const config = server.read('edge/haproxy.cfg');
    expect((await write(both, before)).code).toBe(75);
    expect(server.read('edge/haproxy.cfg')).toBe(config);
    expect(JSON.parse(server.read('edge/edge.json') ?? '')).toEqual(shop);
  });

  test('of several deploys at once only one writes on what all have seen', async () => {
    await write(EMPTY_EDGE, '');
    const before = seen();
    const codes = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (app) => (await write(placeOne(EMPTY_EDGE, app), before)).code),
    );
    expect(codes.sort()).toEqual([0, 75, 75, 75]);
  });

  test('are not touched by an archive that is cut on its way', async () => {
    await write(shop, '');
    const { command, input } = writeEdge(server.path('edge'), seen(), both);
    const chunks: Buffer[] = [];
    for await (const chunk of input) chunks.push(Buffer.from(chunk as Uint8Array));
    const cut = Buffer.concat(chunks).subarray(0, 700);
    expect((await server.run(command, { input: Readable.from([cut]) })).code).not.toBe(0);
    expect(JSON.parse(server.read('edge/edge.json') ?? '')).toEqual(shop);
    expect(server.read('edge/maps/hosts.map')).toBe('shop.example.com shop/production\n');
    // What was left half-way is gone after the next write.
    expect((await write(both, seen())).code).toBe(0);
    expect(readdirSync(server.path('edge')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('never hold a name that would end a line', () => {
    const [slot] = shop.slots;
    const hostile = { ...shop, slots: [{ ...slot, alias: 'a\n  server evil 203.0.113.7:80' }] } as EdgeState;
    expect(() => writeEdge('/edge', '', hostile)).toThrow(/alias/);
  });
});

describe('starting the edge', () => {
  /** A docker that has networks, images and containers when a file of that name is there. */
  const DOCKER = `
    has() { [ -e "$HOME/has-$1" ]; }
    case "$1 $2" in
      'inspect -f') has running && echo true || { echo false; exit 1; } ;;
      'network inspect') has "$3" ;;
      'image inspect') has image ;;
      'pull -q') has registry || { echo 'no such host' >&2; exit 1; } ;;
      'container inspect') has container ;;
      'create --name') touch "$HOME/has-container" ;;
      "start ${EDGE_NAME}")
        has refusal && { cat "$HOME/has-refusal"; exit 1; }
        has quiet || mv "$HOME/made.sock" "$HOME/edge/run/admin.sock"; touch "$HOME/has-running" ;;
      'rm -f') rm -f "$HOME/has-container" "$HOME/has-running" ;;
      'logs --tail') echo 'last words' ;;
    esac`;
  const names = () => server.calls().map((call) => call.slice(0, 2).join(' '));
  const start = () => server.run(startEdge(server.path('edge')));

  beforeEach(async () => {
    server.docker(DOCKER);
    server.write('edge/run/.keep', '');
    const socket = createServer().listen(server.path('made.sock'));
    await new Promise((resolve) => socket.once('listening', resolve));
    socket.unref();
  });

  test('on a bare server makes networks and container, as the deploy user, on both networks', async () => {
    server.write('has-registry', '');
    expect(await start()).toMatchObject({ code: 0 });
    const calls = server.calls();
    expect(calls).toContainEqual(['network', 'create', '--internal', EDGE_NAME]);
    expect(calls).toContainEqual(['network', 'create', EDGE_OUTSIDE]);
    expect(calls).toContainEqual(['pull', '-q', EDGE_IMAGE]);
    expect(calls).toContainEqual([
      'network',
      'connect',
      ...EDGE_ALIASES.flatMap((alias) => ['--alias', alias]),
      EDGE_NAME,
      EDGE_NAME,
    ]);
    expect(calls.find(([word]) => word === 'create')).toEqual([
      ...['create', '--name', EDGE_NAME, '--user', `${process.getuid?.()}:${process.getgid?.()}`],
      ...['--network', EDGE_OUTSIDE, '-p', '80:80', '-p', '443:443', '--restart', 'always'],
      ...['--log-opt', 'max-size=10m', '--log-opt', 'max-file=3', '--label', 'restaurant-deploy.edge=1'],
      ...['-v', `${server.path('edge')}:/edge`],
      ...[EDGE_IMAGE, 'haproxy', '-W', '-db', '-f', '/edge/haproxy.cfg'],
    ]);
  });

  test('that runs already touches nothing', async () => {
    server.write('has-running', '');
    server.write('has-container', '');
    const socket = createServer().listen(server.path('edge/run/admin.sock'));
    await new Promise((resolve) => socket.once('listening', resolve));
    expect((await start()).code).toBe(0);
    expect([...new Set(names())]).toEqual(['inspect -f']);
    expect(existsSync(server.path('edge/run/admin.sock'))).toBe(true);
    socket.close();
  });

  test('with all there makes nothing anew', async () => {
    for (const name of ['image', 'container', EDGE_NAME, EDGE_OUTSIDE]) server.write(`has-${name}`, '');
    expect((await start()).code).toBe(0);
    expect(names().filter((name) => /create|pull|connect/.test(name))).toEqual([]);
  });

  test('waits for the socket of the new edge, not that of an old one', async () => {
    server.write('has-image', '');
    const old = createServer().listen(server.path('edge/run/admin.sock'));
    await new Promise((resolve) => old.once('listening', resolve));
    server.docker(
      DOCKER.replace('mv "$HOME/made.sock"', '[ ! -e "$HOME/edge/run/admin.sock" ] && mv "$HOME/made.sock"'),
    );
    expect((await start()).code).toBe(0);
    expect(existsSync(server.path('made.sock'))).toBe(false);
    old.close();
  });

  test.each([
    ['Error: Bind for 0.0.0.0:80 failed: port is already allocated', 76],
    ['Error: failed to bind port 0.0.0.0:443/tcp: listen tcp4 0.0.0.0:443: bind: address already in use', 76],
    ['Error: something else', 1],
  ])(
    'that Docker refuses (%s) ends with %d, its words are passed on, and no container stays',
    async (said, code) => {
      server.write('has-image', '');
      server.write('has-refusal', `${said}\n`);
      const output = await start();
      expect(output.code).toBe(code);
      expect(output.stderr).toContain(said);
      expect(names().at(-1)).toBe('rm -f');
    },
  );

  test('without an image and without a registry says so', async () => {
    const output = await start();
    expect(output.code).toBe(77);
    expect(output.stderr).toContain('no such host');
    expect(names()).not.toContain('create --name');
  });

  test('that gets no second network leaves no container without it', async () => {
    server.write('has-image', '');
    server.docker(`case "$1 $2" in 'network connect') exit 1 ;; esac\n${DOCKER}`);
    expect((await start()).code).toBe(1);
    expect(existsSync(server.path('has-container'))).toBe(false);
  });

  test('that never opens its socket ends with its last words', async () => {
    server.write('has-image', '');
    server.write('has-quiet', '');
    server.tool('sleep', ':');
    const output = await start();
    expect(output.code).toBe(78);
    expect(output.stderr).toContain('last words');
    expect(existsSync(server.path('has-container'))).toBe(false);
  });

  test('twice at once makes one container', async () => {
    server.write('has-image', '');
    expect((await Promise.all([start(), start()])).map((output) => output.code)).toEqual([0, 0]);
    expect(names().filter((name) => name === 'create --name')).toHaveLength(1);
  });
});

describe('writing the active color', () => {
  const active = (key: string, color: string) =>
    server.run(script(`${WRITE_ACTIVE}\nwrite_active "$1" "$2" "$3"`, [server.path('edge'), key, color]));
  const map = () => server.read('edge/maps/active.map')?.split('\n').filter(Boolean).sort();

  test.each([
    ['a first one', '', 'shop/production', 'blue', ['shop/production blue']],
    ['another one', 'shop/production blue\n', 'shop/production', 'green', ['shop/production green']],
    [
      'one among others',
      'a/b blue\nshop/production blue\nshop/production-2 blue\n',
      'shop/production',
      'green',
      ['a/b blue', 'shop/production green', 'shop/production-2 blue'],
    ],
    ['none any more', 'a/b blue\nshop/production blue\n', 'shop/production', '', ['a/b blue']],
    ['none where there was none', '', 'shop/production', '', []],
  ])('%s', async (_, before, key, color, after) => {
    server.write('edge/maps/active.map', before);
    expect(await active(key, color)).toMatchObject({ code: 0, stderr: '' });
    expect(map()).toEqual(after);
    expect(statSync(server.path('edge/maps/active.map')).mode & 0o777).toBe(0o600);
  });

  test('by many at once loses none', async () => {
    server.write('edge/maps/active.map', 'shop/production blue\n');
    const apps = Array.from({ length: 8 }, (_, at) => `app${at}/production`);
    await Promise.all(apps.map((app) => active(app, 'green')));
    expect(map()).toEqual([...apps.map((app) => `${app} green`), 'shop/production blue'].sort());
  });

  test('that can not be done fails, and leaves the map as it was', async () => {
    server.write('edge/maps/active.map', 'shop/production blue\n');
    mkdirSync(server.path('edge/maps/.active'));
    expect((await active('shop/production', 'green')).code).not.toBe(0);
    expect(map()).toEqual(['shop/production blue']);
  });

  test('does nothing without the lock', async () => {
    server.write('edge/maps/active.map', 'shop/production blue\n');
    server.tool('flock', 'exit 1');
    expect((await active('shop/production', 'green')).code).not.toBe(0);
    expect(map()).toEqual(['shop/production blue']);
  });
});
