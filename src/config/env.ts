import { DeployError, type Fault } from '../errors.ts';
import type { Config } from './config.ts';
import { parseDotenv } from './dotenv.ts';
import { VARIABLE } from './names.ts';
import { listed } from './nearest.ts';

/** Values by name. They are never part of an error. */
export type Secrets = ReadonlyMap<string, string>;

const WHERE = 'input secrets';
const NAME = new RegExp(VARIABLE);

/**
 * The values of the input `secrets`: one JSON object, such as `toJSON(secrets)` makes, or dotenv lines.
 * @throws DeployError (secrets-...) with every fault, none of which shows a value
 */
export function parseSecrets(text: string): Secrets {
  if (/^\s*[{[]/.test(text.replace(/^\uFEFF/, ''))) return jsonSecrets(text.replace(/^\uFEFF/, ''));
  const { values, bad } = parseDotenv(text);
  const faults = bad.map(({ line, what, remedy }) => fault('secrets-line', `Line ${line} ${what}.`, remedy));
  return checked(values, faults);
}

function jsonSecrets(text: string): Secrets {
  let parsed: unknown;
  try {
    // The text of a number is kept: 1.10 is not 1.1, and a long one is not rounded.
    parsed = JSON.parse(text, function (this: unknown, _key, value, context?: { source?: string }) {
      return typeof value === 'number' || typeof value === 'boolean'
        ? (context?.source ?? String(value))
        : value;
    });
  } catch {
    // The error of JSON.parse quotes the text around the slip, so it is not even kept as the cause.
    throw new DeployError(fault('secrets-json', 'This begins as JSON and is none.', OBJECT));
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new DeployError(fault('secrets-json', 'The JSON is no object.', OBJECT));
  }
  const values = new Map<string, string>();
  const faults: Fault[] = [];
  for (const [index, [name, value]] of Object.entries(parsed).entries()) {
    if (!NAME.test(name)) {
      faults.push(fault('secrets-json', `The name of entry ${index + 1} is no name of a variable.`, NAMES));
    } else if (typeof value !== 'string') {
      faults.push(fault('secrets-json', `${name} is neither a text nor a number nor a boolean.`, OBJECT));
    } else values.set(name, value);
  }
  return checked(values, faults);
}

const OBJECT = 'Give one JSON object of names and texts, or dotenv lines such as NAME=value.';
const NAMES = 'A name has letters, digits and _, no digit first.';

const fault = (code: string, what: string, remedy: string): Fault => ({ code, what, remedy, where: WHERE });

function checked(values: Secrets, faults: readonly Fault[]): Secrets {
  const carried = [...values].filter(([, value]) => value.includes('\0') || !value.isWellFormed());
  const all = [
    ...faults,
    ...carried.map(([name]) =>
      fault(
        'secrets-value',
        `${name} holds a NUL or half a character.`,
        'No variable can carry it: encode the value.',
      ),
    ),
  ];
  if (all.length > 0) throw new DeployError(all);
  return values;
}

/** The variables of an app, and the names of those that are still to be given. */
export interface Env {
  /** What the containers see. */
  readonly values: Readonly<Record<string, string>>;
  /** What the compose file may use: the same, and the secrets that reach no container as variables. */
  readonly filling: Readonly<Record<string, string>>;
  /** Secrets that are not there, or are empty: those of `env.secret`, of the stores, and those that hold a PEM text. */
  readonly missing: readonly string[];
}

/**
 * Everything that the compose file and the containers see, byte for byte, once `secrets` has what the stores hold. DOMAIN_NAME is the first route's first
 * hostname and ENVIRONMENT the environment's name, unless `env.clear` says otherwise. IMAGE_TAG, COLOR and RELEASE
 * belong to a release and are added by the deploy.
 */
export function resolveEnv(config: Config, secrets: Secrets): Env {
  const domain = config.routes[0]?.hosts[0];
  const of = (names: readonly string[]) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = secrets.get(name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  const values = {
    ENVIRONMENT: config.environment,
    ...(domain !== undefined && { DOMAIN_NAME: domain }),
    ...config.env.clear,
    ...of(config.env.secret),
  };
  const named = [...config.secrets.input, ...storedNames(config.secrets)];
  const login = config.guard?.login ? [config.guard.login.secret] : [];
  const needed = new Set([...config.env.secret, ...named, ...pemSecrets(config), ...login]);
  return {
    values,
    filling: { ...values, ...of(named) },
    missing: [...needed].filter((name) => (secrets.get(name) ?? '') === ''),
  };
}

/** Names of all secrets that a store is asked for. */
export const storedNames = ({ aws, vault, host }: Config['secrets']): string[] => [
  ...Object.keys(aws?.values ?? {}),
  ...Object.keys(vault?.values ?? {}),
  ...Object.keys(host),
];

/** The one error for all secrets that are missing. */
export function missingSecrets(missing: readonly string[]): DeployError {
  const what =
    missing.length === 1
      ? `The secret ${listed(missing)} is missing or empty.`
      : `The secrets ${listed(missing)} are missing or empty.`;
  const line = `${missing[0]}=\${{ secrets.${missing[0]} }}`;
  return new DeployError({
    code: 'secrets-missing',
    what,
    where: WHERE,
    remedy: `Give each in the input \`secrets\`, such as the line ${line}, and set it in the settings of the repository; or name its store under \`secrets\` of deploy.yml.`,
  });
}

const ABSENT = 'rd0absent0';

/** Stand-ins for secrets that are not there, in a run that may not need them. */
export const absentSecrets = (missing: readonly string[]): Record<string, string> =>
  Object.fromEntries(missing.map((name) => [name, `${ABSENT}${name}0rd`]));

/** The secrets whose stand-ins show in a text: they were needed after all. */
export const absentIn = (text: string): string[] => [
  ...new Set([...text.matchAll(new RegExp(`${ABSENT}(\\w+?)0rd`, 'g'))].map(([, name = '']) => name)),
];

/** Names of the secrets that hold the text of a certificate or a key. */
function pemSecrets(config: Config): string[] {
  const pems = config.routes.flatMap(({ tls }) => (tls ? [tls.certificate, tls.key] : []));
  return pems.flatMap((pem) => ('secret' in pem ? [pem.secret] : []));
}
