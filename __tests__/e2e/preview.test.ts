import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { type Api, REPOSITORY, startGithub } from '../unit/github/api.ts';
import { App } from './support/app.ts';
import { ask, serves } from './support/ask.ts';
import { expectGood, expectNothingFailed } from './support/expect.ts';
import { EVERY_KIND, load } from './support/load.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { type ServerState, serverState } from './support/server-state.ts';

// A pull request from its start to its end, beside production, with a stand-in for GitHub's API that checks each request.

jest.setTimeout(600_000);

const HEAD = '1234567890123456789012345678901234567890';
const LOGIN = { authorization: `Basic ${Buffer.from('guest:a secret').toString('base64')}` };

let rig: Rig;
let server: Server;
let api: Api;
let app: App;
let folder: string;
/** What is on the server while production alone is there. */
let alone: ServerState;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'events-'));
  api = await startGithub();
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = new App('e2e-shop', rig, server);
  app.secrets.PREVIEW_PASSWORD = 'a secret';
  // As people write it who name their volume: no preview may get that one.
  app.compose.volumes = { data: { name: 'the-data' } };
  app.config.env.clear = { DOMAIN_NAME: app.hostname };
  for (const { health } of app.config.routes) health.deadline = '10s';
  app.config.preview = {
    host: 'pr-{number}.preview.example.com',
    max: 2,
    limits: { cpus: 1, memory: '300m' },
    'basic-auth': { user: 'guest', secret: 'PREVIEW_PASSWORD' },
    seed: { service: 'web', run: 'echo "seeded $ENVIRONMENT for $DOMAIN_NAME"' },
  };
  expectGood(await app.deploy());
  alone = await serverState(server);
});
afterAll(async () => {
  app?.remove();
  await api?.close();
  await rigDown();
  rmSync(folder, { recursive: true, force: true });
  expect(api.wrong).toEqual([]);
});

/** A run for a pull request, as GitHub would begin it. */
function forPull(number: number, action: string, command = 'preview', from = REPOSITORY) {
  const file = join(folder, 'event.json');
  const pull_request = {
    number,
    head: { sha: HEAD, ref: 'a-branch', repo: { full_name: from } },
    base: { ref: 'main', repo: { full_name: REPOSITORY } },
  };
  writeFileSync(file, JSON.stringify({ action, number, pull_request }));
  return app.run(command, {
    inputs: { 'github-token': api.token },
    env: { ...atGithub(), EVENT: file, EVENT_NAME: 'pull_request' },
  });
}

const atGithub = () => ({
  GITHUB_API_URL: api.url,
  GITHUB_REPOSITORY: REPOSITORY,
  GITHUB_RUN_ID: '42',
});
const hostOf = (number: number) => `pr-${number}.preview.example.com`;
const asGuest = (number: number, path = '/') => ask(server, hostOf(number), path, undefined, LOGIN);
const states = () =>
  api.repository.deployments.map(({ environment, statuses }) => [
    environment,
    ...statuses.map(({ state }) => state),
  ]);

test('a pull request gets the app at its own address, apart from production, and is told so', async () => {
  const clients = await load(server, app.hostname, '^e2e-shop ', [...EVERY_KIND, '--clients', '4']);

  const run = expectGood(await forPull(7, 'opened'));

  expectNothingFailed(await clients.stop(), 50);
  expect(run.outputs).toMatchObject({
    environment: 'pr-7',
    url: `http://${hostOf(7)}`,
    rollback: '',
  });
  expect(run.log).toContain(`seeded pr-7 for ${hostOf(7)}`);
  expect(states()).toEqual([['pr-7', 'queued', 'in_progress', 'success']]);
  expect(api.repository.deployments[0]).toMatchObject({ ref: HEAD, transient_environment: true });
  expect(api.repository.comments).toEqual([
    expect.objectContaining({ issue: 7, body: expect.stringContaining(`http://${hostOf(7)}`) }),
  ]);

  const now = await serverState(server);
  expect(now.volumes.filter((name) => !alone.volumes.includes(name))).toEqual(['e2e-shop-pr-7_data']);
  expect(now.containers).toEqual(expect.arrayContaining([...alone.containers]));
  const limits = await sh(
    server,
    `docker inspect -f '{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}' $(docker ps -q --filter label=restaurant-deploy.environment=pr-7)`,
  );
  expect(new Set(limits.trim().split('\n'))).toEqual(new Set([`1000000000 ${300 * 1024 * 1024}`]));
});

test('strangers and search engines are kept out by the edge, and guests come in', async () => {
  const stranger = await ask(server, hostOf(7));
  expect(stranger.status).toBe(401);
  expect(stranger.headers['www-authenticate']).toMatch(/^Basic /);
  expect(stranger.headers['x-robots-tag']).toBe('noindex, nofollow');
  const guest = await asGuest(7);
  expect(guest.status).toBe(200);
  expect(guest.headers['x-robots-tag']).toBe('noindex, nofollow');
  // Production has no such door, and was not told to hide.
  const production = await ask(server, app.hostname);
  expect(production.status).toBe(200);
  expect(production.headers['x-robots-tag']).toBeUndefined();
  const files = await sh(
    server,
    'cat /home/deploy/.restaurant-deploy/edge/edge.json /home/deploy/.restaurant-deploy/edge/maps/*',
  );
  expect(files).not.toContain('a secret');
});

test('a further push replaces it without a lost request, and one that changes nothing is told too', async () => {
  app.config.env.clear.MARK = 'two';
  let pushed = false;
  const answers: number[] = [];
  const guests = [1, 2].map(async () => {
    while (!pushed) answers.push((await asGuest(7)).status);
  });

  const run = await forPull(7, 'synchronize').finally(() => {
    pushed = true;
  });

  await Promise.all(guests);
  expectGood(run);
  expect(answers.length).toBeGreaterThan(20);
  expect(answers.filter((status) => status !== 200)).toEqual([]);
  expect(run.log).not.toContain('seeded pr-7');
  expectGood(await forPull(7, 'synchronize'), 'unchanged');
  expect(states()).toEqual([
    ['pr-7', 'queued', 'in_progress', 'success'],
    ['pr-7', 'queued', 'in_progress', 'success'],
    ['pr-7', 'queued', 'in_progress', 'success'],
  ]);
  expect(api.repository.comments).toHaveLength(1);
  expect(api.repository.comments[0]?.body).toContain('is unchanged');
});

test('another password counts at once, without another release', async () => {
  app.secrets.PREVIEW_PASSWORD = 'another';
  expectGood(await forPull(7, 'synchronize'), 'unchanged');
  expect((await asGuest(7)).status).toBe(401);
  app.secrets.PREVIEW_PASSWORD = 'a secret';
  expectGood(await forPull(7, 'synchronize'), 'unchanged');
  expect((await asGuest(7)).status).toBe(200);
});

test('one that fails says why in the comment, and goes on serving', async () => {
  app.web.HEALTH = '500';
  const run = await forPull(7, 'synchronize');
  delete app.web.HEALTH;
  expect(run.code).toBe(1);
  expect(states().at(-1)).toEqual(['pr-7', 'queued', 'in_progress', 'failure']);
  expect(api.repository.comments[0]?.body).toContain('goes on serving');
  expect((await asGuest(7)).status).toBe(200);
});

test('a second one stands beside it, and a third is one too many', async () => {
  expectGood(await forPull(8, 'opened'));
  const run = await forPull(9, 'opened');
  expect(run.errors).toEqual([
    expect.objectContaining({
      properties: expect.objectContaining({ title: 'preview-full' }),
      message: expect.stringMatching(/There are 2 previews already.*pr-7 .*pr-8/),
    }),
  ]);
  expect((await serverState(server)).containers.filter((name) => name.includes('pr-9'))).toEqual([]);
});

test('its end takes everything of it and nothing else, within a minute', async () => {
  const before = await serverState(server);
  const clients = await load(server, app.hostname, '^e2e-shop ', [...EVERY_KIND, '--clients', '4']);

  const run = expectGood(await forPull(7, 'closed'), 'removed');

  expectNothingFailed(await clients.stop(), 20);
  expect(run.seconds).toBeLessThan(60);
  const after = await serverState(server);
  const others = (state: ServerState) =>
    Object.fromEntries(
      Object.entries(state).map(([kind, names]) => [
        kind,
        names.filter((name: string) => !name.includes('pr-7')),
      ]),
    );
  expect(others(after)).toEqual(others(before));
  expect(JSON.stringify(after)).not.toContain('pr-7');
  expect((await asGuest(7)).status).toBe(404);
  expect((await asGuest(8)).status).toBe(200);
  expect(
    await sh(
      server,
      'cat /home/deploy/.restaurant-deploy/edge/edge.json /home/deploy/.restaurant-deploy/edge/maps/*',
    ),
  ).not.toContain('pr-7');
  expect(
    states().filter(([environment, ...all]) => environment === 'pr-7' && all.includes('success')),
  ).toEqual(Array(5).fill(['pr-7', 'queued', 'in_progress', 'success', 'inactive']));
  expect(api.repository.comments[0]?.body).toContain('Removed');
  // A second time there is nothing to remove, and that is well.
  expectGood(await forPull(7, 'closed'), 'removed');
});

test('prune removes what no run saw the end of, and leaves what is open', async () => {
  expectGood(await forPull(9, 'opened'));
  api.repository.pulls.push({ number: 9, state: 'open' });
  const files = join(folder, 'schedule.json');
  writeFileSync(files, JSON.stringify({ schedule: '17 3 * * *' }));
  const prune = () =>
    app.run('prune', {
      inputs: { 'github-token': api.token },
      env: { ...atGithub(), EVENT: files, EVENT_NAME: 'schedule' },
    });

  const run = expectGood(await prune(), 'removed');

  expect(run.log).toContain('pr-8 goes: its pull request is not open');
  expect((await asGuest(8)).status).toBe(404);
  expect((await asGuest(9)).status).toBe(200);
  expect(
    states()
      .find(([environment]) => environment === 'pr-8')
      ?.at(-1),
  ).toBe('inactive');
  expectGood(await prune(), 'done');

  // Too old, though open.
  await sh(server, 'touch -d "4 days ago" /home/deploy/.restaurant-deploy/apps/e2e-shop/pr-9/state.json');
  expect(expectGood(await prune(), 'removed').log).toContain('pr-9 goes: its last deploy');
  expect(await serverState(server)).toEqual(alone);

  // Without an answer nothing is removed.
  api.fail({ match: /\/pulls$/, status: 403, message: 'Resource not accessible by integration', times: 1 });
  expect((await prune()).errors[0]?.properties.title).toBe('github-permission');
});

test('a fork has no secrets: the run ends green, with a notice of what can be done', async () => {
  const file = join(folder, 'fork.json');
  const pull_request = { number: 12, head: { sha: HEAD, repo: { full_name: 'mallory/restaurant' } } };
  writeFileSync(file, JSON.stringify({ action: 'opened', pull_request }));
  const env = { ...atGithub(), EVENT: file };
  const run = await app.run('preview', {
    inputs: { 'ssh-key': '' },
    env: { ...env, EVENT_NAME: 'pull_request' },
  });
  expect(run.code).toBe(0);
  expect(run.outputs).toMatchObject({ outcome: 'skipped', environment: 'pr-12' });
  expect(run.log).toMatch(/^::notice title=preview-skipped::.*comes from a fork.*number 12/m);
  expect(run.summary).toContain('fork');

  const target = await app.run('preview', { env: { ...env, EVENT_NAME: 'pull_request_target' } });
  expect(target.code).toBe(1);
  expect(target.errors[0]?.properties.title).toBe('event-untrusted');
  expect(await serverState(server)).toEqual(alone);
});

test('a wildcard certificate that lacks is told by the plan, and refused before anything is begun', async () => {
  const { preview } = app.config;
  const files = { certificate: '/etc/tls/none.pem', key: '/etc/tls/none.key' };
  app.config.preview = { ...(preview as object), tls: files };

  const plan = await app.run('plan', { inputs: { environment: 'pr-31' } });
  const run = await forPull(31, 'opened');

  app.config.preview = preview;
  expect(plan.outputs).toMatchObject({ outcome: 'planned', environment: 'pr-31' });
  expect(plan.summary).toMatch(/There is no file `\/etc\/tls\/none\.(pem|key)` on the server\./);
  expect(plan.summary).toContain(hostOf(31));
  expect(run.errors.map(({ properties }) => properties.title)).toEqual(['tls-file']);
  expect(run.log).not.toContain('::group::prepare');
  expect((await serverState(server)).containers).toEqual(alone.containers);
});

test('production is not removed by a slip', async () => {
  const run = await app.run('remove');
  expect(run.errors[0]?.message).toContain('is production');
  expect(await serves(server, app.hostname)).toMatchObject({ color: 'blue' });
});
