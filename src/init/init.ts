import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseDotenv } from '../config/dotenv.ts';
import { loadConfig } from '../config/load.ts';
import type { Check } from '../config/names.ts';
import { COMPOSE_NAMES } from '../config/read.ts';
import { DeployError, ended, messageOf } from '../errors.ts';
import { type ComposeFacts, composeFacts } from './compose-facts.ts';
import { checkOf, type InitOptions } from './options.ts';
import { EXAMPLE_HOST, EXAMPLE_HOSTNAME, type Proposal, propose, type Surroundings } from './propose.ts';
import { configText } from './write-config.ts';
import { workflowFiles } from './write-workflows.ts';

/** What is asked on a terminal; undefined where nobody can answer. */
export type Ask = (question: string, proposed: string, check: Check) => Promise<string>;

export interface InitWorld {
  readonly folder: string;
  /** The branch that is deployed. */
  readonly branch: string;
  readonly ask: Ask | undefined;
  readonly say: (line: string) => void;
}

/** Names that people give to a compose file for production; more likely meant than the one for their own machine. */
const PRODUCTION_NAMES = ['docker-compose', 'compose'].flatMap((name) =>
  ['prod', 'production'].flatMap((kind) => ['yml', 'yaml'].map((end) => `${name}.${kind}.${end}`)),
);

/**
 * Writes deploy.yml and the workflows of an app, out of its compose file, what was said, and what is answered.
 * @throws DeployError init-compose when there is no compose file that can be read, init-exists when files are there
 */
export async function init(options: InitOptions, world: InitWorld): Promise<readonly string[]> {
  const { folder, say } = world;
  const files = options.compose ?? [usualFile(folder)];
  const facts = read(folder, files);
  const around = surroundings(folder, files);
  const first = propose(facts, options, around);
  const wishes = world.ask && !options.yes ? await answers(options, first, facts, world.ask) : options;
  const proposal = propose(facts, wishes, around);
  const config = configText(proposal);
  // What is written must be right by our own rules, whatever the compose file holds.
  loadConfig(config, 'deploy.yml', 'production');
  const written = { 'deploy.yml': config, ...workflowFiles(proposal, world.branch) };
  write(folder, written, options.force);
  for (const line of closing(Object.keys(written), proposal)) say(line);
  return Object.keys(written);
}

function usualFile(folder: string): string {
  const found = [...PRODUCTION_NAMES, ...COMPOSE_NAMES].find((name) => existsSync(join(folder, name)));
  if (found) return found;
  throw new DeployError({
    code: 'init-compose',
    what: 'There is no compose file with a usual name in this folder.',
    where: folder,
    remedy: 'Go to the root of the repository, or name the file: --compose FILE.',
  });
}

function read(folder: string, files: readonly string[]): ComposeFacts {
  try {
    const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'));
    return composeFacts(texts, surroundings(folder, files).read);
  } catch (error) {
    const [why = ''] = messageOf(error).split('\n');
    throw new DeployError({
      code: 'init-compose',
      what: `The compose file can not be read: ${ended(why.replace(/:$/, ''))}`,
      where: files.join(', '),
      remedy: 'docker compose config tells more.',
    });
  }
}

function surroundings(folder: string, composeFiles: readonly string[]): Surroundings {
  const beside = dirname(composeFiles[0] ?? '.');
  const at = (path: string) => join(folder, beside, path);
  const text = (path: string) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : undefined);
  return {
    folder: basename(folder),
    composeFiles,
    exists: (path) => existsSync(at(path)),
    dotenv: parseDotenv(text('.env') ?? '').values,
    read: text,
  };
}

/** Asks for what can not be read from a file. */
async function answers(
  options: InitOptions,
  { app, route, shared, push }: Proposal,
  { services }: ComposeFacts,
  ask: Ask,
): Promise<InitOptions> {
  const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);
  const each =
    (check: Check): Check =>
    (text) =>
      words(text)
        .map(check)
        .find((problem) => problem !== undefined);
  const known: Check = (name) =>
    services.some((one) => one.name === name)
      ? undefined
      : {
          what: 'is no service of the compose file',
          remedy: `It has ${services.map((one) => one.name).join(', ')}.`,
        };
  const said = { ...options };
  const all: Partial<Record<keyof InitOptions, unknown>> = {};
  if (!said.app) all.app = await ask('Name of the app', app, checkOf('app'));
  if (!said.hosts) all.hosts = words(await ask('Server, as user@host', EXAMPLE_HOST, each(checkOf('host'))));
  if (!said.service) all.service = await ask('Service that the public reaches', route?.service ?? '', known);
  if (!said.hostnames) {
    const given = await ask('Public hostnames', EXAMPLE_HOSTNAME, each(checkOf('hostname')));
    all.hostnames = words(given).map((name) => name.toLowerCase());
  }
  if (!said.shared) {
    const given = await ask(
      'Services that keep data, one instance for both colors',
      shared.join(' '),
      each(known),
    );
    all.shared = words(given);
  }
  if (!said.push)
    all.push = await ask('Images go by "ssh", or over a registry such as ghcr.io/org', push, checkOf('push'));
  return { ...options, ...(all as Partial<InitOptions>) };
}

function write(folder: string, files: Readonly<Record<string, string>>, force: boolean): void {
  const there = Object.keys(files).filter((file) => existsSync(join(folder, file)));
  if (there.length > 0 && !force) {
    throw new DeployError({
      code: 'init-exists',
      what: `There is already: ${there.join(', ')}.`,
      where: folder,
      remedy: 'Move it away, or write over it with --force.',
    });
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

/** What was written, and what is left to a person. */
function closing(
  files: readonly string[],
  { open, secret, migration, push, previews, hosts }: Proposal,
): string[] {
  const [host = EXAMPLE_HOST] = hosts;
  const [, name = host, port] = /@(.*?)(?::(\d+))?$/.exec(host) ?? [];
  const registry =
    push !== 'ssh' && !push.startsWith('ghcr.io/') ? ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD'] : [];
  const secrets = ['SSH_KEY', ...(previews ? ['PREVIEW_SSH_KEY'] : []), ...registry, ...secret];
  return [
    ...files.map((file) => `written: ${file}`),
    '',
    'Still to do:',
    ...open.map((one) => `  - In deploy.yml: ${one}.`),
    ...(migration
      ? [`  - Look at hooks in deploy.yml: "${migration.run}" would run before each switch.`]
      : []),
    `  - In the settings of the repository, Environments, production: the secrets ${secrets.join(', ')};`,
    `    the variable SSH_KNOWN_HOSTS: ssh-keyscan ${port ? `-p ${port} ` : ''}${name}, compared with the server itself.`,
    '  - restaurant-deploy plan --ssh-key FILE --ssh-known-hosts FILE --version try shows what a deploy would do.',
  ];
}
