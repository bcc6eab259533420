import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeployError } from '../../src/errors.ts';
import { runEvent } from '../../src/event.ts';
import { gate } from '../../src/gate.ts';

const REPOSITORY = 'acme/restaurant';
const SHA = '1234567890123456789012345678901234567890';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function env(name: string, payload: unknown, more: Record<string, string> = {}): Record<string, string> {
  const path = join(folder, 'event.json');
  writeFileSync(path, typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path, GITHUB_REPOSITORY: REPOSITORY, ...more };
}
const pull = (from: string | undefined, more: object = {}) => ({
  action: 'opened',
  pull_request: { number: 7, head: { sha: SHA, repo: from === undefined ? null : { full_name: from } } },
  ...more,
});

describe('an event', () => {
  test('of a pull request has its number, the commit of its branch and whether it is over', () => {
    expect(runEvent(env('pull_request', pull(REPOSITORY)))).toEqual({
      name: 'pull_request',
      pullRequest: { number: 7, headSha: SHA, closed: false },
      foreign: false,
    });
    expect(runEvent(env('pull_request', pull(REPOSITORY, { action: 'closed' }))).pullRequest?.closed).toBe(
      true,
    );
  });

  test.each([
    ['a fork', pull('mallory/restaurant')],
    ['a fork that was deleted', pull(undefined)],
    ['a run for a fork', { workflow_run: { head_repository: { full_name: 'mallory/restaurant' } } }],
    ['a run for a fork that was deleted', { workflow_run: { head_repository: null } }],
  ])('of %s is foreign', (_, payload) => {
    expect(runEvent(env('x', payload)).foreign).toBe(true);
  });

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a push', { head_commit: { id: SHA } }],
    [
      'a number that is none',
      { pull_request: { number: '7; rm -rf /', head: { repo: { full_name: REPOSITORY } } } },
    ],
    ['a number below one', { pull_request: { number: 0, head: { repo: { full_name: REPOSITORY } } } }],
  ])('that is %s has no pull request', (_, payload) => {
    expect(runEvent(env('push', payload))).toEqual({ name: 'push', pullRequest: undefined, foreign: false });
  });

  test('a commit that is none is not taken for one', () => {
    const odd = { pull_request: { number: 7, head: { sha: '--output=x', repo: { full_name: REPOSITORY } } } };
    expect(runEvent(env('pull_request', odd)).pullRequest?.headSha).toBe('');
  });

  test('without a file is empty', () => {
    expect(runEvent({})).toEqual({ name: undefined, pullRequest: undefined, foreign: false });
  });
});

function passes(given: Record<string, string>, environment: Record<string, string>) {
  return gate({ get: (name) => given[name] ?? '', env: environment });
}

test.each(['preview', 'remove'])(
  '%s of a fork without secrets ends with what a maintainer can do',
  (command) => {
    const fault = passes({ command }, env('pull_request', pull('mallory/restaurant')));
    expect(fault).toMatchObject({
      code: 'preview-skipped',
      what: expect.stringContaining('comes from a fork'),
    });
    expect(fault?.remedy).toContain('number 7');
  },
);

test('so does one of Dependabot', () => {
  const fault = passes(
    { command: 'preview' },
    env('pull_request', pull(REPOSITORY), { GITHUB_ACTOR: 'dependabot[bot]' }),
  );
  expect(fault?.what).toContain('dependabot[bot]');
});

test.each([
  [
    'a fork to which the repository hands secrets',
    { command: 'preview', 'ssh-key': 'k' },
    'mallory/restaurant',
  ],
  ['a branch of the repository, whose key was forgotten', { command: 'preview' }, REPOSITORY],
  ['a deploy without a key', { command: 'deploy' }, 'mallory/restaurant'],
])('%s goes on', (_, given, from) => {
  expect(passes(given, env('pull_request', pull(from)))).toBeUndefined();
});

test.each(['deploy', 'build', 'preview'])(
  '%s of foreign code with the secrets at hand is refused',
  (command) => {
    for (const [name, payload] of [
      ['pull_request_target', pull('mallory/restaurant')],
      ['workflow_run', { workflow_run: { head_repository: { full_name: 'mallory/restaurant' } } }],
    ] as const) {
      const run = () => passes({ command: ` ${command} `, 'ssh-key': 'k' }, env(name, payload));
      expect(run).toThrow(DeployError);
      expect(run).toThrow(/would get them/);
    }
  },
);

test('what runs no code, and what is of the repository itself, is not', () => {
  expect(
    passes({ command: 'remove', 'ssh-key': 'k' }, env('pull_request_target', pull('m/r'))),
  ).toBeUndefined();
  expect(
    passes({ command: 'preview', 'ssh-key': 'k' }, env('pull_request_target', pull(REPOSITORY))),
  ).toBeUndefined();
});
