import type { TestStep } from '../config/config.ts';
import { DeployError, messageOf } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import { beside } from './beside.ts';

/** How a test step ended. */
export interface TestOutcome {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'ended';
  /** When it began, in milliseconds since 1970. */
  readonly began: number;
  readonly ms: number;
  /** All that it printed, in its order. */
  readonly lines: readonly string[];
}

export interface TestRunner {
  /** Where they run. */
  readonly local: Host;
  /** The environment that each step gets, before its own variables. */
  readonly env: NodeJS.ProcessEnv;
  /** Absolute path of a folder of the repository; undefined when there is no such folder. */
  readonly folder: (path: string) => string | undefined;
  readonly now: () => number;
  /** Called with each line of a step as it comes, and with each step as it ends. */
  readonly onLine: (name: string, line: string) => void;
  readonly onEnd: (outcome: TestOutcome) => void;
}

/** Lines of a failed step that its error shows. */
const LAST_LINES = 25;

/**
 * Runs the test steps side by side on the runner. The first one that fails ends the others, with all their processes.
 * @throws DeployError test-failed, naming the step, with its last lines.
 */
export async function runTests(
  runner: TestRunner,
  steps: readonly TestStep[],
  signal: AbortSignal,
): Promise<void> {
  const faults = steps.flatMap((step) =>
    runner.folder(step.in) === undefined ? [fault(step, `There is no folder ${step.in}.`)] : [],
  );
  if (faults.length > 0) throw new DeployError(faults);
  await beside(
    signal,
    steps.map((step) => (stop) => runStep(runner, step, stop)),
  );
}

async function runStep(runner: TestRunner, step: TestStep, stop: AbortSignal): Promise<void> {
  const began = runner.now();
  const lines: string[] = [];
  const late = AbortSignal.timeout(step.timeoutMs);
  const end = (result: TestOutcome['result']) =>
    runner.onEnd({ name: step.name, result, began, ms: runner.now() - began, lines });
  let code: number;
  try {
    const output = await runner.local.run(
      { argv: ['sh', '-c', step.run] },
      {
        cwd: runner.folder(step.in) ?? step.in,
        env: { ...runner.env, ...step.env },
        signal: AbortSignal.any([stop, late]),
        onLine: (line) => {
          lines.push(line);
          runner.onLine(step.name, line);
        },
      },
    );
    code = output.code;
  } catch (error) {
    end(stop.aborted ? 'ended' : 'failed');
    if (stop.aborted) throw error;
    throw new DeployError(
      fault(
        step,
        late.aborted
          ? `It did not end within ${step.timeoutMs / 1000} s.`
          : `It could not be started: ${messageOf(error)}`,
        lines,
      ),
      { cause: error },
    );
  }
  end(code === 0 ? 'passed' : 'failed');
  if (code !== 0) throw new DeployError(fault(step, `It ended with ${code}.`, lines));
}

function fault(step: TestStep, why: string, lines: readonly string[] = []) {
  const last = lines.slice(-LAST_LINES);
  const said = last.findLast((line) => line.trim() !== '');
  return {
    code: 'test-failed',
    where: `test ${step.name}`,
    what: `The test ${step.name} (${step.run.trim().split('\n')[0]}) failed. ${why}${said ? ` Its last line: ${said.trim()}` : ''}`,
    remedy: 'Nothing was built for it or sent; the app serves as before.',
    ...(last.length > 0 ? { evidence: last.join('\n') } : {}),
  };
}

const OURS =
  /^(INPUT_|VAULT_|ACTIONS_(ID_TOKEN_|RUNTIME_TOKEN$)|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$)/i;

/**
 * The runner's environment without the inputs of this action, among which are the SSH key and all secrets, and without
 * what opens a store of secrets or the job's own caches and artifacts in its name.
 */
export function testEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OURS.test(name)));
}
