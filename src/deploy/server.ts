import type { Command } from '../commands/command.ts';
import { ProbeClient } from '../edge/probe.ts';
import { EdgeRuntime } from '../edge/runtime.ts';
import { DeployError } from '../errors.ts';
import type { Host, Output, RunOptions } from '../hosts/host.ts';
import type { Facts } from './facts.ts';

/** A host during a change: the connection, what is known of it, and the doors to its edge, opened when first used. */
export class Server {
  readonly host: Host;
  facts: Facts;
  /** The lease of the environment is ours here; the end of a change may give it back before the session ends. */
  holdsLease = true;
  #runtime: Promise<EdgeRuntime> | undefined;
  #candidate: ProbeClient | undefined;
  #public: ProbeClient | undefined;

  constructor(host: Host, facts: Facts) {
    this.host = host;
    this.facts = facts;
  }

  /** The edge's admin socket. After a restart of the edge it is opened anew: the way back needs it. */
  runtime(): Promise<EdgeRuntime> {
    this.#runtime ??= this.#openRuntime();
    return this.#runtime;
  }

  #openRuntime(): Promise<EdgeRuntime> {
    const opened = EdgeRuntime.open(this.host, `${this.facts.paths.edge}/run/admin.sock`);
    const forget = () => {
      if (this.#runtime === opened) this.#runtime = undefined;
    };
    opened.then((runtime) => {
      runtime.onEnd = forget;
    }, forget);
    return opened;
  }

  /** Asks a color through the edge before it has any traffic. */
  get candidate(): ProbeClient {
    this.#candidate ??= new ProbeClient(this.host, `${this.facts.paths.edge}/run/candidate.sock`);
    return this.#candidate;
  }

  /** Asks as the public does: by hostname, to whatever color is active. */
  get public(): ProbeClient {
    this.#public ??= new ProbeClient(this.host, `${this.facts.paths.edge}/run/public.sock`);
    return this.#public;
  }

  /**
   * Runs a command that has to succeed.
   * @throws DeployError with the code given and the command's last words.
   */
  async must(
    command: Command,
    failure: { code: string; what: string; remedy?: string },
    options?: RunOptions,
  ): Promise<Output> {
    const output = await this.host.run(command, options);
    if (output.code === 0) return output;
    const said = (output.stderr.trim() || output.stdout.trim()).split('\n').slice(-30).join('\n');
    throw new DeployError({ ...failure, where: this.host.name, evidence: said });
  }

  /** Closes the edge's doors; the connection itself is closed by who opened it. */
  release(): void {
    this.#runtime?.then((runtime) => runtime.close()).catch(() => {});
    this.#candidate?.close();
    this.#public?.close();
  }
}
