import { readFileSync } from 'node:fs';
import { listed, nearest } from './config/nearest.ts';
import { quoted } from './config/problem.ts';
import { DeployError, type Fault } from './errors.ts';
import { inHome } from './input-values.ts';
import { COMMANDS, INPUTS, type InputName, type InputSource, type InputSpec } from './inputs.ts';
import type { Environment } from './run-facts.ts';

const NAMES = Object.keys(INPUTS) as InputName[];
/** What is given as an option: all but the command, which stands first. */
const OPTIONS = NAMES.filter((name) => name !== 'command');

/** Whether a command line asks for help; one that says nothing does. */
export function wantsHelp(argv: readonly string[]): boolean {
  return argv.length === 0 || argv.some((word) => word === '--help' || word === '-h' || word === 'help');
}

/**
 * The inputs of a command line, such as `rollback --host deploy@203.0.113.7 --ssh-key ~/.ssh/id_ed25519`.
 * `--host` may be given several times. The values of secret inputs stand in files, never in the line itself.
 * @throws DeployError (cli-...) with every fault of the line
 */
export function cliSource(argv: readonly string[], env: Environment): InputSource {
  const { given, faults } = parseLine(argv);
  const get = (name: InputName) => given.get(name)?.join('\n') ?? '';
  const secrets = new Map<InputName, string>();
  for (const name of OPTIONS.filter((option) => spec(option).secret && given.has(option))) {
    try {
      secrets.set(name, readFileSync(inHome(get(name)), 'utf8'));
    } catch {
      // Not even shown: a secret may stand here where its file should.
      const remedy = `Write --${name} FILE: arguments can be read by every process of the machine, so secrets stay in files.`;
      faults.push({
        code: 'cli-file',
        what: 'There is no file of this name that can be read.',
        where: `--${name}`,
        remedy,
      });
    }
  }
  if (faults.length > 0) throw new DeployError(faults);
  return {
    get: (name) => secrets.get(name) ?? get(name),
    env,
    label: (name) => (name === 'command' ? 'The command' : `--${name}`),
    remedy: (name) => `Give --${name}${spec(name).secret ? ' FILE' : ''}.`,
  };
}

/** What the inputs are, for `--help`. */
export function helpText(): string {
  const options = OPTIONS.map((name) => {
    const { description, default: fallback, secret, required }: InputSpec = INPUTS[name];
    const value = name === 'force' ? '' : secret ? ' FILE' : ' VALUE';
    const notes = [
      required && 'required',
      name !== 'force' && fallback && !fallback.includes('${{') && `default: ${fallback}`,
    ].filter(Boolean);
    const text = `${description}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
    return `  --${name}${value}\n${wrapped(text.replaceAll('`', ''), '      ')}`;
  });
  return [
    'Usage: restaurant-deploy COMMAND [options]',
    '       restaurant-deploy init [options]    writes deploy.yml and the workflows; init --help tells more',
    '',
    wrapped(`COMMAND is ${listed(COMMANDS, 'or').replaceAll('"', '')}.`, '  '),
    wrapped(INPUTS.command.description.replaceAll('`', ''), '  '),
    '',
    ...options,
    '',
    'FILE is the path of a file that holds the value: every process can read the arguments of another.',
    '',
  ].join('\n');
}

const spec = (name: InputName): InputSpec => INPUTS[name];

function parseLine(argv: readonly string[]): { given: Map<InputName, string[]>; faults: Fault[] } {
  const given = new Map<InputName, string[]>();
  const faults: Fault[] = [];
  const reject = (what: string, remedy: string) => {
    faults.push({ code: 'cli-arguments', what, where: 'command line', remedy });
  };
  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith('--')) {
      if (given.has('command'))
        reject(`There is a word too much: ${quoted(word)}.`, 'Options begin with "--".');
      else given.set('command', [word]);
      continue;
    }
    const [, written = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const name = OPTIONS.find((option) => option === written);
    if (name === undefined) {
      const meant = nearest(written, OPTIONS);
      reject(`There is no option ${quoted(`--${written}`)}.`, meant ? `Write --${meant}.` : 'See --help.');
      // Its value is no word of its own.
      if (inline === undefined && words[0]?.startsWith('--') === false) words.shift();
      continue;
    }
    // A switch takes no value, but for --force=false.
    const value =
      inline ?? (name === 'force' ? 'true' : words[0]?.startsWith('--') ? undefined : words.shift());
    if (value === undefined) reject(`--${name} has no value.`, `Write --${name} VALUE.`);
    else if (given.has(name) && name !== 'host') reject(`--${name} is given twice.`, 'Keep one of them.');
    else given.set(name, [...(given.get(name) ?? []), value]);
  }
  if (!given.has('command')) reject('There is no command.', `Begin with ${listed(COMMANDS, 'or')}.`);
  return { given, faults };
}

const WIDTH = 100;

function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length > WIDTH && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join('\n');
}
