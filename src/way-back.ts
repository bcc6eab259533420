import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Inputs } from './inputs.ts';
import type { Result } from './report/result.ts';

const FOLDER = '.github/workflows';
/** A step that rolls back, or a call of the workflow that does all. */
const ROLLS_BACK = /^\s*command:.*\brollback\b|restaurant-deploy\/\.github\/workflows\/app\.yml@/m;

/**
 * The way back from a change: the command line, and the workflow of this repository that does it, with the values that
 * its form wants. GitHub has no link that fills in a form, so they are told beside the link, and stand in the command.
 */
export function wayBack(inputs: Inputs, release: string): Pick<Result, 'rollback' | 'rollbackWorkflow'> {
  const { environment, run } = inputs;
  const rollback = `restaurant-deploy rollback --environment ${environment} --release ${release}`;
  const found = run.repositoryUrl === undefined ? undefined : rollbackWorkflow(run.workspace);
  if (!found) return { rollback };
  const known: Readonly<Record<string, string>> = { environment, release };
  const given = Object.fromEntries(
    found.inputs.flatMap((name) => {
      const value = known[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const fields = Object.entries(given).map(([name, value]) => ` -f ${name}=${value}`);
  return {
    rollback,
    rollbackWorkflow: {
      url: `${run.repositoryUrl}/actions/workflows/${found.file}`,
      inputs: given,
      command: `gh workflow run ${found.file}${fields.join('')}`,
    },
  };
}

/** The workflow of a repository that is started by hand and rolls back, and the names of its inputs. */
export function rollbackWorkflow(
  workspace: string,
): { readonly file: string; readonly inputs: readonly string[] } | undefined {
  for (const file of workflowFiles(workspace)) {
    try {
      const text = readFileSync(join(workspace, FOLDER, file), 'utf8');
      if (!ROLLS_BACK.test(text)) continue;
      const { on }: { on?: unknown } = parse(text) ?? {};
      const names = triggers(on);
      if (names) return { file, inputs: names };
    } catch {
      // A workflow that can not be read is none that leads back.
    }
  }
  return undefined;
}

/** One that says so by its name comes first; the others by name. */
function workflowFiles(workspace: string): string[] {
  try {
    return readdirSync(join(workspace, FOLDER))
      .filter((name) => /^[\w.-]+\.ya?ml$/.test(name))
      .sort((a, b) => Number(b.includes('rollback')) - Number(a.includes('rollback')) || (a < b ? -1 : 1));
  } catch {
    return [];
  }
}

/** The inputs of `workflow_dispatch`; undefined when it is no trigger. */
function triggers(on: unknown): string[] | undefined {
  if (on === 'workflow_dispatch') return [];
  if (Array.isArray(on)) return on.includes('workflow_dispatch') ? [] : undefined;
  if (typeof on !== 'object' || on === null || !('workflow_dispatch' in on)) return undefined;
  const { workflow_dispatch: by } = on as { workflow_dispatch: { inputs?: object | null } | null };
  return Object.keys(by?.inputs ?? {});
}
