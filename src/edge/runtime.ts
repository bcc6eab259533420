import type { Duplex } from 'node:stream';
import { DeployError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';

/** What ends an answer in prompt mode. One that says something ends with an empty line before it. */
const PROMPT = '\n> ';
const AFTER_TEXT = `\n${PROMPT}`;

/**
 * The edge's admin socket, held open over the one SSH connection: one channel for the whole run, a round trip for a
 * batch of commands.
 * Protocol: HAProxy Management Guide, section 9.3.
 */
export class EdgeRuntime {
  readonly #stream: Duplex;
  #buffer = '';
  #waiting: { resolve: (answer: string) => void; reject: (error: Error) => void }[] = [];
  #ended: Error | undefined;
  /** Called when the edge is gone: a further command wants a new one of these. */
  onEnd: () => void = () => {};

  private constructor(stream: Duplex, where: string) {
    this.#stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => this.#read(chunk));
    const end = () => {
      this.#ended ??= new DeployError({
        code: 'edge-lost',
        where,
        what: 'The edge closed its admin socket.',
        remedy: 'See what it says: docker logs restaurant-deploy-edge on the server.',
      });
      for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
      this.onEnd();
    };
    stream.on('error', end);
    stream.on('close', end);
    stream.on('end', end);
  }

  /** @param socket path of the admin socket on the host. */
  static async open(host: Host, socket: string): Promise<EdgeRuntime> {
    const runtime = new EdgeRuntime(await host.dial(socket), host.name);
    // Not waited for: what follows is answered in its turn, and an edge that is gone says so then.
    runtime.#send(['prompt']).catch(() => {});
    return runtime;
  }

  #read(chunk: string): void {
    this.#buffer += chunk;
    for (;;) {
      const silent = this.#buffer.startsWith(PROMPT);
      const at = silent ? 0 : this.#buffer.indexOf(AFTER_TEXT);
      if (at < 0) return;
      const answer = this.#buffer.slice(0, at);
      this.#buffer = this.#buffer.slice(at + (silent ? PROMPT : AFTER_TEXT).length);
      this.#waiting.shift()?.resolve(answer.trim());
    }
  }

  #send(lines: readonly string[]): Promise<string[]> {
    const bad = lines.find((line) => /[\r\n;]/.test(line));
    if (bad !== undefined) throw new RangeError(`more than one command for the edge: ${JSON.stringify(bad)}`);
    if (this.#ended) return Promise.reject(this.#ended);
    if (lines.length === 0) return Promise.resolve([]);
    const answers = lines.map(
      () => new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject })),
    );
    this.#stream.write(`${lines.join('\n')}\n`);
    return Promise.all(answers);
  }

  /** Sends all commands at once; the answers in the same order. */
  async ask(commands: readonly string[]): Promise<string[]> {
    return this.#send(commands);
  }

  /**
   * Sends commands whose success is silence: `set map`, `add map`, `del map`.
   * @throws DeployError edge-refused with the edge's own words.
   */
  async order(commands: readonly string[]): Promise<void> {
    const answers = await this.ask(commands);
    const refused = answers.findIndex((answer) => answer !== '');
    if (refused >= 0) {
      throw new DeployError({
        code: 'edge-refused',
        what: `The edge refused "${commands[refused]}": ${answers[refused]}`,
        remedy: 'See docker logs restaurant-deploy-edge on the server; the traffic stays where it was.',
      });
    }
  }

  close(): void {
    this.#stream.destroy();
  }
}

/**
 * One command on a connection of its own: for those with a payload, that prompt mode would answer line by line.
 * A payload's end is an empty line, which is added here.
 */
export async function askOnce(host: Host, socket: string, text: string): Promise<string> {
  const stream = await host.dial(socket);
  stream.setEncoding('utf8');
  stream.write(`${text}\n`);
  let answer = '';
  for await (const chunk of stream) answer += chunk;
  return answer;
}
