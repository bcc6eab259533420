import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { authOf } from './build/registry/docker-config.ts';
import type { Config } from './config/config.ts';
import { absentSecrets, missingSecrets, parseSecrets, resolveEnv, storedNames } from './config/env.ts';
import { readConfig } from './config/read.ts';
import { commitTime } from './deploy/commit.ts';
import type { Context } from './deploy/context.ts';
import { DeployError } from './errors.ts';
import type { Host } from './hosts/host.ts';
import { LocalHost } from './hosts/local.ts';
import { addressesOf } from './hosts/name.ts';
import { sshOpener } from './hosts/opener.ts';
import type { Inputs } from './inputs.ts';
import type { Log } from './log.ts';
import { makeOwnFolder, removeOwnFolder } from './own-folder.ts';
import { CREDENTIALS, rememberingFetch } from './secrets/fetch.ts';

/** A context, and the end of all its connections. */
export interface Wired {
  readonly context: Context;
  /** The servers that were opened. */
  readonly hosts: readonly Host[];
  close(): Promise<void>;
}

/** Reads the user's settings and secrets, masks what is secret, and hands everything a change works with together. */
export function wire(inputs: Inputs, log: Log, token: string, cancel: AbortController): Wired {
  // Masked before anything else can speak of them.
  const { registryLogin } = inputs;
  // Docker writes a login down in the last form.
  const logins = registryLogin ? [registryLogin.password, authOf(registryLogin)] : [];
  const credentials = CREDENTIALS.map((name) => process.env[name] ?? '');
  const own = [inputs.sshKey, inputs.sshPassphrase ?? '', inputs.githubToken];
  for (const secret of [...own, ...logins, ...credentials]) log.mask(secret);
  const secrets = parseSecrets(inputs.secrets);
  for (const value of secrets.values()) log.mask(value);

  const read = readConfig(inputs.run.workspace, inputs.config, inputs.environment);
  const config: Config = inputs.hosts.length > 0 ? { ...read, hosts: inputs.hosts } : read;
  if (config.hosts.length === 0 && inputs.command !== 'build') {
    throw new DeployError({
      code: 'config-hosts',
      file: inputs.config,
      what: 'No server is named.',
      remedy: 'Add hosts: [deploy@203.0.113.7], or pass the input host.',
    });
  }
  const { values, filling, missing } = resolveEnv(config, secrets);
  const stored = storedNames(config.secrets);
  const absent = missing.filter((name) => !stored.includes(name));
  if (absent.length > 0 && (inputs.command === 'deploy' || inputs.command === 'preview'))
    throw missingSecrets(absent);

  // A build may do without secrets of the containers: it is told where one is needed all the same.
  const standIns = inputs.command === 'build' ? absentSecrets(missing) : {};

  const servers = sshOpener({
    credentials: {
      key: inputs.sshKey,
      knownHosts: inputs.sshKnownHosts,
      ...(inputs.sshPassphrase ? { passphrase: inputs.sshPassphrase } : {}),
    },
    jumpHost: inputs.jumpHost,
    pause: (ms) => sleep(ms),
    onRetry: (fault, attempt) => log.info(`${fault.message} (try ${attempt})`),
  });
  const context: Context = {
    config,
    env: { ...values, ...standIns },
    filling: { ...filling, ...standIns },
    secrets: Object.fromEntries(secrets),
    origins: {},
    fetchSecrets: rememberingFetch(config.secrets, {
      env: process.env,
      fetch,
      sleep: (ms) => sleep(ms),
      log,
      signal: cancel.signal,
    }),
    author: { by: inputs.run.actor ?? 'unknown', run: inputs.run.runUrl ?? 'local' },
    token,
    version: inputs.version,
    commit: inputs.commit,
    committedAt: commitTime(inputs.run.workspace, inputs.commit),
    source: inputs.run.repositoryUrl,
    workspace: inputs.run.workspace,
    skipTest: inputs.skip.has('test'),
    images: inputs.images,
    skipBuild: inputs.skip.has('build'),
    skipPush: inputs.skip.has('push'),
    registryLogin,
    ownFolder: () => makeOwnFolder(token),
    // A branch that was rebased may have an older commit than its preview.
    force: inputs.force || inputs.command === 'preview',
    local: new LocalHost(process.env, inputs.run.workspace),
    openHost: servers.open,
    log,
    signal: cancel.signal,
    abort: (reason) => cancel.abort(reason),
    addressesOf,
    now: Date.now,
    sleep: (ms) => sleep(ms),
    readFile: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    existing: (path) => {
      const info = statSync(path, { throwIfNoEntry: false });
      return info?.isDirectory() ? 'directory' : info ? 'file' : undefined;
    },
  };
  const close = async () => {
    removeOwnFolder(token);
    await servers.close();
  };
  return { context, hosts: servers.hosts, close };
}
