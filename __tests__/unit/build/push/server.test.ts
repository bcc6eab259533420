import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askLayers, CUT, loadCommand, readLayers, ServerLayers } from '../../../../src/build/push/server.ts';

/** A home with a `docker` of ours in it: it keeps what it is given to load, and fails when told so. */
let home: string;
let incoming: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'server-'));
  incoming = join(home, '.restaurant-deploy/incoming');
  const docker = `#!/bin/sh
case "$1 $2" in
  "load --quiet") cat >"$HOME/loaded"; [ -z "$LOAD_FAILS" ] || { echo "$LOAD_FAILS" >&2; exit 1; } ;;
  "image inspect") case "$*" in *RootFS*) echo '["sha256:a","sha256:b"]';; *) echo sha256:id;; esac ;;
  "image ls") echo sha256:id ;;
  "image rm") echo "$*" >"$HOME/removed" ;;
  "info --format") echo "$STORE" ;;
esac
`;
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin/docker'), docker, { mode: 0o755 });
});
afterEach(() => rmSync(home, { recursive: true }));

function run(
  { argv }: { readonly argv: readonly string[] },
  input: string,
  env: Record<string, string> = {},
) {
  const [file = '', ...args] = argv;
  const PATH = `${join(home, 'bin')}:${process.env.PATH}`;
  return spawnSync(file, args, { cwd: home, input, env: { HOME: home, PATH, ...env }, encoding: 'utf8' });
}

const layer = { diffId: 'sha256:a', digest: 'sha256:1', bytes: 7, mediaType: 'x' };
const load = loadCommand('key', 10, [], ['restaurant-deploy/shop-web:1']);
const loaded = () => readFileSync(join(home, 'loaded'), 'utf8');
const kept = () => existsSync(join(incoming, 'key.tar'));

test('what comes is loaded, and nothing of it is left', () => {
  expect(run(load, '0123456789')).toMatchObject({
    status: 0,
    stdout: 'restaurant-deploy/shop-web:1 sha256:id\n',
  });
  expect(loaded()).toBe('0123456789');
  expect(kept()).toBe(false);
});

test('an input that ends early is kept, said as cut, and is the beginning of the next one', () => {
  expect(run(load, '0123', { LOAD_FAILS: 'unexpected EOF' }).status).toBe(CUT);
  expect(readLayers(run(askLayers(), '').stdout).begun).toEqual(new Map([['key', 4]]));
  expect(run(load, '456789').status).toBe(0);
  expect(loaded()).toBe('0123456789');
  expect(kept()).toBe(false);
});

test('a whole archive that Docker refuses is thrown away, with the names that it may have left', () => {
  const { status, stderr } = run(load, '0123456789', { LOAD_FAILS: 'no space left on device' });
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'no space left on device\n' });
  expect(kept()).toBe(false);
  expect(readFileSync(join(home, 'removed'), 'utf8')).toBe('image rm restaurant-deploy/shop-web:1\n');
});

test('more than the archive can be is nothing to go on from', () => {
  mkdirSync(incoming, { recursive: true });
  writeFileSync(join(incoming, 'key.tar'), 'something else');
  expect(run(load, '0123456789').status).toBe(0);
  expect(loaded()).toBe('0123456789');
});

test("the containerd store's layers are written down and read again; Docker's own needs no such thing", () => {
  run(loadCommand('key', 2, [layer], ['a:1']), 'xx');
  const containerd = readLayers(
    run(askLayers(), '', { STORE: '[["driver-type","io.containerd.snapshotter.v1"]]' }).stdout,
  );
  expect(containerd.byDigest).toBe(true);
  expect(containerd.stored('sha256:a')).toEqual({ digest: 'sha256:1', bytes: 7 });
  expect(containerd.present(['sha256:a', 'sha256:b'])).toBe(1);
  const own = readLayers(run(askLayers(), '', { STORE: '[["Backing Filesystem","extfs"]]' }).stdout);
  expect(own.byDigest).toBe(false);
  expect(own.present(['sha256:a', 'sha256:b', 'sha256:c'])).toBe(2);
});

test('an emptied server has no layers, but what has arrived of an archive', () => {
  const there = new ServerLayers([['a']], new Map([['a', { digest: 'd', bytes: 1 }]]), new Map([['key', 4]]));
  expect(there.present(['a'])).toBe(1);
  expect(there.emptied.present(['a'])).toBe(0);
  expect(there.emptied.byDigest).toBe(true);
  expect(there.emptied.begun.get('key')).toBe(4);
});
