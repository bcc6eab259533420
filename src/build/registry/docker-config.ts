import * as z from 'zod';
import { loginKey } from './names.ts';

/** Who pushes and pulls. The password never stands in an argument or a log. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** docker's config.json, as far as logins go; the rest passes through. */
const configSchema = z.looseObject({
  auths: z.record(z.string(), z.unknown()).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});
export type DockerConfig = z.infer<typeof configSchema>;

/** The user's config.json; one that can not be read counts as empty, as docker itself would say so soon enough. */
export function readDockerConfig(text: string | undefined): DockerConfig {
  try {
    return configSchema.parse(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

/** Does docker know a login for the registry already? One that a store keeps has an entry, an empty one, here too. */
export function knowsLogin({ auths, credHelpers }: DockerConfig, registry: string): boolean {
  const key = loginKey(registry);
  return Object.hasOwn(auths ?? {}, key) || Object.hasOwn(credHelpers ?? {}, key);
}

/**
 * The user's config.json for a folder of our own: the same, but that a login to this registry is written into the file
 * beside it and not into the user's store of passwords, where it would stay.
 */
export function ownConfig(config: DockerConfig, registry: string): DockerConfig {
  const { credsStore, ...rest } = config;
  const key = loginKey(registry);
  const others = Object.keys(config.auths ?? {}).filter((name) => name !== key);
  const helpers = {
    ...(credsStore === undefined ? {} : Object.fromEntries(others.map((name) => [name, credsStore]))),
    ...config.credHelpers,
  };
  return {
    ...rest,
    auths: Object.fromEntries(others.map((name) => [name, config.auths?.[name]])),
    credHelpers: Object.fromEntries(Object.entries(helpers).filter(([name]) => name !== key)),
  };
}

/** A config.json that holds one login and nothing else: for the servers, which get it through standard input. */
export function loginOnly(registry: string, credentials: Credentials): string {
  return JSON.stringify({ auths: { [loginKey(registry)]: { auth: authOf(credentials) } } });
}

/** A login as config.json holds it: no more than another way to write the password. */
export const authOf = ({ username, password }: Credentials): string =>
  Buffer.from(`${username}:${password}`).toString('base64');
