import { loadConfig } from '../../../src/config/load.ts';
import type { Context } from '../../../src/deploy/context.ts';
import { secretsWith, withSecrets } from '../../../src/deploy/with-secrets.ts';
import type { Fetched } from '../../../src/secrets/fetch.ts';

const said: string[] = [];
const context = (settings: string, given: Record<string, string>, fetched: Fetched): Context =>
  ({
    config: loadConfig(`app: shop\n${settings}`, 'deploy.yml', 'production'),
    secrets: given,
    env: {},
    filling: {},
    origins: {},
    fetchSecrets: async () => fetched,
    log: { info: (line: string) => said.push(line) },
  }) as unknown as Context;
const noHosts = async () => [];

test('the stores win over the input, and it is said for which', async () => {
  const origins = { A: { from: 'host', secret: '/a' } } as const;
  const before = context(
    'env: {secret: [A, C]}\nsecrets: {host: {A: /a, B: /b}}',
    { A: 'old', C: 'c', OTHER: 'x' },
    { values: { A: 'a', B: 'b' }, origins },
  );
  const { env, filling, secrets, origins: kept } = await withSecrets(before, noHosts);
  expect(env).toEqual({ ENVIRONMENT: 'production', A: 'a', C: 'c' });
  expect(filling).toEqual({ ENVIRONMENT: 'production', A: 'a', B: 'b', C: 'c' });
  expect(secrets).toEqual({ A: 'a', B: 'b', C: 'c', OTHER: 'x' });
  expect(kept).toBe(origins);
  expect(said).toEqual(['from their stores, not from the input secrets: A']);
});

test('without a store nothing is asked and nothing changes', async () => {
  const before = context('env: {secret: [A]}', { A: 'a' }, { values: {}, origins: {} });
  expect(await withSecrets(before, noHosts)).toBe(before);
});

test('for who is told, only the names that a store holds are asked for', async () => {
  const asked: unknown[] = [];
  const { config, secrets } = context(
    'secrets: {host: {HOOK: /hook, B: /b}}',
    { URL: 'u', HOOK: 'old' },
    none,
  );
  const given = {
    config,
    secrets,
    fetchSecrets: async (_: unknown, names?: readonly string[]) => {
      asked.push(names);
      return { values: { HOOK: 'new' }, origins: {} };
    },
  };
  expect(await secretsWith(given, ['URL', 'OTHER'], noHosts)).toBe(secrets);
  expect(asked).toEqual([]);
  expect(await secretsWith(given, ['URL', 'HOOK'], noHosts)).toEqual({ URL: 'u', HOOK: 'new' });
  expect(asked).toEqual([['HOOK']]);
});
const none: Fetched = { values: {}, origins: {} };
