import { jest } from '@jest/globals';
import type { ActionRun } from './support/action.ts';
import { App } from './support/app.ts';
import { composeFile, deployFile } from './support/app-files.ts';
import { serves } from './support/ask.ts';
import { expectGood, expectNothingFailed } from './support/expect.ts';
import { type Load, load } from './support/load.ts';
import { eventually } from './support/process.ts';
import { powerCut, type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { releasesOf, serverState } from './support/server-state.ts';

// Deploys that end in the middle. Whatever the moment, no request is lost and the next deploy needs no hand.

jest.setTimeout(300_000);

let rig: Rig;
let server: Server;
let app: App;
let clients: Load;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = new App('e2e-cut', rig, server);
  makeGood();
  expectGood(await app.deploy());
});
afterAll(async () => {
  app?.remove();
  await rigDown();
});

/** Long enough in each phase to be met there. */
function makeGood(): void {
  app.compose = composeFile(app.name);
  app.config = { ...deployFile(app.name), observe: { for: '3s' }, drain: { timeout: '3s' } };
}

const RECORDS = '/home/deploy/.restaurant-deploy/apps/e2e-cut/production';

/** Starts a deploy under load, the WebSocket among it that keeps the old color draining, up to the phase. */
async function deployUpTo(phase: string, env: NodeJS.ProcessEnv = {}): Promise<ActionRun> {
  clients = await load(server, app.hostname, '^e2e-cut ', ['--clients', '5', '--ws-path', '/ws']);
  const run = app.startDeploy({ env });
  await run.shows(new RegExp(`::group::${phase}\\b`));
  return run;
}

/** The next deploy goes through with no hand, nothing was lost meanwhile, and nothing half-done is left. */
async function expectHealed(): Promise<void> {
  const { outputs } = expectGood(await app.deploy());
  expectNothingFailed(await clients.stop());
  expect((await serves(server, app.hostname)).release).toBe(outputs.release);
  const { files, containers } = await serverState(server);
  expect(files.filter((file) => /\/(journal\.json|lease|\.new)$/.test(file))).toEqual([]);
  expect(containers.filter((one) => one.includes('-web-') && one.endsWith(' running'))).toEqual([
    `e2e-cut-production-${outputs.color}-web-1 running`,
  ]);
}

describe('SIGINT, as a cancelled run gets it', () => {
  test.each(['prepare', 'start', 'check', 'observe'])('in %s: taken back within 7 s', async (phase) => {
    const before = {
      serves: await serves(server, app.hostname),
      kept: releasesOf(await serverState(server), app.name),
    };
    const run = await deployUpTo(phase);
    const began = Date.now();
    process.kill(run.runner, 'SIGINT');

    const { code, outputs, errors } = await run.ended;

    expect(Date.now() - began).toBeLessThan(7_000);
    expect(code).toBe(1);
    expect(outputs.outcome).toBe(phase === 'observe' ? 'reverted' : 'failed');
    expect(errors.map((one) => one.properties.title)).toEqual(['cancelled']);
    const state = await serverState(server);
    expect(await serves(server, app.hostname)).toEqual(before.serves);
    expect(releasesOf(state, app.name)).toEqual(before.kept);
    expect(state.files.filter((file) => /\/(journal\.json|lease)$/.test(file))).toEqual([]);
    await expectHealed();
  });

  test('in drain: the new release serves already, so the rest is done quickly', async () => {
    const run = await deployUpTo('drain');
    const began = Date.now();
    process.kill(run.runner, 'SIGINT');

    const { outputs } = expectGood(await run.ended);

    expect(Date.now() - began).toBeLessThan(7_000);
    expect((await serves(server, app.hostname)).release).toBe(outputs.release);
    await expectHealed();
  });
});

describe('SIGKILL of the action: post ends what it had begun', () => {
  test.each(['check', 'observe'])('in %s', async (phase) => {
    const run = await deployUpTo(phase);
    process.kill(run.action(), 'SIGKILL');

    const { code, log } = await run.ended;

    expect(code).toBe(137);
    expect(log).toMatch(/an earlier deploy of \S+-v\d+ by \S+ was interrupted/);
    const { files } = await serverState(server);
    expect(files.filter((file) => /\/(journal\.json|lease)$/.test(file))).toEqual([]);
    await expectHealed();
  });
});

describe('SIGKILL of the action and its runner: the next deploy ends what they had begun', () => {
  test.each(['prepare', 'start', 'check', 'observe', 'drain', 'finish'])('in %s', async (phase) => {
    const run = await deployUpTo(phase);
    const action = run.action();
    process.kill(run.runner, 'SIGKILL');
    process.kill(action, 'SIGKILL');
    await run.ended;
    // The dead run's lease counts for 90 s; the test does not sit through them.
    await sh(server, `[ ! -f ${RECORDS}/lease ] || touch -d '-91 seconds' ${RECORDS}/lease`);

    await expectHealed();
  });
});

test('a power cut in the middle of a deploy: the old release comes back by itself', async () => {
  const before = await serves(server, app.hostname);
  const run = await deployUpTo('check');
  await powerCut(server);
  await clients.stop();

  const { code, errors } = await run.ended;
  expect(code).toBe(1);
  expect(errors.map((one) => one.properties.title)).toEqual(['ssh-lost']);
  const after = await eventually('an answer', 30_000, () =>
    serves(server, app.hostname).catch(() => undefined),
  );
  expect(after).toEqual(before);

  clients = await load(server, app.hostname, '^e2e-cut ');
  await sh(server, `[ ! -f ${RECORDS}/lease ] || touch -d '-91 seconds' ${RECORDS}/lease`);
  await expectHealed();
});

test('two deploys at once: one waits for the other, and both end well', async () => {
  const twin = new App('e2e-cut', rig, server);
  twin.config = app.config;
  twin.web.TWIN = '1';
  clients = await load(server, app.hostname, '^e2e-cut ');
  try {
    const first = app.startDeploy();
    await first.shows(/::group::(lease|images)/);
    const second = twin.startDeploy({ inputs: { version: 'twin' } });

    const runs = await Promise.all([first.ended, second.ended]);

    for (const run of runs) expectGood(run);
    const waited = runs.filter((run) =>
      /waiting for \S+ \(\S+\) since \S+, at most \d+ minutes/.test(run.log),
    );
    expect(waited).toHaveLength(1);
    expect((await serves(server, app.hostname)).release).toBe(waited[0]?.outputs.release);
    expectNothingFailed(await clients.stop());
  } finally {
    twin.remove();
  }
});
