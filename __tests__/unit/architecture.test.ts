import { dirname, join } from 'node:path';
import { sources } from './codes.ts';

// The arrows between the parts of src, which point one way (docs/development.md). A part is a folder, or `root` for the
// files beside them.
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  commands: [],
  config: ['commands'],
  hosts: ['commands'],
  compose: ['commands', 'config', 'hosts'],
  edge: ['commands', 'hosts'],
  build: ['commands', 'compose', 'config', 'hosts'],
  secrets: ['commands', 'config', 'hosts'],
  deploy: ['build', 'commands', 'compose', 'config', 'edge', 'hosts', 'monitoring', 'report', 'secrets'],
  github: ['report'],
  init: ['config'],
  monitoring: ['commands', 'config'],
  report: [],
};
/** What every part may use: the words for errors and for the log. */
const COMMON = ['src/errors.ts', 'src/log.ts', 'src/inert.ts'];
/** Of the report, the change itself knows what it hands over and how the ledger is judged; never how it is shown. */
const OF_REPORT = ['src/report/result.ts', 'src/report/objectives.ts'];
const ACTIONS = /^src\/((index|main|post|inputs|state|log|hosts\/local|report\/publish)\.ts|github\/)/;

const partOf = (path: string) => (path.split('/').length > 2 ? (path.split('/')[1] ?? '') : 'root');

const imports = [...sources()].flatMap(([path, text]) =>
  [...text.matchAll(/(?:from|import|import\() ?'([^']+)'/g)].map(([, name = '']) => ({
    path,
    to: name.startsWith('.') ? join(dirname(path), name) : name,
  })),
);

test('the parts import along the arrows, and each part has its arrows', () => {
  expect(imports.length).toBeGreaterThan(200);
  const against = imports.filter(({ path, to }) => {
    const from = partOf(path);
    if (from === 'root' || !to.startsWith('src/') || COMMON.includes(to)) return false;
    const part = partOf(to);
    if (part === 'report' && from === 'deploy') return !OF_REPORT.includes(to);
    return part !== from && !MAY_IMPORT[from]?.includes(part);
  });
  expect(against).toEqual([]);
});

test('only what talks to the runner imports @actions', () => {
  const found = imports.filter(({ to }) => to.startsWith('@actions/'));
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter(({ path }) => !ACTIONS.test(path))).toEqual([]);
});

test('only hosts knows SSH', () => {
  const found = imports.filter(({ to }) => /^(node-ssh|ssh2)$/.test(to));
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter(({ path }) => partOf(path) !== 'hosts')).toEqual([]);
});
