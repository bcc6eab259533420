import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type LocalImage, localImages, pinnedName } from '../../src/build/images.ts';
import { push } from '../../src/build/push/push.ts';
import { connect } from '../../src/hosts/connect.ts';
import { fingerprintOf } from '../../src/hosts/known-hosts.ts';
import { LocalHost } from '../../src/hosts/local.ts';
import { SshHost } from '../../src/hosts/ssh.ts';
import { App } from './support/app.ts';
import { serves } from './support/ask.ts';
import { expectFailed, expectGood } from './support/expect.ts';
import { forgetImages } from './support/images.ts';
import { type Link, openLink } from './support/link.ts';
import { eventually, execute } from './support/process.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';

const MB = 1_000_000;
/** Random, so compressed it is what it was, and what travels can be foretold. */
const LARGE = 24 * MB;
const SMALL = 1 * MB;

let rig: Rig;
let server: Server;
let folder: string;
let link: Link;
const local = new LocalHost(process.env, process.cwd());
const lines: string[] = [];

/** Builds an image `push-e2e:<tag>`: a base, a large layer, a small one. */
async function buildImage(tag: string, files: Readonly<Record<string, Buffer>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, 'Dockerfile'), 'FROM alpine:3\nCOPY large /large\nCOPY small /small\n');
  await execute('docker', ['build', '--quiet', '--tag', `push-e2e:${tag}`, folder]);
}

async function imageOf(tag: string): Promise<LocalImage> {
  const image = (await localImages(local, [`push-e2e:${tag}`])).get(`push-e2e:${tag}`);
  if (!image) throw new Error(`no image push-e2e:${tag}`);
  return image;
}

const pinOf = (image: LocalImage) => pinnedName('push-e2e', 'web', image.id);

/** Pushes through the link, and gives the bytes that went over it. */
async function pushImage(tag: string, freeBytes = 1000 * MB): Promise<number> {
  const image = await imageOf(tag);
  const knownHosts = readFileSync(rig.knownHosts, 'utf8')
    .trim()
    .split('\n')
    .map((line) => fingerprintOf(Buffer.from(line.split(' ')[2] ?? '', 'base64')))
    .join('\n');
  const [user = ''] = server.host.split('@');
  const client = await connect(
    { user, host: '127.0.0.1', port: link.port },
    { key: readFileSync(rig.key, 'utf8'), knownHosts },
    (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    () => {},
  );
  const host = new SshHost('deploy@server', client);
  const before = link.sent();
  const log = {
    info: (line: string) => void lines.push(line),
    warn: (fault: { what: string }) => void lines.push(fault.what),
    error: () => {},
    group: <T>(_title: string, work: () => Promise<T>) => work(),
    mask: () => {},
    masked: (text: string) => text,
  };
  const pusher = { local, log, signal: new AbortController().signal };
  try {
    await push(pusher, [{ host, lacking: new Map([[pinOf(image), image]]), freeBytes }]);
  } finally {
    await host.close();
  }
  return link.sent() - before;
}

const idThere = async (image: LocalImage) =>
  (await sh(server, `docker image inspect --format '{{.Id}}' ${pinOf(image)} 2>&1 || :`)).trim();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'push-e2e-'));
  rig = await rigUp(1);
  server = rig.servers[0] as Server;
  await sh(server, 'docker pull --quiet alpine:3');
  link = await openLink(Number(server.host.split(':')[1]));
}, 600_000);

beforeEach(() => {
  lines.length = 0;
});

afterAll(async () => {
  await link.close();
  await rigDown();
  await execute('docker', ['image', 'rm', '--force', ...['1', '2', '3'].map((tag) => `push-e2e:${tag}`)]);
  rmSync(folder, { recursive: true });
}, 120_000);

test('a cut link costs what was on the way, and the base that the server pulled does not travel', async () => {
  await buildImage('1', { large: randomBytes(LARGE), small: randomBytes(SMALL) });
  const image = await imageOf('1');
  link.cutAfter(15 * MB);
  await expect(pushImage('1')).rejects.toThrow(/connection to the server was lost/);
  link.cutAfter(Number.POSITIVE_INFINITY);
  expect(await idThere(image)).toMatch(/no such image/i);
  // What had arrived is on the server's disk once its sshd has seen the end of the connection.
  const kept = await eventually('what arrived', 10_000, async () => {
    const bytes = Number(await sh(server, 'cat /home/deploy/.restaurant-deploy/incoming/*.tar | wc -c'));
    return bytes > 10 * MB ? bytes : undefined;
  });

  const sent = await pushImage('1');
  expect(await idThere(image)).toBe(image.id);
  expect(lines.join('\n')).toMatch(/lacks 2 of \d+ layers: 25 MB to send, 1\d MB of them are there/);
  expect(sent).toBeLessThan((LARGE + SMALL - kept) * 1.1);
  expect(await sh(server, 'ls /home/deploy/.restaurant-deploy/incoming')).toBe('');
}, 120_000);

test('one changed file sends its layer and nothing else', async () => {
  const small = randomBytes(SMALL);
  await buildImage('2', { small });
  const image = await imageOf('2');
  const sent = await pushImage('2');
  expect(await idThere(image)).toBe(image.id);
  expect(sent / gzipSync(small).length).toBeLessThan(1.1);
  expect(await sh(server, `docker run --rm ${pinOf(image)} sha256sum /small /large`)).toBe(
    await execute('docker', ['run', '--rm', 'push-e2e:2', 'sha256sum', '/small', '/large']),
  );
}, 120_000);

test('a bare server gets all layers', async () => {
  await sh(server, 'docker image ls --quiet | sort -u | xargs docker image rm --force');
  const image = await imageOf('2');
  await pushImage('2');
  expect(lines.join('\n')).toMatch(/lacks (\d+) of \1 layers/);
  expect(await idThere(image)).toBe(image.id);
  expect(await sh(server, `docker run --rm ${pinOf(image)} cat /etc/passwd`)).toBe(
    await execute('docker', ['run', '--rm', 'push-e2e:2', 'cat', '/etc/passwd']),
  );
}, 120_000);

test('a server with too little room is told so with both numbers, before anything is sent', async () => {
  await buildImage('3', { small: randomBytes(SMALL) });
  const image = await imageOf('3');
  await expect(pushImage('3', 2 * MB)).rejects.toThrow(
    /need 3\.\d MB while they are loaded, 2\.0 MB are free/,
  );
  expect(await idThere(image)).toMatch(/no such image/i);
}, 120_000);

test('a deploy whose link is cut in its push is one error; the old release serves, and the next deploy sends the rest', async () => {
  const shop = App.small('e2e-push', rig, server);
  shop.compose.services.web = { ...shop.compose.services.web, build: '.', image: undefined, volumes: [] };
  writeFileSync(join(shop.folder, 'Dockerfile'), 'FROM python:3.12-slim\nCOPY web /srv\nCOPY large /large\n');
  const port = server.host.split(':')[1];
  const inputs = {
    host: `deploy@127.0.0.1:${link.port}`,
    'ssh-known-hosts': readFileSync(rig.knownHosts, 'utf8').replaceAll(`:${port} `, `:${link.port} `),
  };
  try {
    writeFileSync(join(shop.folder, 'large'), randomBytes(MB));
    expectGood(await shop.deploy({ inputs }));
    const before = await serves(server, shop.hostname);

    writeFileSync(join(shop.folder, 'large'), randomBytes(LARGE));
    const cut = shop.startDeploy({ inputs });
    await cut.shows(/lacks \d+ of \d+ layers/);
    link.cutAfter(12 * MB);
    const run = await cut.ended;
    link.cutAfter(Number.POSITIVE_INFINITY);
    expectFailed(run, { code: 'ssh-lost', says: /connection to the server was lost/ });
    expect(await serves(server, shop.hostname)).toEqual(before);
    // The lease of the dead run would be taken over after 90 seconds; this is no test of that.
    await sh(server, 'rm /home/deploy/.restaurant-deploy/apps/e2e-push/production/lease');

    const next = expectGood(await shop.run('deploy', { inputs: { ...inputs, version: shop.version } }));
    const [, rest] = /: 2\d MB to send, (\d+) MB of them are there/.exec(next.log) ?? [];
    expect(Number(rest)).toBeGreaterThan(6);
    expect(await serves(server, shop.hostname)).toMatchObject({ release: next.outputs.release });
  } finally {
    shop.remove();
    await forgetImages('e2e-push');
  }
}, 300_000);
