import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { ask, serves } from './support/ask.ts';
import { expectFailed, expectGood, expectNothingFailed } from './support/expect.ts';
import { EVERY_KIND, load } from './support/load.ts';
import { eventually } from './support/process.ts';
import { powerCut, type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';

// What is live, the way back, and a power cut.

jest.setTimeout(300_000);

let rig: Rig;
let server: Server;
let app: App;
/** Releases by their place in the order of deploys. */
const releases: string[] = [];

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = new App('e2e-back', rig, server);
  for (const mark of ['one', 'two', 'three']) {
    app.config.env.clear = { MARK: mark };
    releases.push(expectGood(await app.deploy()).outputs.release ?? '');
  }
});
afterAll(async () => {
  app?.remove();
  await rigDown();
});

const mark = async () =>
  Buffer.from((await ask(server, app.hostname, '/env?name=MARK')).body, 'hex').toString();

test('status tells what is live as a table and as JSON, and changes nothing', async () => {
  const ids = () =>
    sh(server, 'docker ps -aq --no-trunc | sort; cat /home/deploy/.restaurant-deploy/apps/*/*/ledger.jsonl');
  const before = await ids();

  const run = expectGood(await app.run('status'), 'done');

  expect(await ids()).toBe(before);
  expect(run.outputs).toMatchObject({ release: releases[2], color: 'blue' });
  const line = run.log.split('\n').find((one) => one.startsWith('{"')) ?? '';
  const data = JSON.parse(line);
  expect(data).toMatchObject({
    live: { color: 'blue', release: releases[2], version: 'v3', by: 'local' },
    colors: [
      { color: 'blue', role: 'active', release: releases[2] },
      { color: 'green', role: 'standby', release: releases[1] },
    ],
    edge: { running: true, hostnames: ['e2e-back.example.com'] },
    faults: [],
  });
  expect(data.releases.map((one: { id: string }) => one.id)).toEqual(releases);
  expect(data.containers).toContainEqual(
    expect.objectContaining({ color: 'shared', service: 'db', state: 'running' }),
  );
  // The same for people: in the log, and in the summary.
  expect(run.log).toMatch(new RegExp(`^ *blue +active +${releases[2]} `, 'm'));
  expect(run.log).toMatch(new RegExp(`^ *green +standby +${releases[1]} `, 'm'));
  expect(run.summary).toMatch(new RegExp(`^\\| *.?blue.? *\\| *active *\\|.*${releases[2]}`, 'm'));
});

test('a rollback goes to the release before, with its env, and loses no request', async () => {
  const clients = await load(server, app.hostname, '^e2e-back ', [...EVERY_KIND, '--clients', '6']);

  const { outputs } = expectGood(await app.run('rollback'), 'rolled-back');

  const seen = expectNothingFailed(await clients.stop(), 50);
  expect(Object.keys(seen.answers).sort()).toEqual([releases[1], releases[2]]);
  expect(outputs).toMatchObject({ release: releases[1], 'previous-release': releases[2], color: 'green' });
  expect(outputs.rollback).toContain(releases[2]);
  expect(await serves(server, app.hostname)).toEqual({ release: releases[1], color: 'green' });
  expect(await mark()).toBe('two');
});

test('a second rollback goes one further back, to a release that no container is left of', async () => {
  const clients = await load(server, app.hostname, '^e2e-back ', [...EVERY_KIND, '--clients', '6']);

  const { outputs } = expectGood(await app.run('rollback'), 'rolled-back');

  expectNothingFailed(await clients.stop(), 50);
  expect(outputs).toMatchObject({ release: releases[0], 'previous-release': releases[1] });
  expect(await mark()).toBe('one');
});

test('where there is nothing further back, or no such release, a rollback says so and changes nothing', async () => {
  const before = await serves(server, app.hostname);

  expectFailed(await app.run('rollback'), {
    code: 'rollback-none',
    says: new RegExp(`no older good release.*${releases[1]}, ${releases[2]}`, 's'),
  });
  expectFailed(await app.run('rollback', { inputs: { release: 'v99' } }), {
    code: 'rollback-unknown',
    says: new RegExp(`no release v99.*${releases[1]}, ${releases[2]}`, 's'),
  });

  expect(await serves(server, app.hostname)).toEqual(before);
});

test('a release is gone back to by its id, and by its version', async () => {
  expectGood(await app.run('rollback', { inputs: { release: releases[2] ?? '' } }), 'rolled-back');
  expect(await mark()).toBe('three');

  expectGood(await app.run('rollback', { inputs: { release: 'v2' } }), 'rolled-back');
  expect(await mark()).toBe('two');
});

test('a rollback to what is live already is no change', async () => {
  const { outputs } = expectGood(await app.run('rollback', { inputs: { release: 'v2' } }), 'unchanged');
  expect(outputs.release).toBe(releases[1]);
});

test('a deploy that failed does not stand in the way back', async () => {
  app.web.CRASH = '1';
  expect((await app.deploy()).outputs.outcome).toBe('failed');
  delete app.web.CRASH;

  expectGood(await app.run('rollback'), 'rolled-back');
  expect(await mark()).toBe('one');
});

test('a standby that is kept running is gone back to without starting anything', async () => {
  app.config.standby = { keep: 'running', for: '10m' };
  app.config.env.clear = { MARK: 'four' };
  expectGood(await app.deploy());
  app.config.env.clear = { MARK: 'five' };
  const five = expectGood(await app.deploy());
  const started = () =>
    sh(server, "docker ps -q --no-trunc | sort | xargs docker inspect -f '{{.Id}} {{.State.StartedAt}}'");
  const before = await started();

  const back = expectGood(await app.run('rollback'), 'rolled-back');

  expect(await started()).toBe(before);
  expect(back.outputs.release).toBe(five.outputs['previous-release']);
  expect(await mark()).toBe('four');
});

test('after a power cut the server comes back on the right color by itself', async () => {
  const before = await serves(server, app.hostname);
  await powerCut(server);

  const after = await eventually('an answer', 60_000, () =>
    serves(server, app.hostname).catch(() => undefined),
  );

  expect(after).toEqual(before);
  // Both colors run again; the one that stood by answers nobody.
  const seen = await (async () => {
    const clients = await load(server, app.hostname, '^e2e-back ');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return expectNothingFailed(await clients.stop());
  })();
  expect(Object.keys(seen.answers)).toEqual([before.release]);

  app.config.env.clear = { MARK: 'six' };
  expectGood(await app.deploy());
  expect(await mark()).toBe('six');
});
