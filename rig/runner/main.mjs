import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stepInputs, UsageError } from './inputs.mjs';
import { runJob } from './job.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const USAGE = `usage: script/action COMMAND [name=value ...]
  runs the built action on this folder as the runner does: COMMAND and the inputs of action.yml
environment: SUMMARY=FILE  append the step summary to this file
             EVENT=FILE    event payload (JSON); EVENT_NAME overrides the event's name
             STEP_ENV      variables of the step (JSON), as a workflow gives them
             NO_POST=1     leave out the post step
             RUNNER_TEMP   folder for files that the action leaves, such as its metrics
`;

/**
 * @param {string[]} words arguments
 * @param {NodeJS.ProcessEnv} caller environment
 * @param {string} workspace the caller's folder
 * @returns {Promise<number>} exit code: that of the action's main; 64 when called wrongly; 1 when the action
 *   cannot be run at all
 */
export async function main(words, caller, workspace) {
  const cancelling = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => cancelling.abort());
  try {
    const action = await readAction();
    const { values, unexpected } = stepInputs(words, action);
    const ownNode = join(ROOT, 'node_modules', 'node', 'bin', 'node');
    return await runJob({
      action,
      actionFolder: ROOT,
      node: existsSync(ownNode) ? ownNode : process.execPath,
      inputs: values,
      unexpected,
      workspace,
      caller,
      now: Date.now(),
      write: (line) => process.stdout.write(`${line}\n`),
      cancelled: cancelling.signal,
    });
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n`);
    if (!(error instanceof UsageError)) return 1;
    process.stderr.write(USAGE);
    return 64;
  }
}

async function readAction() {
  const { parse } = await import('yaml').catch((cause) => {
    throw new Error(`the packages of the action are not installed (remedy: npm ci in ${ROOT})`, { cause });
  });
  const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
  const built = join(ROOT, action.runs.main);
  if (!existsSync(built)) throw new Error(`the action is not built (remedy: npm run build in ${ROOT})`);
  return action;
}
