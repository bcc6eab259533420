import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetLogins, pull, pullCommand, pullFault, pullFaults } from '../../../src/build/pull.ts';
import { script } from '../../../src/commands/command.ts';
import type { DeployError } from '../../../src/errors.ts';
import { Sandbox } from '../deploy/sandbox.ts';

/** Runs the command with a `docker` of ours, and a `sleep` that takes no time. */
function run(docker: string, ...references: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'pull-'));
  const log = `echo "$*" >>${folder}/log`;
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${log}\n${docker}`, { mode: 0o755 });
  writeFileSync(join(folder, 'sleep'), `#!/bin/sh\necho "sleep $*" >>${folder}/log`, { mode: 0o755 });
  const [file = '', ...args] = pullCommand(references.map((reference) => ({ reference }))).argv;
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync(file, args, { env, encoding: 'utf8' });
  const calls = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
  rmSync(folder, { recursive: true });
  return { status, stdout, stderr, calls };
}

test('all images are pulled, each told with its id', () => {
  const { status, stdout } = run('[ "$1" = pull ] || echo "sha256:of-$5 amd64"', 'a:1', 'b:2');
  expect(status).toBe(0);
  expect(stdout.trim().split('\n').sort()).toEqual(['a:1 sha256:of-a:1 amd64', 'b:2 sha256:of-b:2 amd64']);
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

describe('on a server', () => {
  const A = `ghcr.io/org/a@sha256:${'a'.repeat(64)}`;
  const B = `ghcr.io/org/b@sha256:${'b'.repeat(64)}`;
  const ID = `sha256:${'1'.repeat(64)}`;
  const { signal } = new AbortController();
  let server: Sandbox;
  beforeEach(() => {
    server = new Sandbox();
  });
  afterEach(() => server.remove());
  const logins = () =>
    server.run(script('ls -A .restaurant-deploy/logins')).then(({ stdout }) => stdout.trim());

  test('what comes from the registry gets our name and loses the other one', async () => {
    server.docker(`[ "$1 $2" != 'image inspect' ] || echo '${ID} arm64'`);
    expect(await pull(server.host, [{ reference: A, pin: 'pin:1' }], signal)).toEqual(
      new Map([[A, { id: ID, architecture: 'arm64' }]]),
    );
    expect(server.calls().map((words) => words.join(' '))).toEqual([
      `pull -q ${A}`,
      `image inspect -f {{.Id}} {{.Architecture}} ${A}`,
      `tag ${A} pin:1`,
      `rmi ${A}`,
    ]);
  });

  test('a login is there while it is pulled, for this user alone, and gone afterwards', async () => {
    server.write('.docker/config.json', '{"auths":{"user":{}}}');
    server.docker(`case "$1" in
      pull) stat -c '%a %n' "$DOCKER_CONFIG" "$DOCKER_CONFIG/config.json" >>seen; cat "$DOCKER_CONFIG/config.json" >>seen ;;
      image) echo '${ID} amd64' ;;
    esac`);
    await pull(server.host, [{ reference: A }], signal, '{"login":1}');
    expect(server.read('seen')).toMatch(
      /^700 \S+logins\/\w+\n600 \S+logins\/\w+\/config.json\n\{"login":1\}$/,
    );
    expect(server.read('.docker/config.json')).toBe('{"auths":{"user":{}}}');
    expect(await logins()).toBe('.lock');
  });

  test('a login goes when the pull fails, and when the run is ended', async () => {
    server.docker('echo denied >&2; exit 1');
    await expect(pull(server.host, [{ reference: A }], signal, '{}')).rejects.toThrow(/may not read it/);
    expect(await logins()).toBe('.lock');
    const stop = new AbortController();
    server.docker('touch begun; exec sleep 60');
    const pulling = pull(server.host, [{ reference: A }], stop.signal, '{}');
    while (server.read('begun') === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort(new Error('stopped'));
    await expect(pulling).rejects.toThrow('stopped');
    expect(await logins()).toBe('.lock');
  });

  test('what a killed run left goes with the next one, what a run uses does not', async () => {
    server.write('.restaurant-deploy/logins/left/config.json', '{}');
    server.write('.restaurant-deploy/logins/used/config.json', '{}');
    server.docker(`[ "$1" != image ] || echo '${ID} amd64'`);
    const holder = server.run(script('flock .restaurant-deploy/logins/used sleep 3'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await pull(server.host, [{ reference: A }], signal, '{}');
    expect(await logins()).toBe('.lock\nused');
    await holder;
    await server.run(forgetLogins());
    expect(await logins()).toBe('.lock');
  });

  test('the daemon that the user chose is the one that pulls', async () => {
    server.write('.docker/config.json', '{"currentContext": "rootless"}');
    server.docker(`case "$1" in
      context) echo unix:///run/user/1000/docker.sock ;;
      pull) echo "$DOCKER_HOST" >seen ;;
      image) echo '${ID} amd64' ;;
    esac`);
    await pull(server.host, [{ reference: A }], signal, '{}');
    expect(server.read('seen')).toBe('unix:///run/user/1000/docker.sock\n');
  });

  test('a registry that is down is one fault, however many images it has', async () => {
    server.tool('sleep', ':');
    server.docker('echo "dial tcp: connection refused" >&2; exit 1');
    const pulling = pull(server.host, [{ reference: A }, { reference: B }], signal);
    const { faults } = await pulling.then(
      () => ({ faults: [] }),
      (error: DeployError) => error,
    );
    expect(faults).toHaveLength(1);
    expect(faults[0]?.what).toContain(A);
    expect(faults[0]?.what).toContain(B);
  });
});

test('images that fail for different reasons are told each', () => {
  const faults = pullFaults('s', ['a:1: not found', 'b:1: no space left', 'c:1: not found'], false);
  expect(faults.map(({ code, what }) => `${code}: ${what}`)).toEqual([
    'image-pull: An image could not be pulled: a:1: not found. The same with c:1.',
    'host-disk-full: An image could not be pulled: b:1: no space left.',
  ]);
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
    what: `An image could not be pulled: ${said}.`,
  });
  expect(fault.remedy).toMatch(remedy);
});
