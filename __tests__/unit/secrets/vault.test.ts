import type { VaultAuth, VaultReference } from '../../../src/config/config.ts';
import { describe as told } from '../../../src/errors.ts';
import { vaultSecrets } from '../../../src/secrets/vault.ts';
import { LocalServer } from './http.ts';
import { GitHubIdentity, refused, VaultServer } from './vault-server.ts';
import { faultsOf, TestWorld, valuesOf } from './world.ts';

const PATHS = ['secret/data/shop', 'secret/data/gone', 'secret/data/none', 'kv/shop', 'sys/health'];
const TOKEN = 'hvs.given-to-the-step';
const BEARER = 'the-bearer-of-this-job';

let server: VaultServer;
let address: string;
beforeEach(async () => {
  server = new VaultServer(PATHS);
  server.tokens.set(TOKEN, PATHS);
  server.v2.set('secret/data/shop', [
    { data: { password: 'old' } },
    {
      data: {
        password: 'geheim\n2',
        port: 5432,
        long: 12345678901234567000,
        on: true,
        deep: { a: 'geheim' },
      },
    },
  ]);
  server.v2.set('secret/data/gone', [{ data: {}, deleted: true }]);
  server.v1.set('kv/shop', { password: 'one' });
  address = await server.start();
});
afterEach(() => server.stop());

const auth = (method: VaultAuth['method'], more: Partial<VaultAuth> = {}): VaultAuth => ({
  method,
  mount: method,
  ...more,
});
const provider = (
  values: Record<string, VaultReference>,
  world = new TestWorld({ VAULT_TOKEN: TOKEN }),
  more: { auth?: VaultAuth; address?: string; namespace?: string } = {},
) => vaultSecrets({ address, auth: auth('token'), values, ...more }, world);
const PASSWORD = { A: { path: 'secret/data/shop', key: 'password' } };

describe('values', () => {
  test('of KV version 2 and 1, one request a secret, each masked, with its version where there are any', async () => {
    const world = new TestWorld({ VAULT_TOKEN: ` ${TOKEN}\n` });
    const all = await provider(
      {
        PASSWORD: { path: 'secret/data/shop', key: 'password' },
        PORT: { path: 'secret/data/shop', key: 'port' },
        LONG: { path: 'secret/data/shop', key: 'long' },
        ON: { path: 'secret/data/shop', key: 'on' },
        OLD: { path: 'secret/data/shop', key: 'password', version: 1 },
        PLAIN: { path: 'kv/shop', key: 'password' },
      },
      world,
    ).read();
    expect(valuesOf(all)).toEqual({
      PASSWORD: 'geheim\n2',
      PORT: '5432',
      LONG: '12345678901234567000',
      ON: 'true',
      OLD: 'old',
      PLAIN: 'one',
    });
    const origins = all.flatMap((one) => ('origin' in one ? [[one.name, one.origin] as const] : []));
    expect(Object.fromEntries(origins)).toMatchObject({
      PASSWORD: { from: 'vault', secret: 'secret/data/shop', version: '2' },
      OLD: { from: 'vault', secret: 'secret/data/shop', version: '1' },
      PLAIN: { from: 'vault', secret: 'kv/shop' },
    });
    expect(Object.fromEntries(origins).PLAIN).not.toHaveProperty('version');
    expect(server.requests.length).toBe(3);
    expect(world.masked).toEqual(expect.arrayContaining([TOKEN, 'geheim\n2', '5432', 'old', 'one']));
    // The token was given from outside: it is not ours to end.
    expect(server.revoked).toEqual([]);
  });

  test('in a namespace', async () => {
    server.namespace = 'admin/team';
    expect(valuesOf(await provider(PASSWORD, undefined, { namespace: 'admin/team' }).read())).toEqual({
      A: 'geheim\n2',
    });
  });

  test('behind a prefix and a node that stands by', async () => {
    const standby = new LocalServer(({ url }) => ({
      status: 307,
      headers: { Location: `${address}${url.pathname.replace('/prefix', '')}${url.search}` },
    }));
    try {
      const through = `${await standby.start()}/prefix/`;
      const values = { A: { path: 'secret/data/shop', key: 'password', version: 1 } };
      expect(valuesOf(await provider(values, undefined, { address: through }).read())).toEqual({ A: 'old' });
    } finally {
      await standby.stop();
    }
  });
});

describe('the login', () => {
  test('with a role and its secret id ends with its token revoked', async () => {
    const world = new TestWorld({ VAULT_ROLE_ID: 'the-role-id', VAULT_SECRET_ID: 'the-secret-id' });
    expect(valuesOf(await provider(PASSWORD, world, { auth: auth('approle') }).read())).toEqual({
      A: 'geheim\n2',
    });
    expect(server.revoked).toEqual(['hvs.made-by-login-1']);
    expect(world.masked).toEqual(expect.arrayContaining(['the-secret-id', 'hvs.made-by-login-1']));
  });

  describe('with the identity of the job', () => {
    let github: GitHubIdentity;
    let world: TestWorld;
    beforeEach(async () => {
      github = new GitHubIdentity(BEARER);
      const url = `${await github.start()}/idtoken?api-version=2.0`;
      world = new TestWorld({ ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: BEARER });
    });
    afterEach(() => github.stop());
    const jwt = (more: Partial<VaultAuth> = {}) => ({
      auth: auth('jwt', { role: 'shop', audience: 'https://vault.example.com', ...more }),
    });

    test('is taken when role and audience fit, and its token is revoked', async () => {
      expect(valuesOf(await provider(PASSWORD, world, jwt()).read())).toEqual({ A: 'geheim\n2' });
      expect(github.requests[0]?.url.searchParams.get('api-version')).toBe('2.0');
      expect(server.revoked).toEqual(['hvs.made-by-login-1']);
      const [token] = world.masked.filter((value) => value.startsWith('ey'));
      expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ jwt: token, role: 'shop' });
      expect(world.masked).toContain(BEARER);
    });

    test('by the role of the method, when none is named', async () => {
      const given = auth('jwt', { audience: 'https://vault.example.com' });
      expect(valuesOf(await provider(PASSWORD, world, { auth: given }).read())).toEqual({ A: 'geheim\n2' });
    });

    test('is refused with another audience, role or mount, each told apart', async () => {
      const messages = async (more: Partial<VaultAuth>) =>
        (await faultsOf(provider(PASSWORD, world, jwt(more)))).map(told);
      expect(await messages({ audience: 'https://another.example' })).toEqual([
        'secrets.vault.auth: Vault refuses the login with jwt at auth/jwt (400: error validating token: invalid audience (aud) claim). Compare bound_audiences, bound_subject and bound_claims of the role "shop" in auth/jwt with this job.',
      ]);
      expect(await messages({ role: 'shpo' })).toEqual([
        expect.stringMatching(/400: role "shpo" could not be found/),
      ]);
      expect(await messages({ mount: 'github' })).toEqual([
        expect.stringMatching(/404: no handler for route .* Enable the method there, or name its `mount`/),
      ]);
    });

    test('is not given to a job without the permission', async () => {
      const [fault] = await faultsOf(provider(PASSWORD, new TestWorld(), jwt()));
      expect(fault).toMatchObject({
        code: 'secrets-login',
        remedy: expect.stringMatching(/id-token: write/),
      });
    });

    test('is not given out when GitHub does not know the job', async () => {
      world.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN = 'another';
      const [fault] = await faultsOf(provider(PASSWORD, world, jwt()));
      expect(fault).toMatchObject({
        code: 'secrets-login',
        what: expect.stringMatching(/no identity token/),
      });
    });
  });

  test.each([
    ['token', {}, 'VAULT_TOKEN is not set.'],
    ['token', { VAULT_TOKEN: ' ' }, 'VAULT_TOKEN is not set.'],
    ['approle', { VAULT_ROLE_ID: 'x' }, 'VAULT_SECRET_ID is not set.'],
    [
      'approle',
      { VAULT_ROLE_ID: 'the-role-id', VAULT_SECRET_ID: 'wrong' },
      'Vault refuses the login with approle at auth/approle (400: invalid role or secret ID).',
    ],
  ] as const)('%s with %j: %s', async (method, env, what) => {
    const faults = await faultsOf(provider(PASSWORD, new TestWorld(env), { auth: auth(method) }));
    expect(faults).toMatchObject([{ code: 'secrets-login', where: 'secrets.vault.auth', what }]);
    expect(JSON.stringify(faults)).not.toContain('wrong');
  });

  test('a token that has ended is told apart from one that lacks a right', async () => {
    server.tokens.clear();
    expect(await faultsOf(provider(PASSWORD))).toMatchObject([
      { code: 'secrets-login', what: 'Vault does not know the token, or it has ended.' },
    ]);
    server.tokens.set(TOKEN, ['kv/shop']);
    expect((await faultsOf(provider(PASSWORD))).map(told)).toEqual([
      'secrets.vault.values.A: The policies of the token do not allow to read secret/data/shop in Vault, or there is no such path. Add to a policy of it: path "secret/data/shop" { capabilities = ["read"] }. Write the path as the API has it: MOUNT/data/PATH for KV version 2, MOUNT/PATH for version 1.',
    ]);
  });
});

describe('what can not be had names the secret, never a value', () => {
  const API = 'Write the path as the API has it: MOUNT/data/PATH for KV version 2, MOUNT/PATH for version 1.';
  test.each<[string, VaultReference, string]>([
    ['a path', { path: 'secret/data/none', key: 'a' }, `There is no secret/data/none in Vault. ${API}`],
    [
      'a version',
      { path: 'secret/data/shop', key: 'a', version: 9 },
      `There is no secret/data/shop, version 9, in Vault. ${API}`,
    ],
    [
      'a deleted one',
      { path: 'secret/data/gone', key: 'a' },
      'secret/data/gone was deleted in Vault. Bring it back (vault kv undelete), or store it anew.',
    ],
    [
      'a version where there are none',
      { path: 'kv/shop', key: 'password', version: 1 },
      'kv/shop in Vault has no versions: it lies in a store of KV version 1. Remove `version`.',
    ],
    [
      'a key',
      { path: 'secret/data/shop', key: 'pasword' },
      'secret/data/shop in Vault has no key "pasword". Write "password".',
    ],
    [
      'a key of many',
      { path: 'secret/data/shop', key: 'deep' },
      'secret/data/shop in Vault holds no single text at "deep". Store a text there.',
    ],
  ])('%s', async (_, reference, message) => {
    const faults = await faultsOf(provider({ A: reference }));
    expect(faults.map(told)).toEqual([`secrets.vault.values.A: ${message}`]);
    expect(message).not.toContain('geheim');
  });

  test('all of them at once', async () => {
    const faults = await faultsOf(
      provider({
        A: { path: 'secret/data/none', key: 'a' },
        B: { path: 'secret/data/shop', key: 'b' },
        C: { path: 'kv/other', key: 'c' },
      }),
    );
    expect(faults.map(({ code }) => code)).toEqual(['secrets-not-found', 'secrets-key', 'secrets-denied']);
  });
});

describe('disturbances', () => {
  test('pass: throttled for as long as Vault says, standing by, broken, cut', async () => {
    server.first.push(
      {
        ...refused(429, 'request path "secret/data/shop": rate limit quota exceeded'),
        headers: { 'Retry-After': '3' },
      },
      refused(473),
      { status: 0, drop: true },
      refused(502, 'bad gateway'),
    );
    const world = new TestWorld({ VAULT_TOKEN: TOKEN });
    expect(valuesOf(await provider(PASSWORD, world).read())).toEqual({ A: 'geheim\n2' });
    expect(world.slept).toEqual([3000, 500, 1000, 2000]);
  });

  test.each([
    [429, 'rate limit quota exceeded', 'secrets-throttled', /throttles, after 5 tries too/],
    [503, 'Vault is sealed', 'secrets-store', /is sealed\.$/],
    [500, 'internal error', 'secrets-store', /answered 500 \(internal error\)/],
  ])('that stay are told: %i %s', async (status, said, code, what) => {
    server.first.push(...Array.from({ length: 9 }, () => refused(status, said)));
    expect(await faultsOf(provider(PASSWORD))).toMatchObject([{ code, what: expect.stringMatching(what) }]);
    expect(server.requests.length).toBe(5);
  });

  test('nobody there', async () => {
    const given = { address };
    await server.stop();
    expect(await faultsOf(provider(PASSWORD, undefined, given))).toMatchObject([
      { code: 'secrets-unreachable', what: expect.stringMatching(/ECONNREFUSED/) },
    ]);
  });

  test('a token never goes on to another scheme', async () => {
    server.first.push(
      ...Array.from({ length: 9 }, () => ({ status: 307, headers: { Location: 'ftp://127.0.0.1/' } })),
    );
    expect(await faultsOf(provider(PASSWORD))).toMatchObject([
      { code: 'secrets-unreachable', what: expect.stringMatching(/redirect away from https/) },
    ]);
    expect(server.requests.length).toBe(1);
  });

  test('a token that can not be revoked is no failure', async () => {
    const world = new TestWorld({ VAULT_ROLE_ID: 'the-role-id', VAULT_SECRET_ID: 'the-secret-id' });
    const reading = provider(PASSWORD, world, { auth: auth('approle') });
    const fetchAs = world.fetch;
    Object.assign(world, {
      fetch: (url: URL, options: RequestInit) =>
        url.pathname.endsWith('revoke-self') ? fetchAs('http://127.0.0.1:1') : fetchAs(url, options),
    });
    expect(valuesOf(await reading.read())).toEqual({ A: 'geheim\n2' });
    expect(world.said).toEqual(['the token for Vault could not be revoked; it ends by itself']);
  });
});
