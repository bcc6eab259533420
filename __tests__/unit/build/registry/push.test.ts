import { digestOf, pushToRegistry, worthRetrying } from '../../../../src/build/registry/push.ts';
import type { DeployError } from '../../../../src/errors.ts';
import { Sandbox } from '../../deploy/sandbox.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const NAME = 'ghcr.io/org/shop-web:v1';
let runner: Sandbox;
let waited: number[];
let lines: string[];
beforeEach(() => {
  runner = new Sandbox();
  waited = [];
  lines = [];
});
afterEach(() => runner.remove());

function push(...pushes: { image: string; name: string }[]) {
  const log = {
    info: (line: string) => void lines.push(line),
    warn: () => {},
    error: () => {},
    group: <T>(_: string, work: () => Promise<T>) => work(),
    mask: () => {},
    masked: (text: string) => text,
  };
  const sleep = async (ms: number) => {
    waited.push(ms);
  };
  const registry = {
    name: 'ghcr.io',
    prefix: 'ghcr.io/org',
    env: { ...runner.env, DOCKER_CONFIG: '/own' },
    serverConfig: '',
  };
  return pushToRegistry(
    { local: runner.host, log, sleep, signal: new AbortController().signal },
    registry,
    pushes,
  );
}
const calls = () => runner.calls().map((words) => words.join(' '));
const GOOD = `printf '%s\\n' 'a1: Pushed' 'b2: Layer already exists' 'c3: Mounted from org/x' 'v1: digest: ${DIGEST} size: 736'`;

test('an image is pushed under a name that it has for the way alone', async () => {
  runner.docker(`[ "$1" != push ] || { echo "$DOCKER_CONFIG" >seen; ${GOOD}; }`);
  expect(await push({ image: 'sha256:1', name: NAME })).toEqual(
    new Map([[NAME, `ghcr.io/org/shop-web@${DIGEST}`]]),
  );
  expect(calls()).toEqual([`tag sha256:1 ${NAME}`, `push ${NAME}`, `rmi ${NAME}`]);
  expect(runner.read('seen')).toBe('/own\n');
  expect(lines).toEqual([`${NAME}: 1 layers pushed, 2 were there, ${DIGEST}`]);
});

test('one that has its name already keeps it', async () => {
  runner.docker(GOOD);
  await push({ image: NAME, name: NAME });
  expect(calls()).toEqual([`push ${NAME}`]);
});

test('a registry that fails is tried again after longer and longer pauses', async () => {
  runner.docker(`[ "$1" = push ] || exit 0
echo x >>tries; [ $(wc -l <tries) -ge 3 ] && { ${GOOD}; exit 0; }; echo 'received unexpected HTTP status: 503' >&2; exit 1`);
  await push({ image: NAME, name: NAME });
  expect(waited).toEqual([1000, 2000]);
});

test('images are pushed at once, and one that fails ends the others with one error', async () => {
  runner.docker(`case "$1 $2" in
    *other*) [ "$1" != push ] || { touch other; exec sleep 60; } ;;
    push*) until [ -e other ]; do sleep 0.02; done; echo 'denied: installation not allowed to Create organization package' >&2; exit 1 ;;
  esac`);
  const error = await push(
    { image: 'sha256:1', name: NAME },
    { image: 'sha256:2', name: 'ghcr.io/org/other:v1' },
  ).then(
    () => undefined,
    (thrown: DeployError) => thrown,
  );
  expect(error?.faults).toHaveLength(1);
  expect(error?.faults[0]).toMatchObject({ code: 'image-push', where: 'ghcr.io' });
  expect(error?.message).toMatch(/shop-web:v1 could not be pushed: denied: .*package\. .*packages: write/);
  expect(waited).toEqual([]);
  expect(
    calls()
      .filter((call) => call.startsWith('rmi'))
      .sort(),
  ).toEqual(['rmi ghcr.io/org/other:v1', `rmi ${NAME}`]);
});

test('a digest is what docker says last', () => {
  expect(digestOf(`a1: Pushed\nv1: digest: ${DIGEST} size: 1`)).toBe(DIGEST);
  expect(digestOf(NAME)).toBeUndefined();
});

test.each([
  ['EOF', '', true],
  ['EOF', 'a1: Retrying in 5 seconds\na1: Retrying in 1 second', false],
  ['denied: requested access to the resource is denied', '', false],
  ['name unknown: The repository does not exist', '', false],
])('%s after %j is tried again: %s', (said, stdout, again) =>
  expect(worthRetrying(said, stdout)).toBe(again),
);
