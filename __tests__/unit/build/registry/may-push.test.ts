import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { demandPush } from '../../../../src/build/registry/may-push.ts';

const COOK = { username: 'cook', password: 'secret' };
const BASIC = `Basic ${Buffer.from('cook:secret').toString('base64')}`;

/** A registry, as far as the beginning of an upload goes. */
class Registry {
  readonly asked: string[] = [];
  readonly #server: Server;
  #answer: (request: IncomingMessage) => { status: number; headers?: Record<string, string>; body?: string };

  constructor(answer: Registry['answer']) {
    this.#answer = answer;
    this.#server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
      const { status, headers, body = '' } = this.#answer(request);
      response.writeHead(status, headers).end(body);
    });
  }

  get answer() {
    return this.#answer;
  }

  get name(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let registry: Registry;
afterEach(() => registry?.close());

const demand = (...images: string[]) =>
  demandPush(
    images.map((image) => `${registry.name}/org/${image}`),
    COOK,
    new AbortController().signal,
  );

test('an upload is begun and given up, once for each repository', async () => {
  registry = await new Registry(({ method, headers }) => {
    if (headers.authorization !== BASIC)
      return { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="kitchen"' } };
    return method === 'POST' ? { status: 202, headers: { Location: '/v2/upload/1' } } : { status: 204 };
  }).open();
  await demand('web:v1', 'web:v2');
  expect(registry.asked).toEqual([
    'POST /v2/org/web/blobs/uploads/ -',
    `POST /v2/org/web/blobs/uploads/ ${BASIC}`,
    `DELETE /v2/upload/1 ${BASIC}`,
  ]);
});

/** One that hands out tokens, and takes those for pushes alone. */
const withTokens = (token: string, status = 200) =>
  new Registry(({ url = '', headers, method }) => {
    if (url.startsWith('/token')) return { status, body: JSON.stringify({ token }) };
    if (headers.authorization === 'Bearer push')
      return method === 'POST' ? { status: 202, headers: { Location: '/v2/upload/1' } } : { status: 204 };
    if (headers.authorization) return { status: 403 };
    const realm = `Bearer realm="http://${registry.name}/token",service="kitchen"`;
    return { status: 401, headers: { 'WWW-Authenticate': realm } };
  }).open();

test('a token is fetched for the right to push', async () => {
  registry = await withTokens('push');
  await demand('web:v1');
  expect(registry.asked[1]).toBe(
    `GET /token?service=kitchen&scope=repository%3Aorg%2Fweb%3Apull%2Cpush ${BASIC}`,
  );
  expect(registry.asked.at(-1)).toBe('DELETE /v2/upload/1 Bearer push');
});

test.each([
  ['a token that may only read', 'read', 200],
  ['no token at all', '', 403],
])('%s is told before anything is built', async (_, token, status) => {
  registry = await withTokens(token, status);
  await expect(demand('web:v1', 'app:v1')).rejects.toMatchObject({
    faults: [
      {
        code: 'registry-denied',
        where: registry.name,
        what: `The login of cook may not write ${registry.name}/org/web, ${registry.name}/org/app.`,
        remedy: expect.stringContaining('packages: write'),
      },
    ],
  });
});

describe('the push will tell where the registry', () => {
  test.each([
    ['answers something else', { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' }],
    ['fails', { status: 500 }],
    ['leads elsewhere', { status: 307, headers: { Location: 'https://example.com/' } }],
    ['wants another kind of login', { status: 401, headers: { 'WWW-Authenticate': 'Negotiate' } }],
  ])('%s', async (_, answer) => {
    registry = await new Registry(() => answer).open();
    await demand('web:v1');
    expect(registry.asked).toHaveLength(1);
  });

  test('would get the password by an open line', async () => {
    const realm = 'Bearer realm="http://example.com/token",service="kitchen"';
    registry = await new Registry(() => ({ status: 401, headers: { 'WWW-Authenticate': realm } })).open();
    await demand('web:v1');
    expect(registry.asked).toHaveLength(1);
  });

  test('can not be reached', async () => {
    registry = await new Registry(() => ({ status: 500 })).open();
    const gone = registry.name;
    registry.close();
    await demandPush([`${gone}/org/web:v1`], COOK, new AbortController().signal);
  });
});
