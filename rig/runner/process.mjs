import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';

/** How the runner cancels a step: to the node process alone, each signal after the wait before it. */
const CANCEL_STEPS = [
  { after: 0, signal: 'SIGINT' },
  { after: 7500, signal: 'SIGTERM' },
  { after: 10000, signal: 'SIGKILL' },
];

/**
 * Runs one script with node and hands each line of its output on as it comes.
 *
 * It has a process group of its own, so that Ctrl-C in a terminal reaches it as the runner cancels and not
 * twice. Its children are left alone, as the runner leaves them.
 *
 * @param {{node: string, script: string, cwd: string, env: Record<string, string>,
 *   onLine: (line: string) => void, cancelled: AbortSignal}} options
 * @returns {Promise<number>} its exit code; 128 + the signal's number when a signal ended it
 */
export function runNode({ node, script, cwd, env, onLine, cancelled }) {
  const child = spawn(node, [script], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const timers = [];
  const cancel = () => {
    for (const { after, signal } of CANCEL_STEPS) timers.push(setTimeout(() => child.kill(signal), after));
  };
  cancelled.addEventListener('abort', cancel, { once: true });
  const readers = [child.stdout, child.stderr].map((input) =>
    createInterface({ input, crlfDelay: Infinity }).on('line', onLine),
  );
  const read = Promise.all(readers.map((reader) => new Promise((resolve) => reader.once('close', resolve))));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const timer of timers) clearTimeout(timer);
      cancelled.removeEventListener('abort', cancel);
      // A child of the action may hold the pipes open for longer than the action itself lives.
      const grace = setTimeout(() => {
        for (const reader of readers) {
          reader.close();
          reader.input.destroy();
        }
      }, 1000);
      read.then(() => {
        clearTimeout(grace);
        resolve(code ?? 128 + constants.signals[signal]);
      });
    });
  });
}
