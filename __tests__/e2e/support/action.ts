import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { found } from './canaries.ts';
import { eventually, ROOT, start } from './process.ts';

/** An error or a warning as the runner shows it. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** A run of the action that has ended. */
export interface Run {
  readonly code: number;
  /** The log, all lines. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly errors: readonly Annotation[];
  readonly warnings: readonly Annotation[];
  readonly summary: string;
  readonly seconds: number;
}

/** A run of the action that goes on. */
export interface ActionRun {
  /** Process id of script/action, which stands for the runner. */
  readonly runner: number;
  readonly ended: Promise<Run>;
  /** Waits until the log shows this; an error when the run ends before. */
  shows(pattern: RegExp): Promise<void>;
  /** Process id of the action itself. */
  action(): number;
}

/** Milliseconds after which a run hangs. */
const LONGEST_RUN = 300_000;

let runs = 0;

/** Runs the built action on a folder, as a runner does. */
export function startAction(
  workspace: string,
  command: string,
  inputs: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = {},
): ActionRun {
  const summaryFile = join(tmpdir(), `e2e-summary-${process.pid}-${++runs}`);
  const words = Object.entries(inputs).map(([name, value]) => `${name}=${value}`);
  const began = Date.now();
  const running = start(join(ROOT, 'script', 'action'), [command, ...words], {
    cwd: workspace,
    env: { ...process.env, SUMMARY: summaryFile, ...env },
    timeoutMs: LONGEST_RUN,
  });
  const runner = running.child.pid ?? 0;
  let over = false;
  const action = () => {
    const [child] = readFileSync(`/proc/${runner}/task/${runner}/children`, 'utf8').trim().split(' ');
    if (!child) throw new Error('the action does not run');
    return Number(child);
  };
  const ended = running.ended.then(({ code, stdout, stderr }): Run => {
    over = true;
    const [log = '', outputs = ''] = stdout.split(/^--- outputs$/m);
    const annotations = annotationsOf(log);
    const summary = taken(summaryFile);
    // Whatever a run is about, and however it ends: it shows nothing of what it was given to keep.
    const leaks = found(stdout + stderr + summary, secretsOf(inputs));
    if (leaks.length > 0) throw new Error(`the run shows ${leaks.join(', ')}:\n${stdout}${stderr}${summary}`);
    return {
      code,
      log: log + stderr,
      outputs: Object.fromEntries(
        outputs
          .split('\n')
          .filter((line) => line.includes('='))
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
      errors: annotations.filter((one) => one.level === 'error'),
      warnings: annotations.filter((one) => one.level === 'warning'),
      summary,
      seconds: (Date.now() - began) / 1000,
    };
  });
  return {
    runner,
    ended,
    shows: (pattern) =>
      eventually(`${pattern} in the log`, 60_000, () => {
        if (pattern.test(running.printed.stdout)) return true;
        if (over) throw new Error(`the run ended without ${pattern}: ${running.printed.stdout}`);
        return undefined;
      }).then(() => {}),
    action,
  };
}

const SECRET_INPUTS = ['ssh-key', 'ssh-passphrase', 'registry-password', 'github-token'];

/** What of the inputs nobody may see, by name. */
function secretsOf(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const own = SECRET_INPUTS.flatMap((name) => (inputs[name] ? [[name, inputs[name]]] : []));
  const json = /^\s*\{/.test(inputs.secrets ?? '') ? JSON.parse(inputs.secrets ?? '') : {};
  const given = Object.entries(json).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries([...own, ...given]);
}

/** Runs the built action to its end. */
export const runAction = (...args: Parameters<typeof startAction>): Promise<Run> =>
  startAction(...args).ended;

function taken(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  } finally {
    rmSync(file, { force: true });
  }
}

function annotationsOf(log: string): Annotation[] {
  return log.split('\n').flatMap((line) => {
    const [, level, properties = '', message = ''] =
      /^::(error|warning)(?: ([^:]*))?::(.*)$/.exec(line) ?? [];
    if (level !== 'error' && level !== 'warning') return [];
    return [
      {
        level,
        properties: Object.fromEntries(
          properties.split(',').map((pair): [string, string] => {
            const [name = '', value = ''] = pair.split('=');
            return [name, unescaped(value)];
          }),
        ),
        message: unescaped(message),
      },
    ];
  });
}

const unescaped = (text: string) =>
  text
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%25', '%');
