import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { serves } from './support/ask.ts';
import { expectGood, expectNothingFailed } from './support/expect.ts';
import { forgetImages } from './support/images.ts';
import { EVERY_KIND, load } from './support/load.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { releasesOf, serverState } from './support/server-state.ts';

jest.setTimeout(1_800_000);

const NAME = 'e2e-endure';
/** Deploys and rollbacks in turn. */
const CHANGES = 100;
/** After so many everything that is kept has been there, and gone, at least once. */
const SETTLED = 20;

let rig: Rig;
let server: Server;
let app: App;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = new App(NAME, rig, server);
  app.compose.services.clock = { build: './clock', command: ['sleep', '1000000'], init: true };
  mkdirSync(join(app.folder, 'clock'));
  writeFileSync(join(app.folder, 'clock', 'Dockerfile'), 'FROM busybox:latest\nCOPY version /version\n');
});
afterAll(async () => {
  app?.remove();
  await forgetImages(NAME);
  await rigDown();
});

/** A deploy with a new image. */
async function deploy(number: number): Promise<string> {
  writeFileSync(join(app.folder, 'clock', 'version'), `clock ${number}`);
  const { outputs } = expectGood(await app.deploy());
  return outputs.release ?? '';
}

/** How much there is of each kind of thing, and how large the records are but for the ledger, which only grows. */
async function sizes(): Promise<Record<string, number>> {
  const state = await serverState(server);
  const kilobytes = await sh(
    server,
    'du -sk --exclude=ledger.jsonl /home/deploy/.restaurant-deploy | cut -f1',
  );
  const counts = Object.entries(state).map(([what, names]) => [what, names.length]);
  return { ...Object.fromEntries(counts), kilobytes: Number(kilobytes) };
}

test(`${CHANGES} deploys and rollbacks in a row: no request is lost and nothing grows`, async () => {
  await deploy(0);
  await deploy(1);
  const clients = await load(server, app.hostname, `^${NAME} `, [...EVERY_KIND, '--clients', '5']);
  const seen: Record<string, number>[] = [];

  for (let number = 2; number < CHANGES + 2; number++) {
    if (number % 2 === 0) {
      const release = await deploy(number);
      expect((await serves(server, app.hostname)).release).toBe(release);
    } else {
      const { release: before } = await serves(server, app.hostname);
      const { outputs } = expectGood(await app.run('rollback'), 'rolled-back');
      expect(outputs.release).not.toBe(before);
      expect((await serves(server, app.hostname)).release).toBe(outputs.release);
    }
    if (number < SETTLED || number % 10 > 1) continue;
    expect(releasesOf(await serverState(server), NAME)).toHaveLength(3);
    seen.push(await sizes());
  }

  const { requests, websockets } = expectNothingFailed(await clients.stop(), 10 * CHANGES);
  process.stdout.write(
    `\n${CHANGES} changes, ${requests} requests and ${websockets.opened} WebSockets, 0 failed\n`,
  );
  // As many of each as before, at each kind of change; a file system's own blocks may differ by a few KB.
  for (const kind of [0, 1]) {
    const [first, ...rest] = seen.filter((_, at) => at % 2 === kind);
    for (const { kilobytes, ...counts } of rest) {
      expect(counts).toEqual({ ...first, kilobytes: undefined });
      expect(kilobytes).toBeLessThanOrEqual((first?.kilobytes ?? 0) + 32);
    }
  }
});
