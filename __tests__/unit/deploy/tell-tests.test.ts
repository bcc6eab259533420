import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestOutcome } from '../../../src/build/tests.ts';
import type { TestStep } from '../../../src/config/config.ts';
import type { Context } from '../../../src/deploy/context.ts';
import { tellTests } from '../../../src/deploy/tell-tests.ts';
import { type Fault, describe as told } from '../../../src/errors.ts';

let workspace: string;
let lines: string[];
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'tell-'));
  lines = [];
  writeFileSync(join(workspace, 'menu.py'), '');
});
afterEach(() => rmSync(workspace, { recursive: true }));

const failing = (count: number) =>
  `<testsuite><testcase name="good"/>${Array.from(
    { length: count },
    (_, at) => `<testcase name="t${at + 1}"><failure message="no">menu.py:${at + 1}: no</failure></testcase>`,
  ).join('')}</testsuite>`;

function tell(outcomes: Partial<TestOutcome>[], report: string[] = ['junit.xml'], shown = true) {
  const log = {
    info: (line: string) => void lines.push(`info ${line}`),
    warn: (fault: Fault) => void lines.push(`warn ${told(fault)}`),
    error: (fault: Fault) => void lines.push(`error ${told(fault)}`),
    group: <T>(title: string, work: () => Promise<T>) => {
      lines.push(`group ${title}`);
      return work();
    },
    mask: () => {},
  };
  const steps: TestStep[] = outcomes.map(({ name = 'unit' }) => ({
    ...{ name, run: 'make', in: '.', env: {}, timeoutMs: 1, report },
  }));
  const ended = outcomes.map((one) => ({
    ...{ name: 'unit', result: 'failed' as const, began: Date.now(), ms: 1200, lines: ['a line'] },
    ...one,
  }));
  return tellTests({ log, workspace } as unknown as Context, steps, ended, shown);
}

test('failures become annotations at their lines, as many as a runner shows; all are in the log, and counted', async () => {
  writeFileSync(join(workspace, 'junit.xml'), failing(12));
  const tables = await tell([{}]);
  expect(lines.slice(0, 9)).toEqual(
    Array.from({ length: 9 }, (_, at) => `error menu.py:${at + 1}: t${at + 1}: no`),
  );
  expect(lines.slice(9)).toEqual([
    'info menu.py:10 t10: no',
    'info menu.py:11 t11: no',
    'info menu.py:12 t12: no',
  ]);
  expect(tables[0]).toEqual({
    title: 'Tests',
    head: ['step', 'result', 'tests', 'failed', 'skipped', 'time'],
    rows: [['unit', 'failed', '13', '12', '0', '1.2 s']],
  });
  expect(tables[1]?.rows.slice(0, 2)).toEqual([
    ['unit', 'menu.py:1', 't1: no'],
    ['unit', 'menu.py:2', 't2: no'],
  ]);
});

test('of a step that passed all the same they are warnings', async () => {
  writeFileSync(join(workspace, 'junit.xml'), failing(10));
  await tell([{ result: 'passed' }]);
  expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(9);
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
});

test('of a step that was ended nothing is read, and one without a report has a row', async () => {
  writeFileSync(join(workspace, 'junit.xml'), failing(1));
  const tables = await tell([{ result: 'ended' }]);
  expect(tables).toEqual([expect.objectContaining({ rows: [['unit', 'ended', '', '', '', '1.2 s']] })]);
  expect(lines).toEqual([]);
});

test('a report that is missing is a warning', async () => {
  await tell([{ result: 'passed' }]);
  expect(lines).toEqual([
    expect.stringMatching(/^warn test unit: No report was left: there is no junit\.xml/),
  ]);
});

test('without reports there is what was printed, and no table', async () => {
  expect(await tell([{ result: 'passed' }], [], false)).toEqual([]);
  expect(lines).toEqual(['group test unit: passed after 1.2 s', 'info a line']);
});
