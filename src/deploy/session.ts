import { DeployError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Context } from './context.ts';
import { type Facts, inspect, readFacts } from './facts.ts';
import { HEARTBEAT_MS, HELD, heartbeat, release } from './lease.ts';
import { closedFault } from './machine.ts';
import { preflight } from './preflight.ts';
import { leaseSchema } from './records.ts';
import { recover } from './recover.ts';
import { Server } from './server.ts';

/** How long a run waits for another one's lease, and how often it looks. */
const WAIT_MS = 10 * 60_000;
const LOOK_MS = 2_000;

/** Connections to all hosts of the environment. */
export async function openHosts(context: Context): Promise<Host[]> {
  return Promise.all(context.config.hosts.map(context.openHost));
}

/** Reads a host without taking its lease. */
export async function look(context: Context, host: Host, images: readonly string[]): Promise<Facts> {
  const { app, environment } = context.config;
  const { stdout, stderr, code } = await host.run(inspect(app, environment, images), {
    signal: context.signal,
  });
  return facts(context, host, code, stdout, stderr);
}

function facts(context: Context, host: Host, code: number, stdout: string, stderr: string): Facts {
  const { app, environment } = context.config;
  if (code !== 0) {
    const closed = /mkdir:.* '?([^':]+)'?: (Permission denied|Read-only file system)/.exec(stderr)?.[1];
    if (closed) throw new DeployError(closedFault([closed], host.name));
    const full = /no space left/i.test(stderr);
    throw new DeployError({
      code: full ? 'host-disk-full' : 'host-shell',
      where: host.name,
      what: full
        ? 'The disk of the server is full.'
        : `The server could not be read (${code}): ${stderr.trim().split('\n').at(-1)}`,
      remedy: full
        ? 'Make room: df -h and docker system df show where it went.'
        : 'A POSIX shell, flock, awk and sha256sum are needed there (util-linux, coreutils).',
    });
  }
  try {
    return readFacts(stdout, app, environment);
  } catch (cause) {
    throw new DeployError(
      {
        code: 'host-records',
        where: host.name,
        what: `The records on the server can not be read: ${cause instanceof Error ? cause.message : cause}`,
        remedy: `See ~/.restaurant-deploy/apps/${app}/${environment} on the server; its login shell must print nothing by itself.`,
      },
      { cause },
    );
  }
}

/** The lease of an environment on all its hosts, kept alive until it is given back. */
export class Session {
  readonly servers: readonly Server[];
  readonly token: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(servers: readonly Server[], token: string, timer: NodeJS.Timeout) {
    this.servers = servers;
    this.token = token;
    this.#timer = timer;
  }

  /**
   * Takes the lease on every host (in the order of their names, so that two runs can not block each other), checks
   * the hosts, and brings an interrupted change to its end.
   * @param going the environment is about to be removed: what is wrong with the host or was begun there is no reason
   *   against that.
   * @throws DeployError lease-held when somebody else holds it for longer than we wait.
   */
  static async open(
    context: Context,
    hosts: readonly Host[],
    images: readonly string[],
    going = false,
  ): Promise<Session> {
    const { token } = context;
    const servers = new Map<Host, Server>();
    const needsEdge = context.config.routes.length > 0;
    try {
      for (const host of [...hosts].sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const taken = await acquire(context, host, images, token);
        const server = new Server(host, taken);
        servers.set(host, server);
        if (going) continue;
        const faults = preflight(taken, host.name, needsEdge);
        if (faults.length > 0) throw new DeployError(faults);
        if (await recover(context, server, token)) server.facts = await acquire(context, host, images, token);
      }
    } catch (error) {
      for (const server of servers.values()) await giveBack(server, token);
      throw error;
    }
    const all = hosts.map((host) => servers.get(host) as Server);
    const timer = setInterval(() => {
      for (const server of all) beat(context, server, token);
    }, HEARTBEAT_MS);
    return new Session(all, token, timer);
  }

  /** Gives the lease back everywhere and closes the edge's doors. Never throws. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const server of this.servers) {
      if (server.holdsLease) await giveBack(server, this.token);
      server.release();
    }
  }
}

function beat(context: Context, server: Server, token: string): void {
  if (!server.holdsLease) return;
  server.host.run(heartbeat(server.facts.paths.root, token)).then(
    ({ code }) => {
      if (code !== HELD || !server.holdsLease) return;
      context.abort(
        new DeployError({
          code: 'lease-lost',
          where: server.host.name,
          what: 'The lease of this environment was taken over by another run.',
          remedy:
            'This run was without a sign of life for too long, or a person unlocked it. The other run has the word now.',
        }),
      );
    },
    () => {
      // A lost connection is told by the command that waits for an answer.
    },
  );
}

async function giveBack(server: Server, token: string): Promise<void> {
  try {
    await server.host.run(release(server.facts.paths.root, token), { timeoutMs: 5_000 });
  } catch {
    // The lease ends by itself when its heartbeat does.
  }
}

/** Who holds a lease, by its record; undefined when that can not be read. */
function holderOf(record: string): { readonly who: string; readonly since: string } | undefined {
  try {
    const { by, run, since } = leaseSchema.parse(JSON.parse(record));
    return { who: `${by} (${run})`, since };
  } catch {
    return undefined;
  }
}

/** What became of a lease that was taken over: `stale SECONDS record` is what ACQUIRE says of it. */
function overtaken(said: string): string {
  const [, seconds, record = ''] = /^stale (\d+) (.*)$/m.exec(said) ?? [];
  const who = holderOf(record)?.who ?? 'the run before';
  return `nothing was heard of ${who} for ${seconds} s; its lease was taken over`;
}

/** Takes the lease of one host, waiting for who holds it, and reads the host in the same round trip. */
async function acquire(
  context: Context,
  host: Host,
  images: readonly string[],
  token: string,
): Promise<Facts> {
  const { config, author } = context;
  const until = context.now() + WAIT_MS;
  let told = '';
  for (;;) {
    const record = JSON.stringify({ token, ...author, since: new Date(context.now()).toISOString() });
    const command = inspect(config.app, config.environment, images, { record, token });
    const { code, stdout, stderr } = await host.run(command, { signal: context.signal });
    if (code !== HELD) {
      if (stderr.startsWith('stale')) context.log.info(overtaken(stderr));
      return facts(context, host, code, stdout, stderr);
    }
    const holder = holderOf(stdout.split('\n').slice(1).join('\n'));
    const who = holder ? `${holder.who} since ${holder.since}` : 'another run';
    if (context.now() >= until) {
      throw new DeployError({
        code: 'lease-held',
        where: host.name,
        what: `${who} is changing ${config.app} ${config.environment}; it did not end within ${WAIT_MS / 60_000} minutes.`,
        remedy: 'Wait for it, or when it is dead for sure: command: unlock.',
      });
    }
    if (told !== who) context.log.info(`waiting for ${who}, at most ${WAIT_MS / 60_000} minutes`);
    told = who;
    await context.sleep(LOOK_MS);
    context.signal.throwIfAborted();
  }
}
