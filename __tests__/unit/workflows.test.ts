import { readdirSync, readFileSync } from 'node:fs';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parse } from 'yaml';
import { INPUTS } from '../../src/inputs.ts';

// What GitHub itself says about a workflow, by its own parser.

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const files = (folder: string) =>
  readdirSync(new URL(`../../${folder}`, import.meta.url)).map((name) => `${folder}/${name}`);

/** The errors of a workflow: those of its syntax, and those that only show when its parts are read. */
async function errorsOf(name: string, content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

const workflows = [...files('.github/workflows'), ...files('examples/workflows')];

test('a wrong workflow is seen', async () => {
  const wrong =
    'on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - runs: ls\n      - run: ${{ secret.A }}\n';
  const errors = await errorsOf('wrong.yml', wrong);
  expect(errors.join('\n')).toMatch(/runs/);
  expect(errors.join('\n')).toMatch(/secret/);
});

test.each(workflows)('%s is a workflow', async (path) => {
  expect(await errorsOf(path, read(path))).toEqual([]);
});

/** The steps that use this action, in a workflow of any shape, also one that is quoted in a page. */
function stepsIn(document: unknown): { uses: string; with: Record<string, unknown> }[] {
  if (Array.isArray(document)) return document.flatMap(stepsIn);
  if (typeof document !== 'object' || document === null) return [];
  const own = 'uses' in document && String(document.uses).startsWith('org/restaurant-deploy@');
  return [...(own ? [document as never] : []), ...Object.values(document).flatMap(stepsIn)];
}

const quoted = [...read('README.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ''], at) => ({
  name: `README.md, block ${at + 1}`,
  yaml,
}));
const sources = [...workflows.map((name) => ({ name, yaml: read(name) })), ...quoted];

test('the steps of workflows and README name inputs that are there, and those that must be', () => {
  const steps = sources.flatMap(({ name, yaml }) => stepsIn(parse(yaml)).map((step) => ({ name, step })));
  expect(steps.length).toBeGreaterThanOrEqual(4);
  for (const { name, step } of steps) {
    const given = Object.keys(step.with);
    expect({ name, unknown: given.filter((input) => !Object.hasOwn(INPUTS, input)) }).toEqual({
      name,
      unknown: [],
    });
    const needed = step.with.command === 'build' ? [] : ['ssh-key', 'ssh-known-hosts'];
    expect({ name, given }).toEqual({ name, given: expect.arrayContaining(needed) });
  }
});

test('the workflow of the README is one', async () => {
  const whole = quoted.filter(({ yaml }) => yaml.includes('jobs:'));
  expect(whole.length).toBeGreaterThan(0);
  for (const { name, yaml } of whole) expect(await errorsOf(name, yaml)).toEqual([]);
});

test('the rings that workflows run are there', () => {
  const rings = /RINGS=\((.*)\)/.exec(read('script/test'))?.[1]?.split(' ') ?? [];
  const lines = workflows.flatMap((path) => [...read(path).matchAll(/script\/test(.*)$/gm)]);
  expect(lines.length).toBeGreaterThan(1);
  for (const [line, words = ''] of lines) {
    const unknown = words
      .split(' ')
      .filter((word) => word !== '' && word !== '--full' && !rings.includes(word));
    expect({ line, unknown }).toEqual({ line, unknown: [] });
  }
});
