import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Command } from '../commands/command.ts';
import { type Ending, follow } from './follow.ts';
import type { Host, Output, RunOptions } from './host.ts';

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

  async run(command: Command, options: RunOptions = {}): Promise<Output> {
    options.signal?.throwIfAborted();
    const [file = '', ...args] = command.argv;
    const child = spawn(file, args, {
      cwd: options.cwd ?? this.#cwd,
      env: options.env ?? this.#env,
      detached: true,
      stdio: 'pipe',
    });
    const ended = new Promise<Ending>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? signal ?? ''));
    });
    const { stdin, stdout, stderr } = child;
    return follow(
      { stdin, stdout, stderr, ended, kill: () => killGroup(child) },
      command,
      options,
      this.name,
    );
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

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
