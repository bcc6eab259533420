import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const BUNDLE = join(dist, 'index.cjs');
const MEGABYTE = 1024 * 1024;

// What only shows in the bundle: an ESM one, for instance, dies at load in ssh2, after its first log lines.

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dist-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(args: readonly string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env;
  const options = { cwd: folder, env: { PATH, ...env }, encoding: 'utf8', timeout: 60_000 } as const;
  return spawnSync(process.execPath, [BUNDLE, ...args], options);
}

test('it is text alone, and small', () => {
  const names = readdirSync(dist, { recursive: true }).map(String);
  expect(names.filter((name) => /\.(node|exe|dll|so)$/.test(name))).toEqual([]);
  expect(names).toEqual(expect.arrayContaining(['index.cjs', 'licenses.txt', 'package.json']));
  const code = names.filter((name) => /\.c?js$/.test(name)).map((name) => statSync(join(dist, name)).size);
  expect(code.reduce((sum, size) => sum + size, 0)).toBeLessThan(3 * MEGABYTE);
});

test('it carries the licences of what is in it', () => {
  const texts = readFileSync(join(dist, 'licenses.txt'), 'utf8');
  for (const name of ['@actions/core', '@octokit/core', 'node-ssh', 'ssh2', 'undici', 'yaml', 'zod']) {
    expect(texts).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
  }
});

test('from a terminal it shows its help', () => {
  const { status, stdout, stderr } = start(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Usage: restaurant-deploy COMMAND/);
});

test('from a terminal it says what is wrong', () => {
  const { status, stdout, stderr } = start(['deploi', '--hots', 'x']);
  expect(status).toBe(1);
  expect(stdout + stderr).toMatch(/--host/);
});

test('from a terminal no line is a command for a runner', () => {
  writeFileSync(join(folder, 'deploy.yml'), 'app: shop\nhosts: [deploy@127.0.0.1:1]\n');
  writeFileSync(join(folder, 'key'), 'a text that is no key\n');
  writeFileSync(join(folder, 'secrets'), 'TOKEN=abc\n');
  const given = ['--ssh-key', join(folder, 'key'), '--secrets', join(folder, 'secrets')];
  const { status, stdout, stderr } = start(['status', ...given], { HOME: folder });
  expect(stdout).toContain('The status of shop in production failed');
  expect(stdout + stderr).not.toMatch(/^::/m);
  expect(status).toBe(1);
}, 60_000);

test('as an action it gets as far as the server, and sets its outputs when nothing is there', () => {
  const output = join(folder, 'output');
  for (const name of ['output', 'state', 'summary']) writeFileSync(join(folder, name), '');
  writeFileSync(join(folder, 'deploy.yml'), 'app: shop\nhosts: [deploy@127.0.0.1:1]\n');
  writeFileSync(join(folder, 'compose.yaml'), 'services: {web: {image: nginx}}\n');
  // A key that no server knows: nothing listens on port 1 anyway.
  const key = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  expect(key.status).toBe(0);
  const { status, stdout } = start([], {
    HOME: folder,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: folder,
    GITHUB_OUTPUT: output,
    GITHUB_STATE: join(folder, 'state'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    RUNNER_TEMP: folder,
    INPUT_COMMAND: 'status',
    INPUT_CONFIG: 'deploy.yml',
    INPUT_ENVIRONMENT: 'production',
    INPUT_PERIOD: '30d',
    INPUT_FORCE: 'false',
    'INPUT_SSH-KEY': readFileSync(join(folder, 'key'), 'utf8'),
  });
  expect(stdout).toContain('::error title=ssh-refused');
  expect(status).toBe(1);
  expect(readFileSync(output, 'utf8')).toMatch(/outcome<<.*\nfailed\n/);
  expect(readFileSync(join(folder, 'summary'), 'utf8')).toContain('ssh-refused');
}, 60_000);
