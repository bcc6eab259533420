import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
// @ts-expect-error scripts have no types
import { actionFile, readmeFile } from '../../../script/lib/docs-action.mjs';
// @ts-expect-error scripts have no types
import { configurationPage, fullExample } from '../../../script/lib/docs-configuration.mjs';
// @ts-expect-error scripts have no types
import { jsonSchema, outline } from '../../../script/lib/docs-schema.mjs';
import { loadConfig } from '../../../src/config/load.ts';
import { INPUTS, type InputSpec } from '../../../src/inputs.ts';

const file = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../${name}`, import.meta.url)), 'utf8');

test('what is made from the sources is as they make it', () => {
  expect(file('action.yml')).toBe(actionFile(file('action.yml')));
  expect(JSON.parse(file('schema/deploy.schema.json'))).toEqual(jsonSchema());
  expect(file('docs/configuration.md')).toBe(configurationPage());
});

test('the whole file of the docs is right, in every environment of it', () => {
  for (const environment of ['production', 'staging']) {
    expect(loadConfig(fullExample(), 'deploy.yml', environment).app).toBe('restaurant');
  }
});

test('every key has its meaning, its kind and an example', () => {
  for (const { place, description, title, examples } of outline()) {
    expect([place, description, title, examples]).toEqual([
      place,
      expect.stringMatching(/^[A-Z].*\.$/),
      expect.any(String),
      [expect.anything()],
    ]);
  }
});

test('the inputs of the action are those of the table', () => {
  const { inputs } = parse(file('action.yml')) as {
    inputs: Record<string, { description: string; default?: string; required: boolean }>;
  };
  const table = Object.entries(INPUTS).map(([name, { secret: _, ...spec }]: [string, InputSpec]) => [
    name,
    { required: false, ...spec },
  ]);
  expect(inputs).toEqual(Object.fromEntries(table));
});

test('the tables of the README stand between their marks', () => {
  const readme =
    'a\n<!-- inputs:start -->\nSTALE\n<!-- inputs:end -->\nb\n<!-- outputs:start --><!-- outputs:end -->\n';
  const made: string = readmeFile(readme.replace('start --><!--', 'start -->\n<!--'), file('action.yml'));
  expect(made).toMatch(/^a\n<!-- inputs:start -->\n\n\| Input \| Meaning \| Default \|\n/);
  expect(made).toContain('| `ssh-key` |');
  expect(made).toContain('| `outcome` |');
  expect(made).not.toContain('STALE');
  expect(readmeFile('no marks', file('action.yml'))).toBe('no marks');
});
