import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Inputs } from '../../src/inputs.ts';
import { rollbackWorkflow, wayBack } from '../../src/way-back.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'way-back-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

function write(name: string, text: string) {
  mkdirSync(join(workspace, '.github/workflows'), { recursive: true });
  writeFileSync(join(workspace, '.github/workflows', name), text);
}
const example = (name: string) => {
  mkdirSync(join(workspace, '.github/workflows'), { recursive: true });
  const from = fileURLToPath(new URL(`../../examples/workflows/${name}`, import.meta.url));
  cpSync(from, join(workspace, '.github/workflows', name));
};
const inputs = (repositoryUrl?: string) =>
  ({ environment: 'staging', run: { workspace, repositoryUrl } }) as unknown as Inputs;

test.each([
  ['rollback.yml', ['what', 'release', 'environment']],
  ['app.yml', ['release']],
])('the workflow to copy, %s, is found among others with its inputs', (name, names) => {
  for (const one of ['deploy.yml', 'previews.yml', name]) example(one);
  expect(rollbackWorkflow(workspace)).toEqual({ file: name, inputs: names });
});

test('a form is told what to hold, and the command holds it', () => {
  example('rollback.yml');
  expect(wayBack(inputs('https://github.com/acme/restaurant'), 'r1')).toEqual({
    rollback: 'restaurant-deploy rollback --environment staging --release r1',
    rollbackWorkflow: {
      url: 'https://github.com/acme/restaurant/actions/workflows/rollback.yml',
      inputs: { release: 'r1', environment: 'staging' },
      command: 'gh workflow run rollback.yml -f release=r1 -f environment=staging',
    },
  });
});

test.each([
  ['nobody can start by hand', 'on: push\njobs: {a: {steps: [{with: {\n  command: rollback\n}}]}}'],
  ['does something else', 'on: workflow_dispatch\n#   no rollback here\njobs: {}'],
  ['is no YAML', 'on: workflow_dispatch\ncommand: rollback\n\t: ['],
  ['is empty', ''],
])('a workflow that %s is none', (_, text) => {
  write('x.yml', text);
  expect(rollbackWorkflow(workspace)).toBeUndefined();
});

test.each([
  ['on: workflow_dispatch', []],
  ['on: [push, workflow_dispatch]', []],
  ['on: {workflow_dispatch: }', []],
  ['on: {workflow_dispatch: {inputs: {release: }}}', ['release']],
])('%s is a way', (on, names) => {
  write('back.yaml', `${on}\njobs:\n  a:\n    steps:\n      - with:\n          command: rollback\n`);
  expect(rollbackWorkflow(workspace)).toEqual({ file: 'back.yaml', inputs: names });
});

test('without GitHub, or without a workflow, the command line is what there is', () => {
  const line = { rollback: 'restaurant-deploy rollback --environment staging --release r1' };
  expect(wayBack(inputs('https://github.com/acme/restaurant'), 'r1')).toEqual(line);
  example('rollback.yml');
  expect(wayBack(inputs(), 'r1')).toEqual(line);
});
