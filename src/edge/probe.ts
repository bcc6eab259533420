import { Agent, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Host } from '../hosts/host.ts';

/** One request to an app through one of the edge's UNIX sockets. */
export interface Probe {
  /** Public hostname, sent as Host: the app must accept it. */
  readonly hostname: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The body's beginning. */
  readonly body: string;
}

const PROBE_MS = 5_000;
const BODY_CHARS = 300;
/** Probes under way at once, each with a channel of the SSH connection. An Agent counts none that it waits for. */
const AT_ONCE = 4;

/** node:http expects a socket; an SSH channel lacks these switches, and needs none of them. */
function asSocket(stream: Duplex): Duplex {
  const nothing = () => stream;
  return Object.assign(stream, {
    setTimeout: nothing,
    setNoDelay: nothing,
    setKeepAlive: nothing,
    ref: nothing,
    unref: nothing,
  });
}

/** A client for one of the edge's sockets; connections are kept, so that a further probe is one round trip. */
export class ProbeClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #waiting: (() => void)[] = [];
  readonly #dial: () => Promise<Duplex>;
  #running = 0;
  #dialled: Promise<Duplex> | undefined;

  constructor(host: Host, socket: string) {
    this.#dial = () => host.dial(socket);
    this.#agent.createConnection = (_options, callback) => {
      const stream = this.#dialled ?? this.#dial();
      this.#dialled = undefined;
      stream.then(
        (stream) => callback?.(null, asSocket(stream)),
        (error) => callback?.(error, undefined as never),
      );
      return undefined as never;
    };
  }

  /** Opens a connection for the question that follows at once, while something else is waited for. */
  dial(): void {
    this.#dialled ??= this.#dial();
    // That it does not open is told to who asks.
    this.#dialled.catch(() => {});
  }

  /** @throws Error when no whole answer came. */
  async ask(probe: Probe): Promise<Answer> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      return await this.#askNow(probe);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  #askNow(probe: Probe): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        agent: this.#agent,
        path: probe.path,
        headers: { host: probe.hostname, 'user-agent': 'restaurant-deploy', ...probe.headers },
        signal: AbortSignal.timeout(PROBE_MS),
      });
      // More than one may come, of a probe that is over already.
      outgoing.on('error', reject);
      outgoing.once('response', (incoming) => {
        let body = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          if (body.length < BODY_CHARS) body += chunk;
        });
        incoming.on('error', reject);
        incoming.once('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: body.slice(0, BODY_CHARS),
          }),
        );
      });
      outgoing.end();
    });
  }

  close(): void {
    this.#dialled?.then((stream) => stream.destroy()).catch(() => {});
    this.#agent.destroy();
  }
}
