import { readModel } from '../../../src/compose/model.ts';
import { PLACEHOLDERS } from '../../../src/deploy/bundle.ts';
import { idOn, imageSources, pins } from '../../../src/deploy/source.ts';

const model = readModel(
  JSON.stringify({
    services: {
      web: { image: 'nginx:alpine' },
      app: { build: { context: '.' } },
      worker: { image: 'shop-production-app', command: 'work' },
      api: { build: { context: 'api' }, image: `ghcr.io/org/api:${PLACEHOLDERS.IMAGE_TAG}` },
      job: { image: `ghcr.io/org/api:${PLACEHOLDERS.IMAGE_TAG}` },
      tool: { image: `ghcr.io/org/tool:${PLACEHOLDERS.RELEASE}` },
    },
  }),
);

test('an image is built here, or pulled; one that another service builds is that one', () => {
  expect(imageSources(model, 'shop-production', 'r1', 'abc')).toEqual([
    { kind: 'pulled', service: 'web', name: 'nginx:alpine' },
    { kind: 'built', service: 'app', name: 'shop-production-app' },
    { kind: 'built', service: 'worker', name: 'shop-production-app' },
    { kind: 'built', service: 'api', name: 'ghcr.io/org/api:abc' },
    { kind: 'built', service: 'job', name: 'ghcr.io/org/api:abc' },
    { kind: 'pulled', service: 'tool', name: 'ghcr.io/org/tool:r1' },
  ]);
});

test('services with one image share one pin, those without an image have none', () => {
  const ids: Record<string, string> = {
    'shop-production-app': 'sha256:1111111111111111aaaa',
    'nginx:alpine': 'sha256:2222222222222222bbbb',
  };
  const pinned = pins('shop', imageSources(model, 'shop-production', 'r1', 'abc'), (name) => ids[name]);
  expect(Object.keys(pinned)).toEqual(['web', 'app', 'worker']);
  expect(pinned.worker).toBe(pinned.app);
  expect(pinned.app).toMatch(/^restaurant-deploy\/shop.app:1111111111111111$/);
  expect(pinned.web).toMatch(/^restaurant-deploy\/shop.web:2222222222222222$/);
});

test('an image of a host is found by any of its names', () => {
  const images = new Map([
    ['nginx:latest', 'sha256:1'],
    ['nginx@sha256:aa', 'sha256:1'],
  ]);
  expect(idOn(images, 'docker.io/library/nginx')).toBe('sha256:1');
  expect(idOn(images, 'nginx:1.27@sha256:aa')).toBe('sha256:1');
  expect(idOn(images, 'nginx:1.27')).toBeUndefined();
});
