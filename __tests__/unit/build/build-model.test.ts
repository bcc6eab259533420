import { reasonOf } from '../../../src/build/build.ts';
import { buildModel, dockerfileOf, withSettings } from '../../../src/build/build-model.ts';
import type { ComposeModel } from '../../../src/compose/model.ts';

const after = (...names: string[]) => ({
  depends_on: Object.fromEntries(names.map((name) => [name, { condition: 'service_started' }])),
});

const MODEL: ComposeModel = {
  name: 'shop',
  services: {
    base: { image: 'example.com:5000/shop/base:1', build: { context: '/shop/base' } },
    api: { build: { context: '/shop/api' }, environment: { KEY: 'secret' }, ...after('base', 'db') },
    web: { image: 'shop-web', platform: 'linux/arm64', build: { context: '/shop/web' }, ...after('api') },
    db: { image: 'postgres:17-alpine' },
  },
  secrets: { token: { environment: 'TOKEN' } },
  volumes: { data: {} },
};

const services = (texts: Readonly<Record<string, string | undefined>>) => {
  const model = buildModel(MODEL, 'shop-production', ({ build }) =>
    dockerfileOf(build, (path) => texts[path.replace(/^\/shop\/(.*)\/Dockerfile$/, '$1')]),
  );
  return Object.fromEntries(
    Object.entries(model.services).map(([name, one]) => [name, one.depends_on ?? []]),
  );
};

test('only what is built is in it, with what a build needs', () => {
  expect(buildModel(MODEL, 'shop-production', () => 'FROM alpine:3')).toEqual({
    name: 'shop-production',
    services: {
      base: { image: 'example.com:5000/shop/base:1', build: { context: '/shop/base' } },
      api: { build: { context: '/shop/api' } },
      web: { image: 'shop-web', platform: 'linux/arm64', build: { context: '/shop/web' } },
    },
    secrets: { token: { environment: 'TOKEN' } },
  });
});

test('services that only run after one another are built side by side', () => {
  const texts = { base: 'FROM alpine:3', api: 'FROM python:3.12-slim', web: 'FROM nginx:alpine' };
  expect(services(texts)).toEqual({ base: [], api: [], web: [] });
});

test('an image that another one begins with is built first, also through a service between them', () => {
  const texts = {
    base: 'FROM alpine:3',
    api: 'FROM python:3.12-slim',
    web: 'FROM example.com:5000/shop/base:1',
  };
  expect(services(texts)).toEqual({ base: [], api: [], web: ['base'] });
  expect(services({ ...texts, web: 'COPY --from=shop-production-api /x /x' })).toMatchObject({
    web: ['api'],
  });
});

test('where a Dockerfile can not be read, the order stays', () => {
  expect(services({ base: 'FROM alpine:3' })).toEqual({ base: [], api: ['base'], web: ['base', 'api'] });
});

test('services that name each other in a circle are no endless search', () => {
  const model: ComposeModel = {
    services: {
      a: { build: { context: '/a' }, ...after('b') },
      b: { build: { context: '/b' }, ...after('a') },
      c: { build: { context: '/c' }, ...after('a') },
    },
  };
  expect(() => buildModel(model, 'p', () => 'FROM alpine:3')).not.toThrow();
});

test('a Dockerfile is found where the build section says', () => {
  const read = (path: string) => `read ${path}`;
  expect(dockerfileOf({ context: '/a' }, read)).toBe('read /a/Dockerfile');
  expect(dockerfileOf({ context: '/a', dockerfile: 'deep/File' }, read)).toBe('read /a/deep/File');
  expect(dockerfileOf({ context: '/a', dockerfile: '/b/File' }, read)).toBe('read /b/File');
  expect(dockerfileOf({ context: '/a', dockerfile_inline: 'FROM $$X' }, read)).toBe('FROM $X');
  expect(dockerfileOf({ context: 'https://example.com/repository.git' }, read)).toBeUndefined();
});

test('of what a builder said, its last error is the reason', () => {
  expect(
    reasonOf(['#5 ERROR: process "/bin/sh -c false" did not complete', '------', 'Dockerfile:2']),
  ).toContain('false');
  expect(reasonOf(['one', 'two', ''])).toBe('two');
  expect(reasonOf([])).toBe('it gave no reason');
});

describe('what the runner adds to a build', () => {
  const settings = {
    platforms: ['linux/arm64'],
    labels: { source: 'https://github.com/org/shop' },
    cache: (service: string) => ({ from: `from-${service}`, to: `to-${service}` }),
    imageOf: (service: string) => `ghcr.io/org/${service}:1`,
  };
  const only = (build: Record<string, unknown>, more: object = {}) =>
    withSettings({ name: 'shop', services: { web: { build, ...more } } }, settings).services.web;

  test('is platforms, labels, caches and the name in the registry', () => {
    expect(only({ context: '.' })).toEqual({
      image: 'ghcr.io/org/web:1',
      build: {
        context: '.',
        platforms: ['linux/arm64'],
        labels: { source: 'https://github.com/org/shop' },
        cache_from: ['from-web'],
        cache_to: ['to-web'],
      },
    });
  });

  test('gives way to what the user says', () => {
    const build = {
      context: '.',
      platforms: ['linux/riscv64'],
      labels: { source: 'mine' },
      cache_from: ['mine'],
    };
    expect(only(build)?.build).toEqual(build);
    expect(only({ context: '.' }, { platform: 'linux/amd64' })?.build).not.toHaveProperty('platforms');
  });

  test('is nothing when there is nothing to add', () => {
    const model = { name: 'shop', services: { web: { build: { context: '.' }, image: 'shop:1' } } };
    expect(
      withSettings(model, { platforms: [], labels: {}, cache: () => undefined, imageOf: () => undefined }),
    ).toEqual(model);
  });
});
