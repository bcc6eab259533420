import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeployError, ended, type Fault } from '../../errors.ts';
import type { Host, Output } from '../../hosts/host.ts';
import { type Credentials, knowsLogin, loginOnly, ownConfig, readDockerConfig } from './docker-config.ts';
import { registryOf } from './names.ts';

/** A registry that let us in. */
export interface Registry {
  /** As names of images begin: `ghcr.io`. */
  readonly name: string;
  /** What the names of our images begin with: `ghcr.io/org`. */
  readonly prefix: string;
  /** The environment in which docker of the runner has the login. */
  readonly env: NodeJS.ProcessEnv;
  /** A config.json with the login, for the servers; undefined when they need none of ours. */
  readonly serverConfig: string | undefined;
}

export interface LoginRequest {
  readonly local: Host;
  /** The runner's environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly prefix: string;
  readonly credentials: Credentials | undefined;
  /** A folder of this run alone, removed at its end; asked for only when there is something to put there. */
  readonly folder: () => string;
  readonly sleep: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Milliseconds for one answer of the registry, through docker; and before the next try, doubled each time. */
const ANSWER_MS = 60_000;
const WAIT_MS = 1_000;
const TRIES = 3;

/** A tag that nobody has: asking for it tells whether we may ask. */
const NO_TAG = 'restaurant-deploy-asks';

/**
 * Makes sure, before anything is built, that the registry is there and lets us in. The login goes through standard
 * input into a config.json of this run alone, never into the user's. Without credentials the runner's own login is
 * tried (a step before may have made it), and without one whether the registry wants any.
 * @throws DeployError registry-login, registry-login-missing, registry-unreachable.
 */
export async function openRegistry(request: LoginRequest): Promise<Registry> {
  const { env, prefix, credentials } = request;
  const name = registryOf(`${prefix}/x`);
  if (credentials) {
    const own = { ...env, DOCKER_CONFIG: ownFolder(request, name) };
    const argv = ['docker', 'login', '--username', credentials.username, '--password-stdin', name];
    const { code, stderr } = await ask(request, { argv, stdin: credentials.password }, own);
    if (code !== 0) throw new DeployError(loginFault(name, stderr, `of ${credentials.username}`));
    return { name, prefix, env: own, serverConfig: loginOnly(name, credentials) };
  }
  const registry = { name, prefix, env, serverConfig: undefined };
  const config = readDockerConfig(read(join(userFolder(env), 'config.json')));
  if (knowsLogin(config, name)) {
    const { code, stderr } = await ask(request, { argv: ['docker', 'login', name] }, env);
    if (code !== 0) throw new DeployError(loginFault(name, stderr, 'that this runner has'));
    return registry;
  }
  const { code, stderr } = await ask(
    request,
    { argv: ['docker', 'pull', '--quiet', `${prefix}/${NO_TAG}:${NO_TAG}`] },
    env,
  );
  if (code === 0 || UNKNOWN.test(stderr)) return registry;
  throw new DeployError(REFUSED.test(stderr) ? missingFault(name) : loginFault(name, stderr, ''));
}

const REFUSED = /unauthori[sz]ed|denied|no basic auth|authentication required|incorrect username|\b40[13]\b/i;
const UNKNOWN = /manifest unknown|not found|name unknown/i;

/** Asks again when the registry or the way to it fails, not when it refuses. */
async function ask(
  { local, signal, sleep }: LoginRequest,
  command: { argv: readonly string[]; stdin?: string },
  env: NodeJS.ProcessEnv,
): Promise<Output> {
  for (let attempt = 1, wait = WAIT_MS; ; attempt++, wait *= 2) {
    const output = await local.run(command, { env, signal, timeoutMs: ANSWER_MS }).catch((error: unknown) => {
      signal.throwIfAborted();
      // Docker waits long for what does not answer; a fault of its own start is told by what runs next.
      return { code: 1, stdout: '', stderr: `no answer: ${error instanceof Error ? error.message : error}` };
    });
    const final = REFUSED.test(output.stderr) || UNKNOWN.test(output.stderr);
    if (output.code === 0 || final || attempt === TRIES) return output;
    await sleep(wait);
    signal.throwIfAborted();
  }
}

/** The runner's docker folder, as docker itself finds it. */
const userFolder = (env: NodeJS.ProcessEnv) => env.DOCKER_CONFIG || join(env.HOME ?? '/', '.docker');

const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** A docker folder like the user's: plugins, builders and contexts are theirs, only the logins are a copy. */
function ownFolder({ env, folder }: LoginRequest, registry: string): string {
  const user = userFolder(env);
  const own = folder();
  const config = ownConfig(readDockerConfig(read(join(user, 'config.json'))), registry);
  writeFileSync(join(own, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  if (existsSync(user)) {
    for (const name of readdirSync(user))
      if (name !== 'config.json') symlinkSync(join(user, name), join(own, name));
  }
  return own;
}

/** Why a login did not work, by docker's words. */
export function loginFault(registry: string, said: string, whose: string): Fault {
  const line = lastLine(said);
  if (REFUSED.test(said)) {
    return {
      code: 'registry-login',
      where: registry,
      what: `The registry refuses the login ${whose}: ${ended(line)}`,
      remedy:
        'Check registry-username and registry-password: a token may have expired, or may not be meant for packages.',
    };
  }
  return {
    code: 'registry-unreachable',
    where: registry,
    what: `The registry can not be reached from the runner: ${ended(line)}`,
    remedy: /HTTP response to HTTPS|certificate|x509/i.test(said)
      ? 'Docker trusts it when its certificate does, or when it stands in insecure-registries of /etc/docker/daemon.json.'
      : `It was tried ${TRIES} times. Nothing was built; run the deploy again when it answers.`,
  };
}

const missingFault = (registry: string): Fault => ({
  code: 'registry-login-missing',
  where: registry,
  what: 'The registry wants a login, and there is none.',
  remedy:
    'Give the inputs registry-username and registry-password; for ghcr.io ${{ github.actor }} and ${{ secrets.GITHUB_TOKEN }}, with permissions: packages: write.',
});

/** What docker said last, without what it says of its ways. */
export const lastLine = (said: string): string =>
  (
    said
      .split('\n')
      .map((line) => line.trim())
      .findLast(
        (line) => line !== '' && !/^(Info ->|Error: Cannot perform an interactive login)/.test(line),
      ) ?? 'no reason given'
  ).replace(/^(Login did not succeed, error: )?(Error response from daemon: )?/, '');
