import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gate } from '../../src/gate.ts';
import { actionSource, readInputs } from '../../src/inputs.ts';
import { delivery, type Payload } from '../support/deliveries.ts';
import { type ActionStep, actionSteps, type Contexts } from '../support/workflow.ts';

// What each workflow to copy does with what GitHub delivers: which steps run, and with what, by GitHub's own evaluator.

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n';
const SECRETS = { SSH_KEY: KEY, PREVIEW_SSH_KEY: KEY, GITHUB_TOKEN: 'ghs_x', DB_PASSWORD: 'a "quoted" one' };
const VARS = { SSH_KNOWN_HOSTS: '203.0.113.7 ssh-ed25519 AAAA' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deliveries-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Begun {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly more?: Contexts;
}

const steps = (
  name: string,
  event: string,
  payload: object,
  { inputs = {}, secrets = SECRETS, more = {} }: Begun = {},
): ActionStep[] =>
  actionSteps(`examples/workflows/${name}.yml`, {
    github: { event_name: event, event: payload, actor: 'ann' },
    inputs,
    secrets,
    vars: VARS,
    needs: {},
    steps: {},
    ...more,
  });

/** What the action makes of such a step: its inputs, or why it ends well without them. */
function understood(step: ActionStep | undefined, event: string, payload: Payload) {
  const path = join(folder, 'event.json');
  writeFileSync(path, JSON.stringify(payload));
  const defaults: Record<string, string> = {
    command: 'deploy',
    config: 'deploy.yml',
    environment: 'production',
    period: '30d',
    force: 'false',
  };
  const source = actionSource((name) => step?.inputs[name] || (defaults[name] ?? ''), {
    GITHUB_REPOSITORY: payload.repository.full_name,
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: path,
    GITHUB_WORKSPACE: folder,
  });
  return gate(source)?.code ?? readInputs(source);
}

test.each(['deploy', 'app'])('%s: a push is a deploy of production, with all secrets', (name) => {
  const payload = delivery('push');
  const [step, ...others] = steps(name, 'push', payload);
  expect(others).toEqual([]);
  expect(step?.inputs['ssh-key']).toBe(KEY);
  expect(step?.inputs['ssh-known-hosts']).toBe(VARS.SSH_KNOWN_HOSTS);
  expect(JSON.parse(step?.inputs.secrets ?? '')).toEqual(SECRETS);
  expect(understood(step, 'push', payload)).toMatchObject({
    command: 'deploy',
    environment: 'production',
    version: '0123456789abcdef0123456789abcdef01234567',
  });
});

test('test-build-deploy: what was built is what is deployed, and nothing else is done again', () => {
  const payload = delivery('push');
  const images = '{"web":"ghcr.io/acme/web@sha256:0000"}';
  const [build, deploy, ...others] = steps('test-build-deploy', 'push', payload, {
    more: { needs: { build: { outputs: { images } } } },
  });
  expect(others).toEqual([]);
  expect(build).toMatchObject({ job: 'build', inputs: { command: 'build', 'registry-username': 'ann' } });
  expect(Object.keys(build?.inputs ?? {})).not.toContain('ssh-key');
  expect(deploy?.inputs.images).toBe(images);
  expect(deploy?.inputs.skip).toBe('test, build');
});

describe('rollback', () => {
  const payload = delivery('workflow_dispatch');
  const asked = (inputs: Record<string, string>) => {
    const all = { what: 'roll back', release: '', environment: 'production', ...inputs };
    const [step, ...others] = steps('rollback', 'workflow_dispatch', payload, { inputs: all });
    expect(others).toEqual([]);
    return understood(step, 'workflow_dispatch', payload);
  };

  test('goes to the last good release, or to the one that is named', () => {
    expect(asked({})).toMatchObject({ command: 'rollback', release: undefined, environment: 'production' });
    expect(asked({ release: '20260101T000000Z-abc', environment: 'staging' })).toMatchObject({
      command: 'rollback',
      release: '20260101T000000Z-abc',
      environment: 'staging',
    });
  });

  test('or only lists what there is to choose from', () => {
    expect(asked({ what: 'list the releases' })).toMatchObject({ command: 'status' });
  });

  test('is in the workflow that does everything, too', () => {
    const [step, ...others] = steps('app', 'workflow_dispatch', payload, { inputs: { release: 'r1' } });
    expect(others).toEqual([]);
    expect(understood(step, 'workflow_dispatch', payload)).toMatchObject({
      command: 'rollback',
      release: 'r1',
    });
    expect(
      understood(steps('app', 'workflow_dispatch', payload)[0], 'workflow_dispatch', payload),
    ).toMatchObject({
      release: undefined,
    });
  });
});

describe.each(['previews', 'app'])('%s', (name) => {
  test.each([
    ['opened', 'preview'],
    ['synchronize', 'preview'],
    ['reopened', 'preview'],
    ['closed', 'remove'],
  ])('a pull request that is %s means %s', (action, command) => {
    const payload = delivery('pull_request', action === 'synchronize' ? 'opened' : action);
    payload.action = action;
    const [step, ...others] = steps(name, 'pull_request', payload);
    expect(others).toEqual([]);
    const number = payload.pull_request?.number ?? 0;
    expect(number).toBeGreaterThan(0);
    expect(understood(step, 'pull_request', payload)).toMatchObject({
      command,
      environment: `pr-${number}`,
      pullRequest: number,
      ...(command === 'preview' && { version: payload.pull_request?.head.sha }),
    });
  });

  test('that of a fork, which has no secrets, ends green', () => {
    const payload = delivery('pull_request', 'opened');
    if (payload.pull_request) payload.pull_request.head.repo = { full_name: 'mallory/restaurant' };
    const [step] = steps(name, 'pull_request', payload, { secrets: { GITHUB_TOKEN: 'ghs_read' } });
    expect(understood(step, 'pull_request', payload)).toBe('preview-skipped');
  });

  test('at night what is left over goes', () => {
    const payload = { ...delivery('push'), schedule: '17 3 * * *' };
    const [step, ...others] = steps(name, 'schedule', payload);
    expect(others).toEqual([]);
    expect(understood(step, 'schedule', payload)).toMatchObject({ command: 'prune' });
  });
});

test('previews: by hand it is the pull request that was named', () => {
  const payload = delivery('workflow_dispatch');
  const [step] = steps('previews', 'workflow_dispatch', payload, { inputs: { 'pull-request': '12' } });
  expect(understood(step, 'workflow_dispatch', payload)).toMatchObject({
    command: 'preview',
    environment: 'pr-12',
  });
});
