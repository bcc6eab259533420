import {
  byDigest,
  loginKey,
  registryOf,
  remoteName,
  repositoryOf,
} from '../../../../src/build/registry/names.ts';

test.each([
  ['nginx', 'docker.io'],
  ['nginx:alpine', 'docker.io'],
  ['org/shop:1', 'docker.io'],
  ['index.docker.io/org/shop', 'docker.io'],
  ['ghcr.io/org/shop:1', 'ghcr.io'],
  ['localhost/shop', 'localhost'],
  ['registry:5000/a/b/c@sha256:00', 'registry:5000'],
  ['[::1]:5000/shop', '[::1]:5000'],
])('%s is in %s', (reference, registry) => expect(registryOf(reference)).toBe(registry));

test('the login of Docker Hub has a name of its own', () => {
  expect(loginKey('docker.io')).toBe('https://index.docker.io/v1/');
  expect(loginKey('ghcr.io')).toBe('ghcr.io');
});

test.each([
  ['web', 'shop-production-web', 'ghcr.io/org/shop-web:v1'],
  ['Web_App', 'shop-production-Web_App', 'ghcr.io/org/shop-web-app:v1'],
  ['web', 'ghcr.io/org/menu:stable', 'ghcr.io/org/menu:stable'],
  ['web', 'ghcr.io/org/menu@sha256:00', 'ghcr.io/org/shop-web:v1'],
  ['web', 'ghcr.io/organic/menu:stable', 'ghcr.io/org/shop-web:v1'],
])('%s, which Compose calls %s, goes as %s', (service, image, name) =>
  expect(remoteName('ghcr.io/org', 'shop', service, image, 'v1')).toBe(name),
);

test.each([
  ['nginx', 'nginx'],
  ['localhost:5000/shop', 'localhost:5000/shop'],
  ['localhost:5000/shop:1@sha256:00', 'localhost:5000/shop'],
])('%s without its tag is %s', (reference, repository) => {
  expect(repositoryOf(reference)).toBe(repository);
  expect(byDigest(reference, 'sha256:11')).toBe(`${repository}@sha256:11`);
});
