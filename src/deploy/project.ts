import { type Container, type Readiness, readContainers, readiness } from '../compose/readiness.ts';
import { EDGE_NAME } from '../edge/config.ts';
import { DeployError, type Fault, messageOf } from '../errors.ts';
import { type ProjectRequest, projectLogs, startProject } from './project-shell.ts';
import type { Server } from './server.ts';

/** A container with its addresses, by network name. */
type Seen = Container & { readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> };

/** What one picture of a project says. */
export interface Picture {
  readonly readiness: Readiness;
  /** Compose's exit code once it has ended. */
  readonly up: number | undefined;
  /** Service -> addresses of its containers on the edge's network. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
}

/** A project that is being started and watched. */
export class RunningProject {
  readonly request: ProjectRequest;
  readonly #stop = new AbortController();
  #containers: Seen[] = [];
  /** The host's clock at the first picture. */
  #began: number | undefined;
  /** Restarts that are no crash loop yet. */
  #forgiven = 2;
  #building: Seen[] = [];
  #up: number | undefined;
  #said: string[] = [];
  #listeners = new Set<(picture: Picture) => void>();
  #picture: Picture | undefined;
  #ended: Error | undefined;

  constructor(server: Server, token: string, request: ProjectRequest, onSaid: (line: string) => void) {
    this.request = request;
    const command = startProject(server.facts.paths.root, token, request);
    server.host
      .run(command, {
        signal: this.#stop.signal,
        onLine: (line, stream) => {
          if (stream === 'stderr') this.#said.push(line);
          else this.#read(line, onSaid);
        },
      })
      .then(
        ({ code, stderr }) =>
          this.#fail(new Error(`the watch of ${request.project} ended (${code}) ${stderr.trim()}`)),
        (error) => this.#fail(error),
      );
  }

  #fail(error: Error): void {
    this.#ended = error;
    for (const listener of [...this.#listeners]) listener(this.#picture as Picture);
  }

  #read(line: string, onSaid: (line: string) => void): void {
    const rest = line.slice(2);
    if (line.startsWith('+ ')) {
      this.#said.push(rest);
      onSaid(rest.trim());
    } else if (line.startsWith('= ')) {
      this.#building.push(...(readContainers(`[${rest}]`) as Seen[]));
    } else if (line.startsWith('up ')) {
      this.#up = Number(rest.trim());
    } else if (line.startsWith('. ')) {
      if (this.#building.length > 0) this.#containers = this.#building;
      this.#building = [];
      this.#show(Number(rest));
    }
  }

  #show(now: number): void {
    const addresses = new Map<string, string[]>();
    for (const one of this.#containers) {
      const service = one.Config.Labels?.['com.docker.compose.service'];
      const address = one.Networks?.[EDGE_NAME]?.IPAddress;
      if (service && address && one.State.Status === 'running') {
        addresses.set(service, [...(addresses.get(service) ?? []), address]);
      }
    }
    const { model, routed } = this.request;
    this.#began ??= now;
    // What was started before this start and has ended is a standby about to be started again, or an old container
    // that Compose stops to put a new one in its place: no failure of this start.
    const containers = this.#containers.filter(
      ({ State }) => State.Status !== 'exited' || Date.parse(State.StartedAt) >= (this.#began ?? 0),
    );
    this.#picture = {
      readiness: readiness({ model, containers, routed, now, restarts: this.#forgiven }),
      up: this.#up,
      addresses,
    };
    for (const listener of [...this.#listeners]) listener(this.#picture);
  }

  /** From now on each restart is one too many: the project was ready. */
  expectNoRestart(): void {
    this.#forgiven = Math.max(0, ...this.#containers.map((one) => one.RestartCount));
  }

  /** The latest picture. */
  get picture(): Picture | undefined {
    return this.#picture;
  }

  /**
   * Waits until a picture satisfies `done`.
   * @throws what ended the watch, the signal's reason, or what `done` throws.
   */
  until(done: (picture: Picture) => boolean, signal: AbortSignal): Promise<Picture> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        this.#listeners.delete(look);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        finish();
        reject(signal.reason);
      };
      const look = (picture: Picture | undefined) => {
        try {
          if (this.#ended) throw this.#ended;
          if (!picture || !done(picture)) return;
          finish();
          resolve(picture);
        } catch (error) {
          finish();
          reject(error);
        }
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#listeners.add(look);
      look(this.#picture);
    });
  }

  /** @throws DeployError when the picture shows that waiting longer would not help. */
  check(picture: Picture, where: string): void {
    const { failed } = picture.readiness;
    if (failed.length > 0) {
      throw new DeployError(
        failed.map(
          ({ service, container, reason, evidence }): Fault => ({
            code: 'app-not-ready',
            where: `${where}, service ${service}`,
            what: `The container ${container ?? ''} ${reason}.`,
            remedy: 'Its log below says why. The old release goes on serving.',
            ...(evidence ? { evidence } : {}),
          }),
        ),
      );
    }
    if (picture.up) throw new DeployError(upFault(this.#said, where));
  }

  /** Who is not ready yet, for the message of a deadline. */
  get waitingFor(): string {
    const waiting = this.#picture?.readiness.waiting ?? [];
    return (
      waiting.map(({ service, reason }) => `${service}: ${reason}`).join('; ') || 'no container was started'
    );
  }

  /** Ends the watch; the project stays as it is. */
  stop(): void {
    this.#listeners.clear();
    this.#stop.abort(new Error('done'));
  }
}

/** What Compose said when it could not bring the project up. */
function upFault(said: readonly string[], where: string): Fault {
  const lines = said.filter(
    (line) => !/^\s*(Container|Network|Volume) \S+\s+(Creat|Start|Wait|Runn|Recreat|Health)/.test(line),
  );
  const full = lines.some((line) => /no space left/i.test(line));
  const last = lines.at(-1)?.trim() ?? '';
  return {
    code: full ? 'host-disk-full' : 'compose-up',
    where,
    what: full ? `The disk of the server is full: ${last}` : `Compose could not start the project: ${last}`,
    remedy: full
      ? 'Make room (docker system df shows where it went), then run the deploy again.'
      : 'The words are those of Docker on the server; try the compose file there by hand when they are not enough.',
    evidence: lines.slice(-20).join('\n'),
  };
}

/** Reads them, and never fails. */
export async function logsOf(server: Server, project: string): Promise<string> {
  try {
    return (await server.host.run(projectLogs(project), { timeoutMs: 10_000 })).stdout.trim();
  } catch (error) {
    return `(no logs: ${messageOf(error)})`;
  }
}
