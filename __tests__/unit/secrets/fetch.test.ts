import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretStores } from '../../../src/config/config.ts';
import { DeployError } from '../../../src/errors.ts';
import { LocalHost } from '../../../src/hosts/local.ts';
import { fetchSecrets, only, rememberingFetch } from '../../../src/secrets/fetch.ts';
import { VaultServer } from './vault-server.ts';
import { TestWorld } from './world.ts';

let vault: VaultServer;
let address: string;
let folder: string;
let world: TestWorld;
beforeEach(async () => {
  vault = new VaultServer([]);
  vault.tokens.set('hvs.token', ['kv/shop']);
  vault.v1.set('kv/shop', { good: 'geheim', empty: '', nul: 'a\0b', half: 'x\ud800' });
  address = await vault.start();
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  writeFileSync(join(folder, 'key'), 'of the server', { mode: 0o600 });
  writeFileSync(join(folder, 'empty'), '\n', { mode: 0o600 });
  world = new TestWorld({ VAULT_TOKEN: 'hvs.token' }, [new LocalHost(process.env, folder)]);
});
afterEach(async () => {
  await vault.stop();
  rmSync(folder, { recursive: true });
});

const stores = (vaultKeys: Record<string, string>, files: Record<string, string> = {}): SecretStores => ({
  input: [],
  vault: {
    address,
    auth: { method: 'token', mount: 'token' },
    values: Object.fromEntries(
      Object.entries(vaultKeys).map(([name, key]) => [name, { path: 'kv/shop', key }]),
    ),
  },
  host: Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)])),
});
const failure = async (given: SecretStores) => {
  try {
    await fetchSecrets(given, world);
  } catch (error) {
    if (error instanceof DeployError) return error.faults;
    throw error;
  }
  throw new Error('this was taken');
};

test('stores are mixed freely', async () => {
  expect(await fetchSecrets(stores({ A: 'good' }, { B: 'key' }), world)).toEqual({
    values: { A: 'geheim', B: 'of the server' },
    origins: {
      A: { from: 'vault', secret: 'kv/shop' },
      B: { from: 'host', secret: join(folder, 'key') },
    },
  });
});

test('nothing falls back to empty, and what no variable can carry is refused', async () => {
  const faults = await failure(stores({ A: 'empty', B: 'nul', C: 'half', D: 'good' }, { E: 'empty' }));
  expect(faults.map(({ code, where }) => [code, where])).toEqual([
    ['secrets-empty', 'secrets.vault.values.A'],
    ['secrets-value', 'secrets.vault.values.B'],
    ['secrets-value', 'secrets.vault.values.C'],
    ['secrets-empty', 'secrets.host.E'],
  ]);
  expect(JSON.stringify(faults)).not.toContain('geheim');
});

test('a store that can not be opened is told once, beside what is wrong with another', async () => {
  vault.tokens.clear();
  const faults = await failure(stores({ A: 'good', B: 'empty' }, { C: 'none' }));
  expect(faults.map(({ code }) => code)).toEqual(['secrets-login', 'secrets-not-found']);
});

test('without stores nobody is asked', async () => {
  const never = new TestWorld();
  Object.assign(never, {
    fetch: () => {
      throw new Error('asked');
    },
  });
  expect(await fetchSecrets({ input: ['A'], host: {} }, never)).toEqual({ values: {}, origins: {} });
});

test('a part of the stores holds the names that are wanted, and no store that has none of them', () => {
  const all = {
    input: [],
    aws: { region: 'eu', values: { A: { secret: 'a' } } },
    vault: {
      address: 'https://v',
      auth: { method: 'token' as const, mount: 'token' },
      values: { B: { path: 'p', key: 'b' } },
    },
    host: { C: '/c', D: '/d' },
  };
  expect(only(all, ['A', 'D', 'X'])).toEqual({ input: [], aws: all.aws, host: { D: '/d' } });
  expect(only(all, ['B'])).toEqual({ input: [], vault: all.vault, host: {} });
});

test('what was read once is not asked for again by its name, also when nobody can be asked any more', async () => {
  const read = rememberingFetch(stores({ A: 'good' }, { B: 'key', C: 'key' }), world);
  expect((await read(world.hosts, ['B'])).values).toEqual({ B: 'of the server' });
  const nobody = async () => {
    throw new Error('the connections are gone');
  };
  expect((await read(nobody, ['B'])).values).toEqual({ B: 'of the server' });
  await expect(read(nobody, ['B', 'C'])).rejects.toThrow('the connections are gone');
  expect((await read(world.hosts)).values).toEqual({ A: 'geheim', B: 'of the server', C: 'of the server' });
  await vault.stop();
  expect((await read(nobody, ['A', 'C'])).values.A).toBe('geheim');
});
