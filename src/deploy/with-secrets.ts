import { resolveEnv, storedNames } from '../config/env.ts';
import type { Host } from '../hosts/host.ts';
import type { Context } from './context.ts';

/**
 * The context with what the stores hold in it; without a store it is the same one. The stores win over the input.
 * @throws DeployError secrets-... with all that can not be had
 */
export async function withSecrets(context: Context, hosts: () => Promise<readonly Host[]>): Promise<Context> {
  const { config, log } = context;
  const stored = storedNames(config.secrets);
  if (stored.length === 0) return context;
  const { values, origins } = await context.fetchSecrets(hosts);
  const twice = stored.filter((name) => Object.hasOwn(context.secrets, name));
  if (twice.length > 0) log.info(`from their stores, not from the input secrets: ${twice.join(', ')}`);
  const secrets = { ...context.secrets, ...values };
  const resolved = resolveEnv(config, new Map(Object.entries(secrets)));
  return { ...context, env: resolved.values, filling: resolved.filling, secrets, origins };
}

/**
 * All secrets that are known, with those of `names` that a store holds: for who is told, whose URLs no release has.
 * @throws DeployError secrets-... with all that can not be had
 */
export async function secretsWith(
  { config, secrets, fetchSecrets }: Pick<Context, 'config' | 'secrets' | 'fetchSecrets'>,
  names: readonly string[],
  hosts: () => Promise<readonly Host[]>,
): Promise<Readonly<Record<string, string>>> {
  const stored = storedNames(config.secrets);
  const wanted = names.filter((name) => stored.includes(name));
  if (wanted.length === 0) return secrets;
  const { values } = await fetchSecrets(hosts, wanted);
  return { ...secrets, ...values };
}
