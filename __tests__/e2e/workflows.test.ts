import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { delivery, type Payload } from '../support/deliveries.ts';
import { actionSteps } from '../support/workflow.ts';
import { type Api, startGithub } from '../unit/github/api.ts';
import type { Run } from './support/action.ts';
import { App } from './support/app.ts';
import { ask, serves } from './support/ask.ts';
import { expectGood } from './support/expect.ts';
import { type Rig, rigDown, rigUp, type Server } from './support/rig.ts';

// The workflows to copy, step by step as a runner does them, with what GitHub delivers.

jest.setTimeout(300_000);

let rig: Rig;
let server: Server;
let api: Api;
let app: App;
let folder: string;
const repository = delivery('push').repository.full_name;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deliveries-'));
  api = await startGithub({ repository });
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = App.small('e2e-flows', rig, server);
  app.config.preview = { host: 'pr-{number}.example.com' };
});
afterAll(async () => {
  app?.remove();
  await api?.close();
  await rigDown();
  rmSync(folder, { recursive: true, force: true });
  expect(api.wrong).toEqual([]);
});

/** Runs all steps of the action in a workflow, one after the other. */
async function begin(
  workflow: string,
  event: string,
  payload: Payload,
  inputs: Readonly<Record<string, string>> = {},
): Promise<Run[]> {
  const file = join(folder, 'event.json');
  writeFileSync(file, JSON.stringify(payload));
  const key = readFileSync(rig.key, 'utf8');
  const steps = actionSteps(`examples/workflows/${workflow}.yml`, {
    github: { event_name: event, event: payload, actor: 'ann' },
    inputs,
    secrets: { ...app.secrets, SSH_KEY: key, PREVIEW_SSH_KEY: key, GITHUB_TOKEN: api.token },
    vars: { SSH_KNOWN_HOSTS: readFileSync(rig.knownHosts, 'utf8') },
    needs: {},
    steps: {},
  });
  const runs: Run[] = [];
  for (const { inputs: given } of steps) {
    const { command = 'deploy', ...rest } = given;
    const filled = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''));
    runs.push(
      await app.run(command, {
        inputs: { ...filled, 'github-token': api.token },
        env: {
          EVENT: file,
          EVENT_NAME: event,
          GITHUB_API_URL: api.url,
          GITHUB_REPOSITORY: repository,
        },
      }),
    );
  }
  return runs;
}

const only = ([run, ...others]: Run[]): Run => {
  expect(others).toEqual([]);
  return run as Run;
};

test.each([
  ['deploy', 'rollback', { what: 'roll back', environment: 'production' }],
  ['app', 'app', {}],
])(
  'a push with %s is live, and the way back with %s leads to the release before',
  async (forth, back, inputs) => {
    app.config.env.clear = { MARK: `${forth}, first` };
    const first = expectGood(only(await begin(forth, 'push', delivery('push'))));
    app.config.env.clear = { MARK: `${forth}, second` };
    const second = expectGood(only(await begin(forth, 'push', delivery('push'))));
    expect((await serves(server, app.hostname)).release).toBe(second.outputs.release);

    const dispatch = delivery('workflow_dispatch');
    const run = expectGood(only(await begin(back, 'workflow_dispatch', dispatch, inputs)), 'rolled-back');

    expect(run.outputs.release).toBe(first.outputs.release);
    expect((await serves(server, app.hostname)).release).toBe(first.outputs.release);
    const named = { ...inputs, release: second.outputs.release ?? '' };
    expectGood(only(await begin(back, 'workflow_dispatch', dispatch, named)), 'rolled-back');
    expect((await serves(server, app.hostname)).release).toBe(second.outputs.release);
  },
);

test('the list of the rollback names what is kept', async () => {
  const list = { what: 'list the releases', environment: 'production' };
  const run = expectGood(
    only(await begin('rollback', 'workflow_dispatch', delivery('workflow_dispatch'), list)),
    'done',
  );
  expect(run.summary).toContain((await serves(server, app.hostname)).release);
});

test.each(['previews', 'app'])('a pull request with %s has its preview until it is closed', async (name) => {
  const opened = delivery('pull_request', 'opened');
  const host = `pr-${opened.pull_request?.number}.example.com`;
  expectGood(only(await begin(name, 'pull_request', opened)));
  expect((await ask(server, host)).status).toBe(200);
  expectGood(only(await begin(name, 'pull_request', { ...opened, action: 'closed' })), 'removed');
  expect((await ask(server, host)).status).toBe(404);
});

test('by hand a preview is that of the pull request named, and the night takes it when nobody has it open', async () => {
  expectGood(
    only(
      await begin('previews', 'workflow_dispatch', delivery('workflow_dispatch'), { 'pull-request': '31' }),
    ),
  );
  expect((await ask(server, 'pr-31.example.com')).status).toBe(200);
  const night = { ...delivery('push'), schedule: '17 3 * * *' };
  expectGood(only(await begin('previews', 'schedule', night)), 'removed');
  expect((await ask(server, 'pr-31.example.com')).status).toBe(404);
});
