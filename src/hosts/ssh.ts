import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { type Command, render } from '../commands/command.ts';
import { DeployError } from '../errors.ts';
import type { Host, Output, RunOptions } from './host.ts';
import { lineSplitter } from './lines.ts';

/** A server over its one SSH connection. */
export class SshHost implements Host {
  readonly name: string;
  readonly #client: Client;
  readonly #pending = new Set<(error: DeployError) => void>();
  #lost: DeployError | undefined;
  #closing = false;

  constructor(name: string, client: Client) {
    this.name = name;
    this.#client = client;
    client.on('error', (error) => this.#lose(error));
    client.on('close', () => this.#lose());
  }

  /** Everything that waits is told: ssh2 itself would leave a command of a dead connection waiting for ever. */
  #lose(cause?: Error): void {
    if (this.#lost) return;
    this.#lost = new DeployError(
      {
        code: 'ssh-lost',
        where: this.name,
        what: `The connection to the server was lost${cause ? ` (${cause.message})` : ''}.`,
        remedy:
          'The app goes on serving as it did. Run the deploy again: it finds what was begun, and finishes or reverts it.',
      },
      { cause },
    );
    if (this.#closing) return;
    for (const reject of this.#pending) reject(this.#lost);
    this.#pending.clear();
  }

  /** Runs `start` with a way to fail that a lost connection, too, uses. */
  #guard<T>(start: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> {
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise<T>((resolve, reject) => {
      const fail = (error: Error) => {
        this.#pending.delete(fail);
        reject(error);
      };
      this.#pending.add(fail);
      start((value) => {
        this.#pending.delete(fail);
        resolve(value);
      }, fail);
    });
  }

  run(command: Command, options: RunOptions = {}): Promise<Output> {
    return this.#guard<Output>((resolve, reject) => {
      options.signal?.throwIfAborted();
      this.#client.exec(render(command), (error, channel) => {
        if (error) return reject(this.#refused('run a command', error));
        this.#collect(channel, command, options).then(resolve, reject);
      });
    });
  }

  #collect(channel: ClientChannel, command: Command, options: RunOptions): Promise<Output> {
    return new Promise((resolve, reject) => {
      const output = { stdout: '', stderr: '' };
      let code: number | undefined;
      let signalName: string | undefined;
      const end = (error: Error) => {
        channel.signal('KILL');
        channel.close();
        reject(error);
      };
      const onAbort = () => end(options.signal?.reason ?? new Error('aborted'));
      options.signal?.addEventListener('abort', onAbort, { once: true });
      const timer = options.timeoutMs
        ? setTimeout(() => end(new Error(`no end after ${options.timeoutMs} ms`)), options.timeoutMs)
        : undefined;

      const readers = (['stdout', 'stderr'] as const).map((name) => {
        const stream = name === 'stdout' ? channel : channel.stderr;
        const lines = lineSplitter((line) => options.onLine?.(line, name));
        stream.setEncoding('utf8');
        stream.on('data', (chunk: string) => {
          output[name] += chunk;
          lines.push(chunk);
        });
        return lines;
      });
      channel.on('exit', (exit: number | null, name?: string) => {
        code = exit ?? undefined;
        signalName = name;
      });
      channel.on('close', () => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        for (const lines of readers) lines.end();
        if (code !== undefined) resolve({ code, ...output });
        else if (signalName)
          resolve({ code: 128, ...output, stderr: `${output.stderr}ended by ${signalName}\n` });
        // No exit status is the mark of a lost connection: never a success.
        else
          reject(
            this.#lost ??
              new DeployError({
                code: 'ssh-lost',
                where: this.name,
                what: 'The server ended a command without saying how.',
              }),
          );
      });
      // A command that ends before it has read all of its input is judged by its exit code.
      channel.on('error', () => {});
      if (options.input) options.input.pipe(channel);
      else channel.end(command.stdin);
    });
  }

  dial(path: string): Promise<Duplex> {
    return this.#guard<Duplex>((resolve, reject) => {
      this.#client.openssh_forwardOutStreamLocal(path, (error, channel) => {
        if (error) reject(this.#refused(`reach the socket ${path}`, error));
        else resolve(channel);
      });
    });
  }

  #refused(what: string, cause: Error): DeployError {
    const forwarding = /prohibited|administratively/i.test(cause.message);
    return new DeployError(
      {
        code: forwarding ? 'ssh-forwarding' : 'ssh-channel',
        where: this.name,
        what: `The server did not let us ${what} (${cause.message}).`,
        remedy: forwarding
          ? 'Its sshd forbids forwarding to UNIX sockets: set AllowStreamLocalForwarding yes, and no "restrict" or "no-port-forwarding" on this key in authorized_keys.'
          : 'Check MaxSessions of its sshd (10 is enough) and that the socket is there.',
      },
      { cause },
    );
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#lost) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#client.destroy();
        resolve();
      }, 1_000);
      this.#client.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#client.end();
    });
  }
}
