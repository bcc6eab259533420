import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { finder, readReports } from '../../../src/build/test-reports.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'reports-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

function write(path: string, content = ''): string {
  const file = join(workspace, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}
const xml = (...cases: string[]) => `<testsuite>${cases.join('')}</testsuite>`;
const failing = (name: string, text: string) =>
  `<testcase name="${name}"><failure message="no">${text}</failure></testcase>`;

function report(patterns: string[], began = Date.now()) {
  const step = { name: 'unit', run: 'make', in: 'frontend', env: {}, timeoutMs: 1, report: patterns };
  return readReports(step, workspace, join(workspace, 'frontend'), began);
}

test('the reports of a step are added up, and failures have their place in the repository', async () => {
  write('frontend/src/menu.test.ts');
  write('frontend/reports/a.xml', xml('<testcase name="good"/>', failing('bad', 'at src/menu.test.ts:12:3')));
  write('frontend/reports/b.xml', xml('<testcase name="late"><skipped/></testcase>'));
  expect(await report(['reports/*.xml'])).toEqual({
    tests: 3,
    failed: 1,
    skipped: 1,
    troubles: [],
    failures: [
      { code: 'test-case', where: 'test unit', what: 'bad: no', file: 'frontend/src/menu.test.ts', line: 12 },
    ],
  });
});

test('a report that is not there, of an earlier run, too large or none at all is told', async () => {
  const old = write('frontend/old.xml', xml('<testcase name="a"/>'));
  utimesSync(old, 1_000_000, 1_000_000);
  write('frontend/none.xml', 'Segmentation fault');
  write('frontend/large.xml', Buffer.alloc(64_000_001, ' ').toString());
  const { tests, troubles } = await report(['gone.xml', 'old.xml', 'none.xml', 'large.xml']);
  expect(tests).toBe(0);
  expect(troubles.map(({ code, what }) => `${code}: ${what}`)).toEqual([
    'test-report: No report was left: there is no gone.xml in frontend.',
    'test-report: No report was left: old.xml is older than this run.',
    expect.stringMatching(/^test-report: The report none\.xml holds no tests: /),
    'test-report: The report large.xml could not be read: it has 64 MB, more than 64 MB.',
  ]);
});

test('a file is found by every name that a trace may have for it, and never outside of the repository', () => {
  write('frontend/src/a.ts');
  write('tests/b.py');
  write('frontend/node_modules/x/c.js');
  symlinkSync('/etc', join(workspace, 'etc'));
  const find = finder(workspace, join(workspace, 'frontend'));
  expect(find('src/a.ts')).toBe('frontend/src/a.ts');
  expect(find(join(workspace, 'frontend/src/a.ts'))).toBe('frontend/src/a.ts');
  expect(find(`file://${join(workspace, 'frontend/src/a.ts')}`)).toBe('frontend/src/a.ts');
  expect(find('tests/b.py')).toBe('tests/b.py');
  // In a container the repository lies elsewhere.
  expect(find('/usr/src/app/tests/b.py')).toBe('tests/b.py');
  expect(find('/app/src/a.ts')).toBe('frontend/src/a.ts');
  for (const other of [
    '/etc/passwd',
    '../../../etc/passwd',
    'node_modules/x/c.js',
    'src',
    '',
    '/',
    'file://%',
    'a\0b',
  ])
    expect(find(other)).toBeUndefined();
});
