import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../src/errors.ts';
import type { Inputs } from '../../src/inputs.ts';
import type { Result } from '../../src/report/result.ts';
import { openPullsOf, type Subject, Teller, tellAbandoned } from '../../src/tell.ts';
import { type Api, REPOSITORY, startGithub } from './github/api.ts';
import { deployed } from './report/results.ts';

const RUN = `https://github.com/${REPOSITORY}/actions/runs/42`;
const SUBJECT: Subject = {
  app: 'restaurant',
  environment: 'production',
  ref: '1234567890123456789012345678901234567890',
  transient: false,
};

let api: Api;
let folder: string;
let warned: Fault[];
let said: string[];
const log = {
  info: (line: string) => void said.push(line),
  warn: (fault: Fault) => void warned.push(fault),
  error: () => {},
  group: <T>(_: string, work: () => Promise<T>) => work(),
  mask: () => {},
  masked: (text: string) => text,
};

beforeEach(async () => {
  api = await startGithub();
  folder = mkdtempSync(join(tmpdir(), 'tell-'));
  process.env.GITHUB_ACTIONS = 'true';
  process.env.GITHUB_STATE = join(folder, 'state');
  writeFileSync(process.env.GITHUB_STATE, '');
  warned = [];
  said = [];
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
  for (const name of Object.keys(process.env))
    if (/^(GITHUB_(STATE|ACTIONS)$|STATE_)/.test(name)) delete process.env[name];
  expect(api.wrong).toEqual([]);
});

const inputs = (more: Partial<Inputs> = {}, run: Partial<Inputs['run']> = {}) =>
  ({
    command: 'deploy',
    githubToken: api.token,
    commit: SUBJECT.ref,
    run: { repository: REPOSITORY, runUrl: RUN, runAttempt: 1, actor: 'ann', apiUrl: api.url, ...run },
    ...more,
  }) as Inputs;

async function told(result: Result, more: Partial<Inputs> = {}, run: Partial<Inputs['run']> = {}) {
  const teller = new Teller(inputs(more, run), log, 2_000);
  teller.begin(SUBJECT);
  teller.working();
  teller.working();
  await teller.end(result);
  return api.repository.deployments.map(({ statuses }) => statuses.map(({ state }) => state));
}

const failed = (code: string): Result => ({
  ...deployed,
  outcome: 'failed',
  faults: [{ code, what: 'It went wrong.' }],
});

test.each<[string, Result, string]>([
  ['deployed', deployed, 'success'],
  ['unchanged', { ...deployed, outcome: 'unchanged' }, 'success'],
  ['rolled back', { ...deployed, outcome: 'rolled-back' }, 'success'],
  ['reverted', { ...deployed, outcome: 'reverted' }, 'failure'],
  ['failed', failed('health-5xx'), 'failure'],
  ['cancelled', failed('cancelled'), 'error'],
  ['broken', failed('internal'), 'error'],
])('a change that ended %s is told from its start to its end', async (_, result, end) => {
  expect(await told(result)).toEqual([['queued', 'in_progress', end]]);
  const last = api.repository.deployments[0]?.statuses.at(-1);
  expect(last?.environment_url).toBe(end === 'success' ? deployed.url : '');
  expect(warned).toEqual([]);
});

test('it is told in order however slow GitHub is, and what changes does not wait for it', async () => {
  const teller = new Teller(inputs(), log);
  const begun = performance.now();
  teller.begin(SUBJECT);
  teller.working();
  expect(performance.now() - begun).toBeLessThan(100);
  expect(api.repository.deployments).toEqual([]);
  await teller.end(deployed);
  expect(api.repository.states(api.repository.deployments[0]?.id ?? 0)).toEqual([
    'queued',
    'in_progress',
    'success',
  ]);
});

test.each<[string, Partial<Inputs>, Partial<Inputs['run']>]>([
  ['without a token', { githubToken: '' }, {}],
  ['from a terminal', {}, { repository: undefined, runUrl: undefined }],
])('%s nothing is told and nothing is asked', async (_, more, run) => {
  expect(await told(deployed, more, run)).toEqual([]);
  expect(api.requests).toEqual([]);
  expect(warned).toEqual([]);
});

test('beside a job-level environment nothing is made, and that is said', async () => {
  api.repository.addJobDeployment('production', RUN);
  expect(await told(deployed)).toEqual([['in_progress']]);
  expect(said).toEqual([expect.stringContaining('the job has environment: production')]);
});

test('a permission that lacks is one warning with the line to add', async () => {
  api.deny('deployments: write');
  expect(await told(deployed)).toEqual([]);
  expect(warned).toEqual([
    expect.objectContaining({
      code: 'github-permission',
      remedy: expect.stringContaining('deployments: write'),
    }),
  ]);
});

test('a state that is refused does not keep the later ones from being told, and is one warning', async () => {
  api.fail({ match: /^POST .*\/statuses$/, status: 422, times: 2 });
  expect(await told(deployed)).toEqual([['success']]);
  expect(warned.map(({ code }) => code)).toEqual(['github-refused']);
});

test('a GitHub that never answers ends with a warning, not with a run that hangs', async () => {
  api.fail({ match: /./, hang: true });
  const begun = performance.now();
  await told(deployed);
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(warned.map(({ code }) => code)).toEqual(['github-down']);
});

test('post ends what a killed main had begun to tell', async () => {
  const teller = new Teller(inputs(), log);
  teller.begin(SUBJECT);
  teller.working();
  await teller.end({ ...deployed, outcome: 'deployed' });
  const [saved] = [
    ...(/deployment<<(\S+)\n([\s\S]*?)\n\1/.exec(readFileSync(join(folder, 'state'), 'utf8')) ?? []),
  ].slice(2);
  expect(JSON.parse(saved ?? '{}')).toMatchObject({ spec: { environment: 'production' } });

  process.env.STATE_deployment = saved;
  await tellAbandoned(inputs(), log);
  expect(api.repository.states(1)).toEqual(['queued', 'in_progress', 'success']);
  process.env.STATE_change = 'begun';
  process.env.STATE_token = 'a-lease';
  await tellAbandoned(inputs(), log);
  expect(api.repository.states(1)).toEqual(['queued', 'in_progress', 'success', 'error']);
});

describe('a preview', () => {
  const PREVIEW = { ...SUBJECT, environment: 'pr-7', transient: true };
  const asks: Partial<Inputs> = { command: 'preview', pullRequest: 7 };
  const served: Result = { ...deployed, command: 'preview', environment: 'pr-7' };
  async function preview(result: Result) {
    const teller = new Teller(inputs(asks), log, 2_000);
    teller.begin(PREVIEW);
    await teller.end(result);
  }

  test('has a deployment and one comment, which is changed by each run', async () => {
    await preview(served);
    await preview({ ...served, outcome: 'unchanged' });
    expect(api.repository.comments).toEqual([
      expect.objectContaining({ issue: 7, body: expect.stringContaining('is unchanged') }),
    ]);
    expect(api.repository.deployments).toEqual([
      expect.objectContaining({ environment: 'pr-7', transient_environment: true }),
      expect.objectContaining({ environment: 'pr-7' }),
    ]);
  });

  test('that is removed has neither an active deployment nor a comment that says otherwise', async () => {
    await preview(served);
    const teller = new Teller(inputs({ command: 'prune' }), log, 2_000);
    await teller.end({ ...deployed, command: 'prune', outcome: 'removed', removed: ['pr-7', 'pr-8', 'qa'] });
    expect(api.repository.states(1)).toEqual(['queued', 'success', 'inactive']);
    // Where there was no comment, none is made to say that something is gone.
    expect(api.repository.comments.map(({ issue }) => issue)).toEqual([7]);
    expect(api.repository.comments[0]?.body).toContain('Removed `restaurant` in `pr-7`');
    expect(warned).toEqual([]);
  });

  test('says each permission that lacks, once, and which', async () => {
    api.deny('deployments: write');
    api.deny('pull-requests: write');
    await preview(served);
    expect(warned.map(({ remedy }) => remedy?.match(/"([a-z-]+: write)"/)?.[1])).toEqual([
      'deployments: write',
      'pull-requests: write',
    ]);
  });

  test('whose app is not known has no comment', async () => {
    await preview({ ...failed('config-value'), app: '' });
    expect(api.repository.comments).toEqual([]);
  });
});

describe('the open pull requests', () => {
  test('are those of all pages', async () => {
    for (let number = 1; number <= 230; number += 1)
      api.repository.pulls.push({ number, state: number % 10 === 0 ? 'closed' : 'open' });
    const open = await openPullsOf(inputs());
    expect(open.size).toBe(207);
    expect([open.has(229), open.has(230)]).toEqual([true, false]);
  });

  test('are not guessed: without a token, or an answer, there is an error', async () => {
    await expect(openPullsOf(inputs({ githubToken: '' }))).rejects.toThrow(/no token/);
    api.deny('pull-requests: read');
    await expect(openPullsOf(inputs())).rejects.toThrow(/"pull-requests: read"/);
  });
});
