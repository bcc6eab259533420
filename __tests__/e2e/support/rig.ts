import { join } from 'node:path';
import { execute, ROOT } from './process.ts';

const RIG = join(ROOT, 'script', 'rig');
/** A rig of their own, so that the tests touch no servers that somebody works with. */
const env = { ...process.env, RIG_NAME: process.env.RIG_NAME ?? 'e2e' };

/** A server of the rig. */
export interface Server {
  readonly number: number;
  /** user@host:port */
  readonly host: string;
  /** URL of its port 80. */
  readonly http: string;
  readonly https: string;
}

export interface Rig {
  readonly servers: readonly Server[];
  /** Path of the private key that every server lets in. */
  readonly key: string;
  /** Path of the servers' host keys. */
  readonly knownHosts: string;
  /** host:port of the registry, valid on this machine and on the servers. */
  readonly registry: string;
}

/** Makes new servers, with nothing on them, in place of those there were. */
export async function rigUp(count: number): Promise<Rig> {
  await rigDown();
  const printed = await execute(RIG, ['up', String(count)], { env, timeoutMs: 600_000 });
  const lines = new Map(
    printed
      .trim()
      .split('\n')
      .map((line): [string, string] => [
        line.slice(0, line.indexOf('=')),
        line.slice(line.indexOf('=') + 1).replaceAll('\\', ''),
      ]),
  );
  const value = (name: string) => {
    const found = lines.get(name);
    if (!found) throw new Error(`script/rig up printed no ${name}: ${printed}`);
    return found;
  };
  return {
    servers: Array.from({ length: count }, (_, at) => at + 1).map((number) => ({
      number,
      host: value(`RIG_HOST_${number}`),
      http: value(`RIG_HTTP_${number}`),
      https: value(`RIG_HTTPS_${number}`),
    })),
    key: value('RIG_KEY'),
    knownHosts: value('RIG_KNOWN_HOSTS'),
    registry: value('RIG_REGISTRY'),
  };
}

/** Removes the servers with all that is on them. */
export async function rigDown(): Promise<void> {
  await execute(RIG, ['down'], { env });
}

/** Runs a line of shell as root on a server, and gives what it prints. */
export async function sh(server: Server, line: string, input = ''): Promise<string> {
  return execute(RIG, ['sh', String(server.number), line], { env, input });
}

/** Kills the server and starts it again; returns when its Docker and sshd answer. */
export async function powerCut(server: Server): Promise<void> {
  await execute(RIG, ['power-cut', String(server.number)], { env });
}

/** A line of shell that waits until Docker of a server answers, for 30 s at most. */
export const DOCKER_ANSWERS =
  'for i in $(seq 300); do docker info >/dev/null 2>&1 && break; sleep 0.1; done; docker info >/dev/null';
