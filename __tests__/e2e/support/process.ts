import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, what it has printed so far, and its end. */
export interface Running {
  readonly child: ChildProcess;
  readonly printed: { stdout: string; stderr: string };
  readonly ended: Promise<Output>;
}

export interface Options {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Milliseconds after which it is killed; two minutes by default. */
  readonly timeoutMs?: number;
}

/** Starts a program; its end resolves with its exit code, 128 and more when a signal ended it. */
export function start(file: string, args: readonly string[], options: Options = {}): Running {
  const child = spawn(file, args, {
    cwd: options.cwd ?? ROOT,
    env: options.env ?? process.env,
    stdio: 'pipe',
    timeout: options.timeoutMs ?? 120_000,
    killSignal: 'SIGKILL',
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      printed[name] += chunk;
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const ended = new Promise<Output>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 128, ...printed }));
  });
  return { child, printed, ended };
}

/** Runs a program to its end; anything but exit code 0 is an error with what it printed. */
export async function execute(file: string, args: readonly string[], options: Options = {}): Promise<string> {
  const { code, stdout, stderr } = await start(file, args, options).ended;
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** Asks again and again until `look` gives something, at most so many milliseconds. */
export async function eventually<T>(
  what: string,
  ms: number,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const until = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
