import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Command } from '../commands/command.ts';
import type { Host, Output, RunOptions } from './host.ts';
import { lineSplitter } from './lines.ts';

/**
 * This machine: the runner, where images are built. A command runs in its own process group, so that ending it ends
 * its children too (@actions/exec can not do that, nor feed a stream, nor stop).
 */
export class LocalHost implements Host {
  readonly name = 'this runner';
  readonly #env: NodeJS.ProcessEnv;
  readonly #cwd: string;

  constructor(env: NodeJS.ProcessEnv, cwd: string) {
    this.#env = env;
    this.#cwd = cwd;
  }

  run(command: Command, options: RunOptions = {}): Promise<Output> {
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      const [file = '', ...args] = command.argv;
      const child = spawn(file, args, {
        cwd: options.cwd ?? this.#cwd,
        env: options.env ?? this.#env,
        detached: true,
        stdio: 'pipe',
      });
      const output = { stdout: '', stderr: '' };
      const end = () => {
        if (child.pid) {
          try {
            process.kill(-child.pid, 'SIGKILL');
          } catch {
            // it has ended by itself
          }
        }
      };
      const onAbort = () => {
        end();
        reject(options.signal?.reason);
      };
      options.signal?.addEventListener('abort', onAbort, { once: true });
      const timer = options.timeoutMs
        ? setTimeout(() => {
            end();
            reject(new Error(`no end after ${options.timeoutMs} ms`));
          }, options.timeoutMs)
        : undefined;
      const readers = (['stdout', 'stderr'] as const).map((name) => {
        const lines = lineSplitter((line) => options.onLine?.(line, name));
        child[name].setEncoding('utf8').on('data', (chunk: string) => {
          output[name] += chunk;
          lines.push(chunk);
        });
        return lines;
      });
      child.on('error', reject);
      child.on('close', (code) => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        for (const lines of readers) lines.end();
        resolve({ code: code ?? 128, ...output });
      });
      child.stdin.on('error', () => {});
      if (options.input) options.input.pipe(child.stdin);
      else child.stdin.end(command.stdin);
    });
  }

  dial(path: string): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
    });
  }

  async close(): Promise<void> {}
}
