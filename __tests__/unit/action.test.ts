import { readFileSync } from 'node:fs';
import { NoOperationTraceWriter } from '@actions/workflow-parser';
import { parseAction } from '@actions/workflow-parser/actions/action-parser';
import { parse } from 'yaml';
import { INPUTS } from '../../src/inputs.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const content = read('action.yml');
const action = parse(content);

const errorsOf = (text: string) =>
  parseAction({ name: 'action.yml', content: text }, new NoOperationTraceWriter())
    .context.errors.getErrors()
    .map(({ message }) => message);

test('GitHub takes action.yml for an action, and would not take a wrong one', () => {
  expect(errorsOf(content)).toEqual([]);
  expect(errorsOf(content.replace('node24', 'node24\n  mian: x'))).toEqual([expect.stringContaining('mian')]);
});

test('main and post are the one bundle, and post always runs', () => {
  const main = 'dist/index.cjs';
  expect(action.runs).toEqual({ using: 'node24', main, post: main, 'post-if': 'always()' });
});

test('its inputs are those that the source reads, each described', () => {
  expect(Object.keys(action.inputs)).toEqual(Object.keys(INPUTS));
  for (const { description } of Object.values<{ description: string }>(action.inputs))
    expect(description.length).toBeGreaterThan(20);
});

test('its outputs are those that the source sets, each described', () => {
  const set = [...read('src/report/outputs.ts').matchAll(/^\s+'?([a-z][a-z-]*)'?: /gm)].map(
    ([, name]) => name,
  );
  expect(Object.keys(action.outputs).sort()).toEqual(set.sort());
  for (const { description } of Object.values<{ description: string }>(action.outputs))
    expect(description.length).toBeGreaterThan(20);
});
