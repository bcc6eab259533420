import { command } from '../../commands/command.ts';
import { DeployError, ended, type Fault } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';
import type { Log } from '../../log.ts';
import { beside } from '../beside.ts';
import { lastLine, type Registry } from './login.ts';
import { byDigest } from './names.ts';

/** An image of the runner, and its name in the registry. */
export interface Push {
  /** Name or id on the runner. */
  readonly image: string;
  /** With a tag. */
  readonly name: string;
}

export interface RegistryPusher {
  readonly local: Host;
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** How often a push is tried, and the milliseconds before the next try, doubled each time. */
const TRIES = 4;
const WAIT_MS = 1_000;

/**
 * Pushes images, all at once; layers that the registry has are not sent.
 * @returns name -> reference by digest.
 * @throws DeployError image-push: one fault, even when a registry that is down fails all of them.
 */
export async function pushToRegistry(
  pusher: RegistryPusher,
  registry: Registry,
  pushes: readonly Push[],
): Promise<Map<string, string>> {
  const references = new Map<string, string>();
  await beside(
    pusher.signal,
    pushes.map((push) => async (signal) => {
      references.set(push.name, await pushOne({ ...pusher, signal }, registry, push));
    }),
  );
  return references;
}

async function pushOne(pusher: RegistryPusher, registry: Registry, { image, name }: Push): Promise<string> {
  const { local, log, signal } = pusher;
  const docker = (...words: string[]) =>
    local.run(command('docker', ...words), { env: registry.env, signal });
  // The name is only for the way: left there, each version would keep its image on the runner for ever.
  const lent = image !== name;
  if (lent) await docker('tag', image, name);
  try {
    for (let attempt = 1, wait = WAIT_MS; ; attempt++, wait *= 2) {
      const { code, stdout, stderr } = await docker('push', name);
      const digest = code === 0 ? digestOf(stdout) : undefined;
      if (digest) {
        log.info(`${name}: ${pushedLine(stdout)}, ${digest}`);
        return byDigest(name, digest);
      }
      const said = stderr.trim() === '' ? stdout : stderr;
      if (attempt === TRIES || !worthRetrying(said, stdout))
        throw new DeployError(pushFault(registry.name, name, said));
      log.info(`${name}: ${lastLine(said)}; trying again in ${wait / 1000} s`);
      await pusher.sleep(wait);
      signal.throwIfAborted();
    }
  } finally {
    if (lent) await local.run(command('docker', 'rmi', name), { env: registry.env });
  }
}

/** The digest that docker tells as the last thing of a push. */
export const digestOf = (stdout: string): string | undefined =>
  /\bdigest: (sha256:[0-9a-f]{64})\b/.exec(stdout)?.[1];

/** How many layers went, and how many the registry had. */
function pushedLine(stdout: string): string {
  const count = (word: RegExp) => new Set(stdout.split('\n').filter((line) => word.test(line))).size;
  const there = count(/: (Layer already exists|Mounted from )/);
  return `${count(/: Pushed$/)} layers pushed, ${there} were there`;
}

const DENIED = /denied|unauthori[sz]ed|forbidden|no basic auth|authentication required/i;

/** Docker itself tries each layer several times; once it gave up on one, more of the same only takes time. */
export function worthRetrying(said: string, stdout: string): boolean {
  if (DENIED.test(said) || /name unknown|does not exist|invalid|not supported|too large/i.test(said))
    return false;
  return !/: Retrying in 1 second/.test(stdout);
}

export function pushFault(registry: string, name: string, said: string): Fault {
  const line = lastLine(said);
  const remedy = DENIED.test(said)
    ? 'The login may not write there: a GITHUB_TOKEN needs permissions: packages: write in the workflow, another token the right to write packages.'
    : /name unknown|does not exist/i.test(said)
      ? 'This registry wants a repository to be made before the first push (ECR: aws ecr create-repository).'
      : 'Nothing was changed on the servers; run the deploy again when the registry answers.';
  return { code: 'image-push', where: registry, what: `${name} could not be pushed: ${ended(line)}`, remedy };
}
