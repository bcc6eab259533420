import type { GetSecretValueCommandOutput, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { AwsReference, AwsStore } from '../config/config.ts';
import type { Fault } from '../errors.ts';
import { awsFault } from './aws-faults.ts';
import { fieldOf } from './keys.ts';
import type { Found, Provider, World } from './provider.ts';
import { type Read, reads } from './references.ts';

/** Tries of one request, the first included; the SDK waits longer before each, and longer still when throttled. */
const TRIES = 4;
const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;

/** AWS Secrets Manager, through the official SDK, which signs and retries. */
export function awsSecrets(store: AwsStore, world: World): Provider {
  return {
    read: async () => {
      // A large part of the bundle, and most runs have no use for it.
      const sdk = await import('@aws-sdk/client-secrets-manager');
      const clients = new Map<string, SecretsManagerClient>();
      const clientFor = (region: string | undefined): SecretsManagerClient => {
        const known = clients.get(region ?? '');
        if (known) return known;
        const made = new sdk.SecretsManagerClient({
          ...(region !== undefined && { region }),
          maxAttempts: TRIES,
          requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS },
        });
        clients.set(region ?? '', made);
        return made;
      };
      const one = async (read: Read<AwsReference>): Promise<readonly (Found | Fault)[]> => {
        const { secret, version } = read.reference;
        try {
          const got = await clientFor(store.region ?? regionOf(secret)).send(
            new sdk.GetSecretValueCommand({ SecretId: secret, ...versionOf(version) }),
            { abortSignal: world.signal },
          );
          return read.wanted.map(({ name, reference }) => outcomeOf(name, reference, got, world));
        } catch (error) {
          world.signal.throwIfAborted();
          return [awsFault(error, read)];
        }
      };
      try {
        const all = reads(store.values, ({ secret, version }) => JSON.stringify([secret, version]));
        return (await Promise.all(all.map(one))).flat();
      } finally {
        for (const client of clients.values()) client.destroy();
      }
    },
  };
}

/** An ARN names its region. */
const regionOf = (secret: string): string | undefined => /^arn:[^:]+:[^:]+:([^:]+):/.exec(secret)?.[1];

/** The ids of versions have 32 to 64 characters, mostly those of a UUID; labels are words. */
const versionOf = (version: string | undefined) =>
  version === undefined
    ? {}
    : /^[A-Za-z0-9-]{32,64}$/.test(version)
      ? { VersionId: version }
      : { VersionStage: version };

function outcomeOf(
  name: string,
  { secret, key }: AwsReference,
  got: GetSecretValueCommandOutput,
  { log }: World,
): Found | Fault {
  const where = `secrets.aws.values.${name}`;
  const text = got.SecretString;
  if (text === undefined) {
    const what = `The secret ${secret} is binary.`;
    return { code: 'secrets-key', what, where, remedy: 'Store it as text, in base64 for instance.' };
  }
  const field = key === undefined ? { value: text } : fieldOf(text, key);
  if ('problem' in field) {
    return {
      code: 'secrets-key',
      what: `The secret ${secret} ${field.problem}.`,
      where,
      remedy: field.remedy,
    };
  }
  log.mask(field.value);
  const { VersionId: version } = got;
  return {
    name,
    value: field.value,
    origin: { from: 'aws', secret: got.ARN ?? secret, ...(version !== undefined && { version }) },
  };
}
