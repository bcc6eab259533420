import * as names from '../config/names.ts';
import { nearest } from '../config/nearest.ts';
import { quoted } from '../config/problem.ts';
import { DeployError, type Fault } from '../errors.ts';
import type { Wishes } from './propose.ts';

/** What was said in the line. */
export interface InitOptions extends Wishes {
  readonly compose?: readonly string[];
  /** Write over files that are there. */
  readonly force: boolean;
  /** Ask nothing. */
  readonly yes: boolean;
}

interface OptionSpec {
  readonly description: string;
  /** What is wrong with a value. Without it the option is a switch. */
  readonly check?: names.Check;
  readonly several?: true;
}

const number: names.Check = (text) =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
    ? undefined
    : { what: 'must be a whole number from 1 to 65535', remedy: 'Write for instance 80.' };

const OPTIONS = {
  app: { description: 'name of the app; that of the folder by default', check: names.appName },
  compose: {
    description: 'compose file; the one with a usual name by default',
    check: names.repositoryPath,
    several: true,
  },
  host: { description: 'server, as user@host or user@host:port', check: names.server, several: true },
  hostname: { description: 'public hostname', check: names.hostname, several: true },
  service: { description: 'service that the public reaches', check: names.serviceName },
  port: { description: 'port of that service inside its container', check: number },
  health: { description: 'path that says whether it works, such as /health', check: names.requestPath },
  shared: {
    description: 'service that both colors share, such as the database',
    check: names.serviceName,
    several: true,
  },
  profile: {
    description: 'profile of the compose file that is switched on',
    check: names.serviceName,
    several: true,
  },
  push: {
    description: '"ssh", or a registry and a folder in it, such as ghcr.io/org',
    check: names.pushTarget,
  },
  previews: { description: 'also an environment for each pull request' },
  force: { description: 'write over files that are there' },
  yes: { description: 'ask nothing, take what is proposed' },
} as const satisfies Record<string, OptionSpec>;
type OptionName = keyof typeof OPTIONS;
const NAMES = Object.keys(OPTIONS) as OptionName[];
const spec = (name: OptionName): OptionSpec => OPTIONS[name];

/** What is wrong with the value of an option; for answers too. */
export const checkOf = (name: OptionName): names.Check => spec(name).check ?? (() => undefined);

/**
 * Reads the words behind `init`.
 * @throws DeployError init-option with every fault
 */
export function initOptions(words: readonly string[]): InitOptions {
  const faults: Fault[] = [];
  const reject = (what: string, remedy: string) =>
    faults.push({ code: 'init-option', what, where: 'command line', remedy });
  const given = new Map<OptionName, string[]>();
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, written = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const name = NAMES.find((option) => option === written);
    if (name === undefined) {
      const meant = nearest(written || word, NAMES);
      reject(`init knows no ${quoted(word)}.`, meant ? `Write --${meant}.` : 'See init --help.');
      // Its value is no word of its own.
      if (word.startsWith('--') && inline === undefined && rest[0]?.startsWith('--') === false) rest.shift();
      continue;
    }
    const { check, several } = spec(name);
    const value =
      check === undefined ? 'true' : (inline ?? (rest[0]?.startsWith('--') ? undefined : rest.shift()));
    if (value === undefined) {
      reject(`--${name} has no value.`, `Write --${name} VALUE.`);
      continue;
    }
    const problem = check?.(value);
    if (problem) reject(`--${name} ${problem.what}.`, problem.remedy);
    if (given.has(name) && !several) reject(`--${name} is given twice.`, 'Keep one of them.');
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  if (faults.length > 0) throw new DeployError(faults);
  const one = (name: OptionName) => given.get(name)?.[0];
  const all = (name: OptionName) => given.get(name);
  const options = {
    app: one('app'),
    compose: all('compose'),
    hosts: all('host'),
    hostnames: all('hostname')?.map((name) => name.toLowerCase()),
    service: one('service'),
    port: given.has('port') ? Number(one('port')) : undefined,
    health: one('health'),
    shared: all('shared'),
    profiles: all('profile'),
    push: one('push'),
  };
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(said) as Partial<InitOptions>),
    previews: given.has('previews'),
    force: given.has('force'),
    yes: given.has('yes'),
  };
}

/** What `init --help` prints. */
export function initHelp(): string {
  const lines = NAMES.map((name) => {
    const { description, check, several }: OptionSpec = OPTIONS[name];
    const option = `--${name}${check ? ' VALUE' : ''}`;
    return `  ${option.padEnd(18)} ${description}${several ? ' (may be given several times)' : ''}`;
  });
  return [
    'Usage: restaurant-deploy init [options]',
    '',
    '  Looks at the compose file and writes deploy.yml and the workflows for GitHub. On a terminal it asks for what',
    '  it can not know.',
    '',
    ...lines,
    '',
  ].join('\n');
}
