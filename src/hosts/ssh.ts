import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { type Command, render } from '../commands/command.ts';
import { DeployError } from '../errors.ts';
import { type Ending, follow, type Running } from './follow.ts';
import type { Host, Output, RunOptions } from './host.ts';

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
    this.#lost = this.#lostError(cause);
    if (this.#closing) return;
    for (const reject of this.#pending) reject(this.#lost);
    this.#pending.clear();
  }

  #lostError(cause?: Error): DeployError {
    return new DeployError(
      {
        code: 'ssh-lost',
        where: this.name,
        what: `The connection to the server was lost${cause ? ` (${cause.message})` : ''}.`,
        remedy:
          'The app goes on serving as it did. Run the deploy again: it finds what was begun, and finishes or reverts it.',
      },
      { cause },
    );
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
      try {
        start((value) => {
          this.#pending.delete(fail);
          resolve(value);
        }, fail);
      } catch (error) {
        // ssh2 throws at once between the end of a connection and the event that tells of it.
        fail(this.#lostError(error as Error));
      }
    });
  }

  async run(command: Command, options: RunOptions = {}): Promise<Output> {
    const { signal } = options;
    signal?.throwIfAborted();
    return this.#guard<Output>((resolve, reject) => {
      // A server that is slow to open a channel keeps nobody from going: the channel is closed when it comes.
      const onAbort = () => reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      // An input that is empty is made there: its end would be one more thing to send, once the command has begun.
      const fed = command.stdin !== undefined || options.input !== undefined;
      const line = fed ? render(command) : `${render(command)} </dev/null`;
      this.#client.exec(line, (error, channel) => {
        signal?.removeEventListener('abort', onAbort);
        if (error) reject(this.#lost ?? this.#refused(error));
        else follow(this.#running(channel, fed), command, options, this.name).then(resolve, reject);
      });
    });
  }

  #running(channel: ClientChannel, fed: boolean): Running {
    const ended = new Promise<Ending>((resolve, reject) => {
      let code: number | null | undefined;
      let killed: string | undefined;
      channel.on('exit', (exit: number | null, name?: string) => {
        code = exit;
        killed = name;
      });
      channel.on('close', () => {
        if (typeof code === 'number') resolve(code);
        else if (killed) resolve(killed);
        // No exit status is the mark of a lost connection: never a success.
        else reject(this.#lost ?? this.#lostError(new Error('a command ended without an exit status')));
      });
    });
    const kill = () => killSession(channel);
    return { ...(fed && { stdin: channel }), stdout: channel, stderr: channel.stderr, ended, kill };
  }

  dial(path: string): Promise<Duplex> {
    return this.#guard<Duplex>((resolve, reject) => {
      this.#client.openssh_forwardOutStreamLocal(path, (error, channel) => {
        if (error) reject(this.#lost ?? this.#unreachable(path, error));
        else resolve(channel);
      });
    });
  }

  #refused(cause: Error): DeployError {
    return new DeployError(
      {
        code: 'ssh-channel',
        where: this.name,
        what: `The server did not let us run a command (${cause.message}).`,
        remedy: 'Check MaxSessions of its sshd (10 is enough), and that this key may run any command there.',
      },
      { cause },
    );
  }

  /** A server does not tell a socket that is not there from one that it does not let us reach. */
  #unreachable(path: string, cause: Error): DeployError {
    return new DeployError(
      {
        code: 'ssh-forwarding',
        where: this.name,
        what: `The server did not let us reach the socket ${path} (${cause.message}).`,
        remedy:
          'Either nothing listens there (docker logs restaurant-deploy-edge says why), or its sshd forbids it: set AllowStreamLocalForwarding yes, and no "restrict" or "no-port-forwarding" for this key in authorized_keys.',
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

/** What ssh2 keeps below a channel. */
interface Below {
  readonly _client: { readonly _protocol: { signal(channel: number, name: string): void } };
  readonly outgoing: { readonly id: number; readonly state: string };
}

/**
 * Kills a command's process group and closes its channel. Closing alone would leave the command running. SSH takes a
 * signal until the channel is closed; ssh2's own `channel.signal` sends none once the input has ended, which is
 * nearly always, so it is asked of the protocol below.
 */
function killSession(channel: ClientChannel): void {
  const { _client, outgoing } = channel as unknown as Below;
  if (outgoing.state === 'open' || outgoing.state === 'eof') _client._protocol.signal(outgoing.id, 'KILL');
  channel.close();
}
