import { cacheKind, cacheOf, cacheTrouble, failedByCache } from '../../../src/build/cache.ts';

const GITHUB = { ACTIONS_RUNTIME_TOKEN: 't', ACTIONS_RESULTS_URL: 'https://results', CI: 'true' };

test.each([
  ['own', { able: false, env: GITHUB, registry: true }],
  ['github', { able: true, env: GITHUB, registry: true }],
  [
    'github',
    {
      able: true,
      env: { ...GITHUB, ACTIONS_RESULTS_URL: '', ACTIONS_CACHE_URL: 'https://c' },
      registry: false,
    },
  ],
  ['registry', { able: true, env: { ...GITHUB, ACTIONS_RUNTIME_TOKEN: '' }, registry: true }],
  ['own', { able: true, env: { CI: 'true' }, registry: false }],
  // A machine of one's own keeps its builder.
  ['own', { able: true, env: {}, registry: true }],
] as const)('the cache is %s with %j', (kind, facts) => expect(cacheKind(facts)).toBe(kind));

test('a cache of a service is named after it, and what can not be kept is no error', () => {
  expect(cacheOf('own', 'shop', 'web', 'ghcr.io/org')).toBeUndefined();
  expect(cacheOf('github', 'shop', 'web', 'ghcr.io/org')).toEqual({
    from: 'type=gha,scope=shop-web,timeout=2m',
    to: 'type=gha,scope=shop-web,timeout=2m,mode=max,ignore-error=true',
  });
  expect(cacheOf('registry', 'shop', 'Web_1', 'ghcr.io/org')).toEqual({
    from: 'type=registry,ref=ghcr.io/org/shop-web-1:buildcache',
    to: 'type=registry,ref=ghcr.io/org/shop-web-1:buildcache,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true',
  });
});

test('a cache that the builder could not use is trouble, one that is not there yet is none', () => {
  const said = `#4 importing cache manifest from ghcr.io/org/shop-web:buildcache
#4 ERROR: ghcr.io/org/shop-web:buildcache: not found
#5 [web] importing cache manifest from gha:1365
#5 ERROR: dial tcp: i/o timeout
#8 [2/3] RUN npm ci
#8 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
#11 exporting cache to GitHub Actions Cache
#11 preparing build cache for export
#11 ERROR: error writing layer blob: 429 too many requests
#11 ERROR: error writing layer blob: 429 too many requests`;
  expect(cacheTrouble(said.split('\n'))).toEqual([
    'dial tcp: i/o timeout',
    'error writing layer blob: 429 too many requests',
  ]);
  expect(cacheTrouble([])).toEqual([]);
});

test.each([
  [
    'ERROR: failed to solve: failed to configure gha cache exporter: token contains an invalid number of segments',
    true,
  ],
  ['ERROR: failed to solve: failed to configure registry cache importer: denied', true],
  [
    'failed to solve: process "/bin/sh -c npm cache clean" did not complete successfully: exit code: 1',
    false,
  ],
  ['failed to solve: failed to compute cache key: "/nothing": not found', false],
])('%s: by the cache: %s', (reason, byCache) => expect(failedByCache(reason)).toBe(byCache));
