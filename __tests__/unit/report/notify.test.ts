import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from '../../../src/errors.ts';
import { type Notice, notify } from '../../../src/report/notify.ts';
import type { Result } from '../../../src/report/result.ts';
import { deployed, failed, unchanged } from './results.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: { event?: string; text?: string; embeds?: unknown[] };
}

/** What the receiver answers to each request in turn, then 200: a status, or no answer at all. */
let answers: { status: number; headers?: Record<string, string> }[];
let received: Received[];
let server: Server;
let base: string;
let warned: Fault[];
let waits: number[];

beforeEach(async () => {
  [answers, received, warned, waits] = [[], [], [], []];
  server = createServer(async (incoming, outgoing) => {
    let text = '';
    for await (const chunk of incoming) text += chunk;
    received.push({ path: incoming.url ?? '', headers: incoming.headers, body: JSON.parse(text) });
    const { status, headers = {} } = answers.shift() ?? { status: 200 };
    if (status === 0) incoming.socket.destroy();
    else outgoing.writeHead(status, headers).end('no');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const HOOK = 's3cr3t-hook';
const everything = ['success', 'failure', 'revert', 'recovery'] as const;
const notice = (more: Partial<Notice> = {}): Notice => ({
  to: 'webhook',
  on: everything,
  secret: 'HOOK',
  url: `${base}/${HOOK}`,
  ...more,
});
const send = (result: Result, ...notices: Notice[]) =>
  notify(
    notices,
    result,
    { at: 0, runUrl: undefined, actor: undefined },
    {
      fetch,
      sleep: async (ms) => void waits.push(ms),
      warn: (fault) => void warned.push(fault),
    },
  );

test('each receiver gets its format, once', async () => {
  await send(deployed, notice(), notice({ to: 'slack' }), notice({ to: 'discord' }));
  expect(received.map(({ path, headers }) => [path, headers['content-type']])).toEqual(
    Array(3).fill([`/${HOOK}`, 'application/json']),
  );
  expect(received.filter(({ body }) => body.event === 'success')).toHaveLength(1);
  expect(received.filter(({ body }) => body.text?.includes('Deployed'))).toHaveLength(1);
  expect(received.filter(({ body }) => body.embeds?.length === 1)).toHaveLength(1);
  expect(warned).toEqual([]);
});

test('nobody hears what they did not ask for, and a recovery is one message', async () => {
  await send(deployed, notice({ on: ['failure', 'revert'] }));
  await send(unchanged, notice());
  expect(received).toEqual([]);
  const recovered = { ...deployed, recovered: true };
  await send(recovered, notice(), notice({ on: ['success'] }), notice({ on: ['recovery'] }));
  await send(failed, notice({ on: ['recovery'] }));
  expect(received.map(({ body }) => body.event).sort()).toEqual(['recovery', 'recovery', 'success']);
});

test.each([
  ['500', { status: 500 }, [1_000]],
  ['429', { status: 429, headers: { 'retry-after': '2' } }, [2_000]],
  ['a cut', { status: 0 }, [1_000]],
])('after %s it is sent once more', async (_, answer, expected) => {
  answers = [answer];
  await send(deployed, notice());
  expect(received).toHaveLength(2);
  expect({ warned, waits }).toEqual({ warned: [], waits: expected });
});

test.each([
  ['404', { status: 404 }, 1, /answered with 404/],
  ['500 again', { status: 500 }, 2, /answered with 500/],
  ['a limit of a minute', { status: 429, headers: { 'retry-after': '60' } }, 1, /answered with 429/],
  ['cut again', { status: 0 }, 2, /ECONNRESET|SOCKET|no connection/],
  ['a way to somewhere else', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 1, /with 302/],
])('%s is one warning, without the URL', async (_, answer, requests, why) => {
  answers = [answer, answer];
  await send(deployed, notice());
  expect(received).toHaveLength(requests);
  expect(warned).toEqual([
    expect.objectContaining({
      code: 'notify',
      where: 'notify, webhook, secret HOOK',
      what: expect.stringMatching(why),
    }),
  ]);
  expect(JSON.stringify(warned)).not.toContain(HOOK);
});

test.each([
  [undefined, /secret is missing or empty/],
  ['hooks.example.com/T0/B0', /holds no URL/],
  ['file:///etc/passwd', /holds no URL/],
  ['http://[bad', /holds no URL/],
  ['http://127.0.0.1:1/T0', /no connection|ECONNREFUSED/],
])('%s is no URL to send to, and the others are told all the same', async (url, why) => {
  await send(deployed, notice({ url }), notice());
  expect(received).toHaveLength(1);
  expect(warned).toEqual([expect.objectContaining({ what: expect.stringMatching(why) })]);
  if (url) expect(JSON.stringify(warned)).not.toContain(url);
});

test('who never answers is given up', async () => {
  server.removeAllListeners('request');
  const begun = performance.now();
  await send(deployed, notice());
  expect(performance.now() - begun).toBeLessThan(7_000);
  expect(warned).toEqual([
    expect.objectContaining({ what: expect.stringContaining('no answer came within 5 s') }),
  ]);
}, 10_000);
