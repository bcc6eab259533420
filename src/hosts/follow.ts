import type { Readable, Writable } from 'node:stream';
import type { Command } from '../commands/command.ts';
import type { Output, RunOptions } from './host.ts';
import { lineSplitter } from './lines.ts';

/** A command that runs somewhere. */
export interface Running {
  /** Where its input goes; none when it has none. */
  readonly stdin?: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Ends it with all its children, at once; may be called when it has ended already. */
  readonly kill: () => void;
  /** How it ended, once its output has been read; rejects when nobody can tell. */
  readonly ended: Promise<Ending>;
}

/** An exit code, or the name of the signal that ended it. */
export type Ending = number | string;

/** The exit code that stands for an end by a signal. */
const BY_SIGNAL = 128;

/**
 * Follows a command to its end: feeds it, gathers what it writes, and kills it when it is aborted or too late, or when
 * going on makes no sense: its input breaks, or `onLine` throws. Whatever happens, no timer and no listener stays.
 * @param name where it runs, for the error of a time that is up.
 */
export function follow(
  running: Running,
  command: Command,
  options: RunOptions,
  name: string,
): Promise<Output> {
  const { signal, timeoutMs, input, onLine } = options;
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' };
    let over = false;
    const end = () => {
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      // What it did not read nobody will: whoever makes the input shall not wait for it.
      input?.destroy();
    };
    const fail = (error: unknown) => {
      if (over) return;
      end();
      running.kill();
      reject(error);
    };
    const onAbort = () => fail(signal?.reason);
    const timer = timeoutMs
      ? setTimeout(() => fail(new Error(`${name}: a command did not end within ${timeoutMs} ms`)), timeoutMs)
      : undefined;
    signal?.addEventListener('abort', onAbort, { once: true });

    const tell = (line: string, stream: 'stdout' | 'stderr') => {
      if (over) return;
      try {
        onLine?.(line, stream);
      } catch (error) {
        fail(error);
      }
    };
    const readers = (['stdout', 'stderr'] as const).map((stream) => {
      const lines = lineSplitter((line) => tell(line, stream));
      running[stream].setEncoding('utf8').on('data', (chunk: string) => {
        output[stream] += chunk;
        lines.push(chunk);
      });
      return lines;
    });
    running.ended.then((ending) => {
      for (const lines of readers) lines.end();
      if (over) return;
      end();
      if (typeof ending === 'number') return resolve({ code: ending, ...output });
      resolve({ code: BY_SIGNAL, ...output, stderr: `${output.stderr}ended by ${ending}\n` });
    }, fail);

    // A command that ends before it has read all of its input is judged by its exit code.
    running.stdin?.on('error', () => {});
    input?.on('error', fail);
    if (signal?.aborted) onAbort();
    else if (input && running.stdin) input.pipe(running.stdin);
    else running.stdin?.end(command.stdin);
  });
}
