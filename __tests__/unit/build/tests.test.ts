import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests, type TestOutcome, testEnvironment } from '../../../src/build/tests.ts';
import type { TestStep } from '../../../src/config/config.ts';
import { DeployError } from '../../../src/errors.ts';
import { LocalHost } from '../../../src/hosts/local.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tests-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const step = (name: string, run: string, more: Partial<TestStep> = {}): TestStep => ({
  ...{ name, run, in: '.', env: {}, timeoutMs: 20_000, report: [] },
  ...more,
});

async function run(steps: readonly TestStep[], signal = new AbortController().signal) {
  const ended: TestOutcome[] = [];
  const runner = {
    local: new LocalHost({}, folder),
    env: { PATH: process.env.PATH, HERE: 'from the runner' },
    folder: (path: string) => (existsSync(join(folder, path)) ? join(folder, path) : undefined),
    now: Date.now,
    onLine: () => {},
    onEnd: (outcome: TestOutcome) => void ended.push(outcome),
  };
  const error = await runTests(runner, steps, signal).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { ended, error, faults: error instanceof DeployError ? error.faults : [] };
}

/** Is a process there that does not only wait to be buried? */
const alive = (pid: string) =>
  existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

test('steps run side by side, each with its lines, folder and variables', async () => {
  // Each waits for the file of the other one: one after the other they would never end.
  const wait = (file: string) => `until [ -e ${file} ]; do sleep 0.02; done`;
  const { ended, error } = await run([
    step('one', `touch one; ${wait('two')}; echo "$HERE $OWN"`, { env: { OWN: 'own' } }),
    step('two', `touch two; ${wait('one')}; pwd; echo to stderr >&2`),
  ]);
  expect(error).toBeUndefined();
  const lines = Object.fromEntries(ended.map(({ name, lines }) => [name, [...lines].sort()]));
  expect(lines).toEqual({ one: ['from the runner own'], two: [folder, 'to stderr'].sort() });
  expect(ended.every((one) => one.result === 'passed')).toBe(true);
});

test('a failing step is named with its last lines, and ends the others with all their processes', async () => {
  const { ended, faults } = await run([
    step('slow', 'sleep 60 & echo $! >child; wait'),
    step('bad', 'until [ -s child ]; do sleep 0.02; done; echo 1 of 2 tests failed; exit 3'),
  ]);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatchObject({
    code: 'test-failed',
    where: 'test bad',
    evidence: '1 of 2 tests failed',
  });
  expect(faults[0]?.what).toMatch(
    /^The test bad .* failed\. It ended with 3\. Its last line: 1 of 2 tests failed$/,
  );
  expect(ended.map(({ name, result }) => `${name} ${result}`).sort()).toEqual(['bad failed', 'slow ended']);
  const child = readFileSync(join(folder, 'child'), 'utf8').trim();
  const until = Date.now() + 3_000;
  while (alive(child) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(alive(child)).toBe(false);
});

test('a step that takes too long has failed', async () => {
  const { faults } = await run([step('late', 'echo begun; sleep 60', { timeoutMs: 400 })]);
  expect(faults[0]).toMatchObject({ code: 'test-failed', where: 'test late' });
  expect(faults[0]?.what).toContain('It did not end within 0.4 s.');
});

test('a folder that is not there is said before anything runs', async () => {
  const { faults, ended } = await run([step('a', 'touch ran'), step('b', ':', { in: 'nowhere' })]);
  expect(faults[0]?.what).toContain('There is no folder nowhere.');
  expect(ended).toEqual([]);
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

test('the signal of the caller ends all steps, with its reason', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('cancelled')), 200);
  const { error, ended } = await run([step('a', 'sleep 60'), step('b', 'sleep 60')], stop.signal);
  expect(error).toEqual(new Error('cancelled'));
  expect(ended.map((one) => one.result)).toEqual(['ended', 'ended']);
});

test("a step does not see this action's inputs", () => {
  const env = {
    ACTIONS_RUNTIME_TOKEN: 'x',
    PATH: '/bin',
    'INPUT_SSH-KEY': 'secret',
    INPUT_SECRETS: 'A=b',
    VAULT_TOKEN: 'hvs.x',
    AWS_SECRET_ACCESS_KEY: 'x',
    CI: 'true',
  };
  expect(testEnvironment(env)).toEqual({ PATH: '/bin', CI: 'true' });
});
