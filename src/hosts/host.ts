import type { Duplex, Readable } from 'node:stream';
import type { Command } from '../commands/command.ts';

/** What a command left: its exit code and all it wrote. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Called for each line as it comes; the output is collected all the same. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Ends the command (and rejects) when aborted. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which the command is ended and an error thrown; none by default. */
  readonly timeoutMs?: number;
  /** The command's environment and folder; on this machine alone, a server has its own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** More standard input than a value can hold: piped into the command in place of `stdin`. */
  readonly input?: Readable;
}

/**
 * A machine on which commands run: a server over SSH, or this one. The only door to it.
 * A lost connection always rejects; a command's own failure is its exit code.
 */
export interface Host {
  /** user@host:port, as shown in logs; never in outputs. */
  readonly name: string;
  /** Runs a command to its end, whatever its exit code. */
  run(command: Command, options?: RunOptions): Promise<Output>;
  /** Opens a stream to a UNIX socket on the host. */
  dial(path: string): Promise<Duplex>;
  close(): Promise<void>;
}
