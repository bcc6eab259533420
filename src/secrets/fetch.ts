import type { SecretStores } from '../config/config.ts';
import { DeployError, type Fault } from '../errors.ts';
import { awsSecrets } from './aws.ts';
import { hostSecrets } from './host.ts';
import { type Found, isFault, type Origin, type Provider, type World } from './provider.ts';
import { vaultSecrets } from './vault.ts';

/** Values by name, and where each came from. */
export interface Fetched {
  readonly values: Readonly<Record<string, string>>;
  readonly origins: Readonly<Record<string, Origin>>;
}

/** Variables of the process that open a store, of secrets or of the job's own files: masked before anything is said. */
export const CREDENTIALS = [
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'VAULT_TOKEN',
  'VAULT_SECRET_ID',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
] as const;

/**
 * Reads every secret that the settings place in a store, from all stores at once.
 * @throws DeployError (secrets-...) with every fault of every store; no value is in it
 */
export async function fetchSecrets(stores: SecretStores, world: World): Promise<Fetched> {
  const providers: Provider[] = [
    ...(stores.aws ? [awsSecrets(stores.aws, world)] : []),
    ...(stores.vault ? [vaultSecrets(stores.vault, world)] : []),
    ...(Object.keys(stores.host).length > 0 ? [hostSecrets(stores.host, world)] : []),
  ];
  const all = (await Promise.all(providers.map(readAll))).flat();
  const found = all.filter((one) => !isFault(one)) as readonly Found[];
  const faults = [...all.filter(isFault), ...found.flatMap(valueFaults)];
  // What one login brought about is told once, however many secrets wanted it.
  const unique = [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
  if (unique.length > 0) throw new DeployError(unique);
  return {
    values: Object.fromEntries(found.map(({ name, value }) => [name, value])),
    origins: Object.fromEntries(found.map(({ name, origin }) => [name, origin])),
  };
}

/**
 * Reads all of the stores, or some names of them. Of those names, what this run has read before is not asked for again:
 * its end may come after a cancellation, when nobody is asked any more.
 * @throws DeployError (secrets-...) as fetchSecrets does
 */
export function rememberingFetch(stores: SecretStores, world: Omit<World, 'hosts'>) {
  let known: Fetched = { values: {}, origins: {} };
  return async (hosts: World['hosts'], names?: readonly string[]): Promise<Fetched> => {
    const wanted = names?.filter((name) => !Object.hasOwn(known.values, name));
    if (wanted?.length === 0) return known;
    const found = await fetchSecrets(wanted ? only(stores, wanted) : stores, { ...world, hosts });
    known = {
      values: { ...known.values, ...found.values },
      origins: { ...known.origins, ...found.origins },
    };
    return known;
  };
}

/** The stores as far as they hold these; one that holds none of them is not asked. */
export function only(stores: SecretStores, names: readonly string[]): SecretStores {
  const of = <T>(values: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
  const [aws, vault] = [of(stores.aws?.values ?? {}), of(stores.vault?.values ?? {})];
  return {
    input: stores.input,
    host: of(stores.host),
    ...(stores.aws && Object.keys(aws).length > 0 && { aws: { ...stores.aws, values: aws } }),
    ...(stores.vault && Object.keys(vault).length > 0 && { vault: { ...stores.vault, values: vault } }),
  };
}

/** One store that can not be opened does not hide what is wrong with another. */
async function readAll(provider: Provider): Promise<readonly (Found | Fault)[]> {
  try {
    return await provider.read();
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return error.faults;
  }
}

function valueFaults({ name, value, origin: { from, secret } }: Found): Fault[] {
  const where = from === 'host' ? `secrets.host.${name}` : `secrets.${from}.values.${name}`;
  if (value === '') {
    return [
      {
        code: 'secrets-empty',
        where,
        what: `${name} is empty in ${secret}.`,
        remedy: 'Store a value; an empty one is never taken.',
      },
    ];
  }
  if (!value.includes('\0') && value.isWellFormed()) return [];
  return [
    {
      code: 'secrets-value',
      where,
      what: `${name} holds a NUL or half a character.`,
      remedy: 'No variable can carry it: encode the value.',
    },
  ];
}
