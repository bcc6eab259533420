import { type BuildRequest, build } from '../../../src/build/build.ts';
import type { Fault } from '../../../src/errors.ts';
import { Sandbox } from '../deploy/sandbox.ts';

let runner: Sandbox;
let warnings: Fault[];
beforeEach(() => {
  runner = new Sandbox();
  warnings = [];
});
afterEach(() => runner.remove());

const CACHED = { name: 'shop', services: { web: { build: { context: '/a', cache_to: ['type=gha'] } } } };
const PLAIN = { name: 'shop', services: { web: { build: { context: '/a' } } } };

function run(more: Partial<BuildRequest> = {}) {
  const request = {
    model: CACHED,
    plain: PLAIN,
    projectDir: runner.home,
    env: runner.env,
    way: 'compose' as const,
  };
  const log = {
    info: () => {},
    warn: (fault: Fault) => void warnings.push(fault),
    error: () => {},
    group: <T>(_: string, work: () => Promise<T>) => work(),
    mask: () => {},
    masked: (text: string) => text,
  };
  return build(runner.host, { ...request, ...more }, log, new AbortController().signal);
}

test('Compose gets the model, and attests nothing that nobody asked for', async () => {
  runner.docker('cat >model; echo "$BUILDX_NO_DEFAULT_ATTESTATIONS" >>model');
  await run();
  expect(runner.read('model')).toBe(`${JSON.stringify(CACHED)}1\n`);
  expect(runner.calls()).toEqual([['compose', '--project-directory', runner.home, '--file', '-', 'build']]);
  expect(warnings).toEqual([]);
});

test('bake leaves what it builds with the builder', async () => {
  await run({ way: 'bake' });
  const [words = []] = runner.calls();
  expect(words.slice(0, 2)).toEqual(['buildx', 'bake']);
  expect(words.slice(-2)).toEqual(['--set', '*.output=type=cacheonly']);
});

test('a build that fails by its cache is done again without', async () => {
  runner.docker(`cat >>models; grep -q gha models || exit 0
[ -e once ] && exit 0; touch once
echo 'ERROR: failed to solve: failed to configure gha cache exporter: token is expired' >&2; exit 1`);
  await run();
  expect(runner.read('models')).toBe(`${JSON.stringify(CACHED)}${JSON.stringify(PLAIN)}`);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatchObject({
    code: 'build-cache',
    what: expect.stringContaining('token is expired'),
    remedy: 'The images are built without it.',
  });
});

test('a build that goes well with a cache that did not is told of', async () => {
  runner.docker(`printf '#9 exporting cache to registry\\n#9 ERROR: 429 too many requests\\n'`);
  await run();
  expect(runner.calls()).toHaveLength(1);
  expect(warnings.map(({ what }) => what)).toEqual([
    'A build cache could not be used: 429 too many requests',
  ]);
});

test('a build that fails by itself fails once, with its last lines', async () => {
  runner.docker(`cat >/dev/null; printf 'step 1\\nfailed to solve: exit code: 2\\n' >&2; exit 1`);
  await expect(run()).rejects.toMatchObject({
    faults: [
      {
        code: 'build-failed',
        where: 'docker compose build',
        what: 'An image could not be built: failed to solve: exit code: 2',
        evidence: expect.stringContaining('step 1\n'),
      },
    ],
  });
  expect(runner.calls()).toHaveLength(1);
  expect(warnings).toEqual([]);
});
