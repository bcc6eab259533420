import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pullCommand, pullFault } from '../../../src/build/pull.ts';

/** Runs the command with a `docker` of ours, and a `sleep` that takes no time. */
function run(docker: string, ...references: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'pull-'));
  const log = `echo "$*" >>${folder}/log`;
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${log}\n${docker}`, { mode: 0o755 });
  writeFileSync(join(folder, 'sleep'), `#!/bin/sh\necho "sleep $*" >>${folder}/log`, { mode: 0o755 });
  const [file = '', ...args] = pullCommand(references).argv;
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync(file, args, { env, encoding: 'utf8' });
  const calls = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
  rmSync(folder, { recursive: true });
  return { status, stdout, stderr, calls };
}

test('all images are pulled, each told with its id', () => {
  const { status, stdout } = run('[ "$1" = pull ] || echo "sha256:of-$5"', 'a:1', 'b:2');
  expect(status).toBe(0);
  expect(stdout.trim().split('\n').sort()).toEqual(['a:1 sha256:of-a:1', 'b:2 sha256:of-b:2']);
});

test('a registry that fails is asked three times, with growing pauses', () => {
  const { status, stderr, calls } = run('echo "connection reset by peer" >&2; exit 1', 'a:1');
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'a:1: connection reset by peer\n' });
  expect(calls).toEqual(['pull -q a:1', 'sleep 2', 'pull -q a:1', 'sleep 4', 'pull -q a:1']);
});

test('what no try would change is not tried again', () => {
  const { status, calls } = run('echo "manifest unknown: not there" >&2; exit 1', 'a:1');
  expect(status).toBe(1);
  expect(calls).toEqual(['pull -q a:1']);
});

test.each([
  ['a:1: write /x: no space left on device', 'host-disk-full', /docker system df/],
  ['a:1: no matching manifest for linux/arm64 in the manifest list', 'image-architecture', /another tag/],
  ['a:1: pull access denied for a, repository does not exist', 'image-pull', /login/],
  ['a:1: manifest for a:1 not found', 'image-pull', /name and tag/],
  ['a:1: toomanyrequests: You have reached your pull rate limit', 'image-pull', /limits/],
  ['a:1: dial tcp: i/o timeout', 'image-pull', /reach the registry/],
])('%s', (said, code, remedy) => {
  const fault = pullFault('deploy@server', said);
  expect(fault).toMatchObject({
    code,
    where: 'deploy@server',
    what: `An image could not be pulled: ${said}`,
  });
  expect(fault.remedy).toMatch(remedy);
});
