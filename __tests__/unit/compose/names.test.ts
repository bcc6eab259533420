import fc from 'fast-check';
import { edgeAlias, networkKey, networkName, projectName, volumeName } from '../../../src/compose/names.ts';

const shop = { app: 'shop', environment: 'production', color: 'blue' } as const;

test('projects, networks and volumes are named after app, environment and color', () => {
  expect(projectName(shop, 'color')).toBe('shop-production-blue');
  expect(projectName(shop, 'shared')).toBe('shop-production-shared');
  expect(networkName(shop, 'green', 'default')).toBe('shop-production-green');
  expect(networkName(shop, 'green', 'back')).toBe('shop-production-green-back');
  expect(networkKey('blue', 'default')).toBe('blue');
  expect(networkKey('blue', 'back')).toBe('blue-back');
  expect(volumeName(shop, 'db')).toBe('shop-production_db');
});

test('the alias on the edge is the plain name where that is a DNS label', () => {
  expect(edgeAlias(shop, 'nginx')).toBe('shop-production-blue-nginx');
});

test('a service whose name is no DNS label gets one, and its neighbour gets another', () => {
  expect(edgeAlias(shop, 'web_1')).toMatch(/^shop-production-blue-web-1-[0-9a-f]{8}$/);
  expect(edgeAlias(shop, 'web.1')).not.toBe(edgeAlias(shop, 'web_1'));
});

test('a hyphen does not end a DNS label', () => {
  expect(edgeAlias(shop, 'web-')).toMatch(/^shop-production-blue-web-[0-9a-f]{8}$/);
});

test('a long name is cut to 63 characters and stays unlike its neighbour', () => {
  const [one, two] = ['a', 'b'].map((end) => edgeAlias(shop, `${'long-'.repeat(12)}${end}`));
  expect(one).toHaveLength(63);
  expect(one).not.toBe(two);
});

test('every alias is a DNS label, and the same each time', () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,80}$/);
  fc.assert(
    fc.property(name, name, name, (app, environment, service) => {
      const alias = edgeAlias({ app, environment, color: 'green' }, service);
      expect(alias).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      expect(edgeAlias({ app, environment, color: 'green' }, service)).toBe(alias);
    }),
  );
});
