import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliSource, helpText, wantsHelp } from '../../src/cli.ts';
import { DeployError } from '../../src/errors.ts';
import { COMMANDS, INPUTS, readInputs } from '../../src/inputs.ts';

let folder: string;
let key: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  key = join(folder, 'key');
  writeFileSync(key, 'the key\n');
  writeFileSync(join(folder, 'secrets'), 'A=1\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (...argv: string[]) => readInputs(cliSource(argv, {}));
function refused(...argv: string[]): string[] {
  try {
    read(...argv);
  } catch (error) {
    if (error instanceof DeployError) return error.message.split('\n');
    throw error;
  }
  throw new Error('this line was taken');
}

test('a line is read as the inputs of the action are', () => {
  expect(
    read(
      'rollback',
      '--host',
      'deploy@1.2.3.4',
      '--host=deploy@1.2.3.5',
      '--environment',
      'staging',
      '--ssh-key',
      key,
      '--force',
      '--secrets',
      join(folder, 'secrets'),
    ),
  ).toMatchObject({
    command: 'rollback',
    hosts: ['deploy@1.2.3.4', 'deploy@1.2.3.5'],
    environment: 'staging',
    sshKey: 'the key\n',
    secrets: 'A=1\n',
    force: true,
    config: 'deploy.yml',
  });
});

test('--force may be told not to', () =>
  expect(read('status', '--ssh-key', key, '--force=false').force).toBe(false));

const COMMANDS_OR =
  'Begin with "deploy", "build", "rollback", "preview", "remove", "prune", "status", "plan", "report", "unlock" or "monitoring".';
test.each([
  [['--environment', 'staging'], ['command line: There is no command.', COMMANDS_OR].join(' ')],
  [['status', 'now'], 'command line: There is a word too much: "now". Options begin with "--".'],
  [['status', '--hots', 'a@b'], 'command line: There is no option "--hots". Write --host.'],
  [['status', '--verbose'], 'command line: There is no option "--verbose". See --help.'],
  [['status', '--command', 'deploy'], 'command line: There is no option "--command". See --help.'],
  [['status', '--period'], 'command line: --period has no value. Write --period VALUE.'],
  [['status', '--period', '--force'], 'command line: --period has no value. Write --period VALUE.'],
  [['status', '--period', '1d', '--period=2d'], 'command line: --period is given twice. Keep one of them.'],
  [['status'], '--ssh-key is missing or empty. Give --ssh-key FILE.'],
])('%j is refused', (argv, message) => expect(refused(...argv)).toContain(message));

test('a secret in the line itself is refused, and not shown', () => {
  const [message] = refused('status', '--ssh-key', 'hunter2');
  expect(message).toBe(
    '--ssh-key: There is no file of this name that can be read. Write --ssh-key FILE: arguments can be read by every process of the machine, so secrets stay in files.',
  );
});

test('what the inputs say is said of the options', () => {
  expect(refused('deploi', '--ssh-key', key)).toEqual([
    'The command must be "deploy", "build", "rollback", "preview", "remove", "prune", "status", "plan", "report", "unlock" or "monitoring", not "deploi". Write "deploy".',
    '--version is not given, and no commit is known. Name it.',
  ]);
});

test('help names every command and every option', () => {
  const help = helpText();
  for (const command of COMMANDS) expect(help).toContain(command);
  for (const name of Object.keys(INPUTS))
    if (name !== 'command') expect(help).toMatch(new RegExp(`^  --${name}\\b`, 'm'));
  expect(help.split('\n').every((line) => line.length <= 120)).toBe(true);
});

test.each([
  [[], true],
  [['--help'], true],
  [['deploy', '-h'], true],
  [['help'], true],
  [['deploy'], false],
])('%j asks for help: %j', (argv, asked) => expect(wantsHelp(argv)).toBe(asked));
