import { pushBaked, readMetadata } from '../../../../src/build/registry/bake.ts';
import { Sandbox } from '../../deploy/sandbox.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const MODEL = {
  name: 'shop',
  services: { web: { build: { context: '/a' }, image: 'ghcr.io/org/shop-web:v1' } },
};
let runner: Sandbox;
let waited: number[];
beforeEach(() => {
  runner = new Sandbox();
  waited = [];
});
afterEach(() => runner.remove());

function push(provenance = false, sbom = false) {
  const log = {
    info: () => {},
    warn: () => {},
    error: () => {},
    group: <T>(_: string, work: () => Promise<T>) => work(),
    mask: () => {},
    masked: (text: string) => text,
  };
  const sleep = async (ms: number) => {
    waited.push(ms);
  };
  const pusher = { local: runner.host, log, sleep, signal: new AbortController().signal };
  const registry = { name: 'ghcr.io', prefix: 'ghcr.io/org', env: runner.env, serverConfig: undefined };
  return pushBaked(pusher, registry, {
    model: MODEL,
    projectDir: runner.home,
    env: runner.env,
    provenance,
    sbom,
  });
}
const GOOD = `while [ "$1" != --metadata-file ]; do shift; done; echo '{"t0": {"containerimage.digest": "${DIGEST}"}}' >"$2"`;

test('the builder pushes what it has, and each image is known by its digest', async () => {
  runner.docker(GOOD);
  expect(await push()).toEqual(new Map([['web', `ghcr.io/org/shop-web@${DIGEST}`]]));
  const [words = []] = runner.calls();
  expect(words).toContain('--push');
  expect(words.join(' ')).not.toMatch(/provenance|sbom/);
});

test('it attests what is asked for', async () => {
  runner.docker(GOOD);
  await push(true, true);
  expect(runner.calls()[0]).toEqual(expect.arrayContaining(['--provenance=true', '--sbom=true']));
});

test('a registry that fails is tried again, one that refuses is not', async () => {
  runner.docker(
    `[ -e once ] || { touch once; echo 'ERROR: failed to solve: failed to push x: EOF' >&2; exit 1; }; ${GOOD}`,
  );
  await push();
  expect(waited).toEqual([2000]);
  runner.docker(`echo 'ERROR: failed to solve: failed to push x: denied' >&2; exit 1`);
  await expect(push()).rejects.toMatchObject({
    faults: [
      {
        code: 'image-push',
        what: 'ghcr.io/org/shop-web:v1 could not be pushed: failed to solve: failed to push x: denied.',
        remedy: expect.stringContaining('packages: write'),
      },
    ],
  });
  expect(waited).toEqual([2000]);
});

test('an answer without a digest is none', () => {
  expect(() => readMetadata('{"t0": {}}', MODEL)).toThrow();
  expect(() => readMetadata('', MODEL)).toThrow();
});
