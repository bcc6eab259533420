import { existsSync, statSync } from 'node:fs';
import { bake, bakeable, bakeDefinition, targetsOf } from '../../../src/build/bake.ts';
import type { BuildModel } from '../../../src/build/build-model.ts';
import { Sandbox } from '../deploy/sandbox.ts';

const model = (build: Record<string, unknown>, more: object = {}): BuildModel => ({
  name: 'shop',
  services: { 'web.app': { build, ...more } },
  secrets: { npm: { environment: 'NPM_TOKEN' }, pip: { file: '/shop/pip.conf' } },
});
const targetOf = (build: Record<string, unknown>, more: object = {}) =>
  (bakeDefinition(model(build, more)) as { target: { t0: object } }).target.t0;

test('every option of a build section that bake knows reaches it', () => {
  expect(
    targetOf(
      {
        context: '/shop',
        dockerfile: 'docker/Dockerfile',
        target: 'production',
        network: 'none',
        args: { MODE: 'production', FROM_RUNNER: null },
        labels: { maintainer: 'cook' },
        additional_contexts: { lib: '/lib', base: 'docker-image://alpine' },
        tags: ['shop:latest'],
        platforms: ['linux/arm64'],
        cache_from: ['type=gha,scope=x'],
        cache_to: ['type=gha,scope=x,mode=max'],
        secrets: [{ source: 'npm' }, { source: 'pip', target: 'conf' }],
        ssh: ['default', 'git=/keys/git'],
        no_cache: true,
        pull: true,
      },
      { image: 'ghcr.io/org/shop:v1' },
    ),
  ).toEqual({
    context: '/shop',
    dockerfile: 'docker/Dockerfile',
    target: 'production',
    network: 'none',
    args: { MODE: 'production', FROM_RUNNER: null },
    labels: { maintainer: 'cook' },
    contexts: { lib: '/lib', base: 'docker-image://alpine' },
    tags: ['ghcr.io/org/shop:v1', 'shop:latest'],
    platforms: ['linux/arm64'],
    'cache-from': ['type=gha,scope=x'],
    'cache-to': ['type=gha,scope=x,mode=max'],
    secret: ['id=npm,env=NPM_TOKEN', 'id=conf,src=/shop/pip.conf'],
    ssh: ['default', 'git=/keys/git'],
    'no-cache': true,
    pull: true,
  });
});

test('what is not said is left out, and a service may name its platform', () => {
  expect(
    targetOf({ context: '/shop', dockerfile_inline: 'FROM scratch\n' }, { platform: 'linux/arm64' }),
  ).toEqual({
    context: '/shop',
    'dockerfile-inline': 'FROM scratch\n',
    platforms: ['linux/arm64'],
  });
  expect(
    targetOf({ context: '/shop', ssh: { default: null, git: '/keys/git' }, args: ['A=1=2', 'B'] }),
  ).toEqual({
    context: '/shop',
    ssh: ['default', 'git=/keys/git'],
    args: { A: '1=2', B: null },
  });
});

test('dollars that Compose doubled are single again, and nothing is filled in by bake', () => {
  expect(targetOf({ context: '/a', args: { A: '$$HOME $${B} %{if true} 100% ${c}' } })).toMatchObject({
    args: { A: '$HOME $${B} %%{if true} 100% $${c}' },
  });
});

test('any name of a service has a target', () => {
  const { services } = model({ context: '.' });
  const two = { name: 'x', services: { ...services, 'other.app': { build: { context: '/other' } } } };
  expect(targetsOf(two)).toEqual([
    ['t0', 'web.app'],
    ['t1', 'other.app'],
  ]);
  expect(bakeDefinition(two)).toMatchObject({
    group: { default: { targets: ['t0', 't1'] } },
    target: { t0: { context: '.' }, t1: { context: '/other' } },
  });
});

test.each([
  [true, { context: '.', args: {} }, {}],
  [false, { context: '.', extra_hosts: ['a=1.2.3.4'] }, {}],
  [false, { context: '.', additional_contexts: { base: 'service:base' } }, {}],
  [false, { context: '.' }, { depends_on: ['base'] }],
])('bake can do it: %s, %j %j', (can, build, more) => expect(bakeable(model(build, more))).toBe(can));

test('the definition lies in a file for nobody else, and only while it is read', async () => {
  const runner = new Sandbox();
  runner.docker('cat "$4" >got; stat -c %a "$4" >>got; echo "$4" >where; echo "{}" >"$8"');
  const { code, metadata } = await bake(
    runner.host,
    model({ context: '/shop' }),
    (file) => ['--metadata-file', file],
    {},
  );
  expect({ code, metadata }).toEqual({ code: 0, metadata: '{}\n' });
  expect(runner.read('got')).toMatch(/"context":"\/shop".*600\n$/s);
  const where = runner.read('where')?.trim() ?? '';
  expect(existsSync(where)).toBe(false);
  expect(statSync(runner.home).isDirectory()).toBe(true);
  runner.remove();
});
