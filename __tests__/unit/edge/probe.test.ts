import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { ProbeClient } from '../../../src/edge/probe.ts';
import { connect } from '../../../src/hosts/connect.ts';
import type { Host } from '../../../src/hosts/host.ts';
import { LocalHost } from '../../../src/hosts/local.ts';
import { SshHost } from '../../../src/hosts/ssh.ts';
import { Keys } from '../hosts/keys.ts';
import { TestSshd } from '../hosts/sshd.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const dir = mkdtempSync(join(tmpdir(), 'probe-'));
const path = join(dir, 'candidate.sock');
const keys = new Keys();
let server: Server;
let sshd: TestSshd;
let ssh: SshHost;
let answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
  void response.end();
let connections = 0;

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  server.on('connection', () => {
    connections++;
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  sshd = await TestSshd.start({ hostKeys: [keys.make('host', '-t ed25519')] });
  const client = await connect(
    { user: 'deploy', host: '127.0.0.1', port: sshd.port },
    { key: keys.make('user', '-t ed25519'), knownHosts: keys.fingerprint('host') },
    async () => {},
    () => {},
  );
  ssh = new SshHost('deploy@server', client);
});
afterAll(async () => {
  await ssh.close();
  await sshd.close();
  server.closeAllConnections();
  server.close();
  keys.remove();
  rmSync(dir, { recursive: true });
});

describe.each<[string, () => Host]>([
  ['on this machine', () => new LocalHost({}, dir)],
  ['through the SSH connection', () => ssh],
])('%s', (_, hostOf) => {
  let client: ProbeClient;
  beforeEach(() => {
    connections = 0;
    client = new ProbeClient(hostOf(), path);
  });
  afterEach(() => client.close());
  const ask = (more: object = {}) =>
    client.ask({ hostname: 'www.example.com', path: '/health?x=1', ...more });

  test('a probe is a GET with the public hostname, and the answer is told', async () => {
    answer = ({ method, url, headers }, response) => {
      response.writeHead(201, { 'x-proof': 'shop/production blue' });
      response.end([method, url, headers.host, headers['x-slot'], headers['user-agent']].join(' '));
    };
    expect(await ask({ headers: { 'x-slot': 'slot1' } })).toEqual({
      status: 201,
      headers: expect.objectContaining({ 'x-proof': 'shop/production blue' }),
      body: 'GET /health?x=1 www.example.com slot1 restaurant-deploy',
    });
  });

  test('further probes use the connection again', async () => {
    answer = (_request, response) => void response.end('ok');
    for (let at = 0; at < 5; at++) expect((await ask()).status).toBe(200);
    expect(connections).toBe(1);
  });

  test('a connection that the edge closed is replaced', async () => {
    answer = (_request, response) => void response.setHeader('connection', 'close').end('ok');
    for (let at = 0; at < 3; at++) expect((await ask()).status).toBe(200);
    expect(connections).toBe(3);
  });

  test.each([204, 301, 400, 404, 500, 503])('status %d is an answer, and no error', async (status) => {
    answer = (_request, response) => void response.writeHead(status, { location: '/x' }).end();
    expect((await ask()).status).toBe(status);
  });

  test('of a long body the beginning is kept, and the connection is free again', async () => {
    answer = (_request, response) => void response.end('é'.repeat(200_000));
    expect((await ask()).body).toBe('é'.repeat(300));
    answer = (_request, response) => void response.end('ok');
    expect((await ask()).body).toBe('ok');
    expect(connections).toBe(1);
  });

  test('many at once are answered each', async () => {
    answer = ({ url }, response) => void response.end(url);
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => ask({ path: `/${at}` })));
    expect(answers.map((one) => one.body)).toEqual(Array.from({ length: 12 }, (_, at) => `/${at}`));
    expect(connections).toBeLessThanOrEqual(4);
  });

  test.each<[string, (socket: Socket, response: ServerResponse) => void]>([
    ['is cut before it', (socket) => socket.destroy()],
    ['is no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH\r\n')],
    [
      'is cut in its body',
      (socket, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('half');
        setImmediate(() => socket.destroy());
      },
    ],
  ])('an answer that %s is an error, and the next probe is none', async (_name, misbehave) => {
    answer = (request, response) => misbehave(request.socket, response);
    await expect(ask()).rejects.toBeDefined();
    answer = (_request, response) => void response.end('ok');
    expect((await ask()).body).toBe('ok');
  });
});

test('a socket that is not there is an error', async () => {
  const client = new ProbeClient(new LocalHost({}, dir), join(dir, 'none.sock'));
  await expect(client.ask({ hostname: 'a', path: '/' })).rejects.toThrow(/ENOENT/);
  client.close();
});
