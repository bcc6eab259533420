import { readFileSync } from 'node:fs';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { parse } from 'yaml';

/** What expressions of a workflow can ask: github, inputs, secrets, vars, needs, steps. */
export type Contexts = Readonly<Record<string, unknown>>;

/** A step of the action as a runner would start it. */
export interface ActionStep {
  readonly job: string;
  readonly id: string | undefined;
  readonly inputs: Readonly<Record<string, string>>;
}

interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly {
    readonly id?: string;
    readonly uses?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

const ROOT = new URL('../../', import.meta.url);
const ACTION = /^org\/restaurant-deploy@/;
const REUSABLE = /^org\/restaurant-deploy\/(\.github\/workflows\/[\w-]+\.yml)@/;

/**
 * The steps of this action that a workflow would run for an event, in order, with their inputs filled in by GitHub's own
 * evaluator of expressions. A job that calls a workflow of this repository is followed.
 * @param path relative to the root of this repository
 */
export function actionSteps(path: string, contexts: Contexts): ActionStep[] {
  const { jobs, on } = parse(readFileSync(new URL(path, ROOT), 'utf8')) as {
    jobs: Readonly<Record<string, Job>>;
    on: { workflow_call?: { inputs?: Readonly<Record<string, { default?: unknown }>> } };
  };
  const called = Object.entries(on.workflow_call?.inputs ?? {}).map(([name, { default: value }]) => [
    name,
    value,
  ]);
  const given = Object.entries((contexts.inputs ?? {}) as object).filter(([, value]) => value !== '');
  const known = { ...contexts, inputs: { ...Object.fromEntries(called), ...Object.fromEntries(given) } };
  return Object.entries(jobs).flatMap(([name, job]): ActionStep[] => {
    if (job.if !== undefined && !evaluate(job.if, known).truthy) return [];
    const reusable = REUSABLE.exec(job.uses ?? '')?.[1];
    if (reusable) return actionSteps(reusable, { ...known, inputs: filled(job.with ?? {}, known) });
    return (job.steps ?? [])
      .filter(({ uses }) => ACTION.test(uses ?? ''))
      .map(({ id, with: inputs = {} }) => ({ job: name, id, inputs: filled(inputs, known) }));
  });
}

function filled(values: Readonly<Record<string, unknown>>, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      String(value).replace(/\$\{\{(.*?)\}\}/gs, (_, inside: string) => evaluate(inside, contexts).text),
    ]),
  );
}

/** One expression, as GitHub evaluates it. */
export function evaluate(expression: string, contexts: Contexts): { text: string; truthy: boolean } {
  const bare = expression.trim().replace(/^\$\{\{(.*)\}\}$/s, '$1');
  const { tokens } = new Lexer(bare.trim()).lex();
  const tree = new Parser(tokens, Object.keys(contexts), []).parse();
  const result = new Evaluator(tree, asData(contexts) as data.Dictionary).evaluate();
  const text = result.coerceString();
  return { text, truthy: !['', 'false', '0'].includes(text) };
}

function asData(value: unknown): data.ExpressionData {
  if (value === undefined || value === null) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(asData));
  const pairs = Object.entries(value).map(([key, one]) => ({ key, value: asData(one) }));
  return new data.Dictionary(...pairs);
}
