import { createSign, createVerify, generateKeyPairSync } from 'node:crypto';
import { type Asked, LocalServer, type Told } from './http.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The part of GitHub that vouches for a job: signed tokens for those who hold the bearer of the job. */
export class GitHubIdentity extends LocalServer {
  constructor(bearer: string) {
    super(({ url, headers }) => {
      if (headers.authorization !== `Bearer ${bearer}`)
        return { status: 401, json: { message: 'Unauthorized' } };
      const claims = {
        iss: 'https://token.actions.githubusercontent.com',
        sub: 'repo:org/shop:environment:production',
        aud: url.searchParams.get('audience') ?? 'https://github.com/org',
        exp: Date.now() / 1000 + 300,
        api: url.searchParams.get('api-version'),
      };
      const signed = `${base64({ alg: 'RS256', typ: 'JWT' })}.${base64(claims)}`;
      const signature = createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url');
      return { status: 200, json: { count: 1, value: `${signed}.${signature}` } };
    });
  }
}

interface Version {
  readonly data: Record<string, unknown>;
  readonly deleted?: boolean;
}

/** Vault as its API documentation describes it: KV 1 and 2, logins, policies, and a 403 for all that is not allowed. */
export class VaultServer extends LocalServer {
  /** Token -> paths it may read. A token that is not here is unknown, or has ended. */
  readonly tokens = new Map<string, readonly string[]>();
  readonly v1 = new Map<string, Record<string, unknown>>();
  /** Path with data/ -> versions, the first one at 0. */
  readonly v2 = new Map<string, Version[]>();
  readonly appRole = { role_id: 'the-role-id', secret_id: 'the-secret-id', uses: 1 };
  readonly role = { name: 'shop', audience: 'https://vault.example.com' };
  readonly revoked: string[] = [];
  namespace: string | undefined;
  readonly #grants: readonly string[];
  #made = 0;

  /** @param grants what a login brings the right to read */
  constructor(grants: readonly string[]) {
    super((asked) => this.#answer(asked));
    this.#grants = grants;
  }

  #answer({ method, url, headers, body }: Asked): Told {
    if (headers['x-vault-request'] !== 'true') return refused(400, 'missing X-Vault-Request');
    if (headers['x-vault-namespace'] !== this.namespace) return refused(404, 'no handler for route');
    const path = url.pathname.replace('/v1/', '');
    if (method === 'POST' && path === 'auth/approle/login') return this.#appRole(JSON.parse(body));
    if (method === 'POST' && path === 'auth/jwt/login') return this.#jwt(JSON.parse(body));
    if (path.endsWith('/login')) return refused(404, `no handler for route "${path}"`);
    const token = String(headers['x-vault-token'] ?? '');
    const grants = this.tokens.get(token);
    if (!grants) return refused(403, 'permission denied');
    if (path === 'auth/token/lookup-self') return { status: 200, json: { data: { policies: ['default'] } } };
    if (path === 'auth/token/revoke-self' && method === 'POST') {
      this.tokens.delete(token);
      this.revoked.push(token);
      return { status: 204 };
    }
    if (!grants.includes(decodeURIComponent(path)))
      return refused(403, '1 error occurred:\n\t* permission denied\n\n');
    return this.#read(decodeURIComponent(path), url.searchParams.get('version'));
  }

  #read(path: string, asked: string | null): Told {
    const plain = this.v1.get(path);
    if (plain) return { status: 200, json: { data: plain, lease_duration: 2764800 } };
    const versions = this.v2.get(path);
    const version = asked === null || asked === '0' ? versions?.length : Number(asked);
    const found = versions?.[(version ?? 0) - 1];
    if (!found) return { status: 404, json: { errors: [] } };
    const metadata = {
      created_time: '2026-01-01T00:00:00Z',
      deletion_time: found.deleted ? '2026-01-02T00:00:00Z' : '',
      destroyed: false,
      version,
    };
    return found.deleted
      ? { status: 404, json: { data: { data: null, metadata } } }
      : { status: 200, json: { data: { data: found.data, metadata } } };
  }

  #appRole({ role_id, secret_id }: Record<string, unknown>): Told {
    if (role_id !== this.appRole.role_id) return refused(400, 'invalid role or secret ID');
    if (secret_id !== this.appRole.secret_id || this.appRole.uses-- < 1)
      return refused(400, 'invalid role or secret ID');
    return this.#session();
  }

  #jwt({ jwt, role = this.role.name }: Record<string, unknown>): Told {
    const [head = '', claims = '', signature = ''] = String(jwt).split('.');
    const right = createVerify('RSA-SHA256')
      .update(`${head}.${claims}`)
      .verify(publicKey, signature, 'base64url');
    if (!right) return refused(400, 'error validating token: invalid signature');
    if (role !== this.role.name) return refused(400, `role "${role}" could not be found`);
    const { aud } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    return aud === this.role.audience
      ? this.#session()
      : refused(400, 'error validating token: invalid audience (aud) claim');
  }

  #session(): Told {
    const token = `hvs.made-by-login-${++this.#made}`;
    this.tokens.set(token, this.#grants);
    return { status: 200, json: { auth: { client_token: token, lease_duration: 3600, policies: ['shop'] } } };
  }
}

export const refused = (status: number, ...errors: string[]): Told => ({ status, json: { errors } });
