import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AnswerReader } from './answer.mjs';
import { encodeFrame, FrameReader, OPCODE } from './frames.mjs';
import { readOptions, UsageError } from './options.mjs';
import { clientMix, runLoad } from './run.mjs';

/** Starts a server on a free port of the loopback; gives its URL to `use` and closes it afterwards. */
async function serving(server, use) {
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${server.address().port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A server that answers a raw text to each request it gets, or does what the function does. */
function rawServer(answer) {
  return createTcpServer((socket) => {
    let count = 0;
    socket.on('data', () => answer(socket, count++));
  });
}

/** Runs the load for some milliseconds. */
function load(url, words = [], milliseconds = 400) {
  return runLoad(readOptions([url, ...words]), AbortSignal.timeout(milliseconds));
}

/** Loads a raw server with one client and returns what was counted. */
function loadRaw(answer, words = []) {
  return serving(rawServer(answer), (url) => load(url, ['--clients', '1', ...words], 200));
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('what is no failure', () => {
  test('a server that keeps its word is counted without one, by release', async () => {
    const server = createHttpServer((request, answer) => {
      answer.setHeader('X-Release', 'r1');
      request.resume().on('end', () => answer.end(`ok ${request.method} ${request.headers.host}`));
    });
    const words = [
      '--host',
      'shop.example.com',
      '--expect',
      '^ok GET shop.example.com$',
      '--post-path',
      '/orders',
    ];
    const seen = await serving(server, (url) => load(url, words));
    assert.equal(seen.failed, 0, JSON.stringify(seen.first));
    assert.ok(seen.requests > 50);
    assert.equal(seen.answers.r1, seen.requests);
    assert.deepEqual(Object.keys(seen.byClient).sort(), ['fresh-get', 'keepalive-get', 'keepalive-post']);
    assert.ok(seen.latency.p50 <= seen.latency.p99 && seen.latency.p99 <= seen.latency.max);
  });

  test('TLS with a certificate of nobody, and the name that was asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'load-test-'));
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const words = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '1',
    ];
    const files = ['-subj', '/CN=shop.example.com', '-keyout', keyFile, '-out', certFile];
    execFileSync('openssl', [...words, ...files], { stdio: 'ignore' });
    const server = createHttpsServer(
      { key: readFileSync(keyFile), cert: readFileSync(certFile) },
      (request, answer) => answer.end(`${request.socket.servername} ${request.headers.host}`),
    );
    rmSync(folder, { recursive: true });
    const options = ['--host', 'shop.example.com', '--expect', '^shop.example.com shop.example.com$'];
    const seen = await serving(server, (url) => load(url.replace('http:', 'https:'), options));
    assert.equal(seen.failed, 0, JSON.stringify(seen.first));
    assert.ok(seen.requests > 10);
  });

  test('Connection: close is obeyed', async () => {
    const seen = await loadRaw((socket) => socket.end(OK.replace('\r\n', '\r\nConnection: close\r\n')));
    assert.equal(seen.failed, 0);
    assert.equal(seen.idleClosed, 0);
    assert.ok(seen.requests > 2);
  });

  test('an idle connection that is closed without a word is told apart', async () => {
    const seen = await loadRaw((socket) => socket.end(OK));
    assert.equal(seen.failed, 0);
    assert.ok(seen.idleClosed > 0);
  });

  test('a request under way at the end of the run is waited for', async () => {
    const seen = await loadRaw((socket) => setTimeout(() => socket.write(OK), 500));
    assert.equal(seen.failed, 0);
    assert.equal(seen.requests, 1);
  });
});

describe('what is a failure', () => {
  const cases = {
    reset: (socket) => socket.resetAndDestroy(),
    'no-answer': (socket) => socket.end(),
    'status-503': (socket) => socket.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'),
    'status-404': (socket) => socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
    'status-301': (socket) => socket.write('HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
    'cut-body': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
    'cut-head': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-'),
    'bad-answer': (socket) => socket.write('SSH-2.0-nothing\r\n\r\n'),
  };
  for (const [kind, answer] of Object.entries(cases)) {
    test(kind, async () => {
      const seen = await loadRaw(answer);
      assert.ok(seen.failed > 0);
      assert.equal(seen.failed, seen.requests);
      assert.deepEqual(Object.keys(seen.failures), [kind]);
      assert.equal(seen.first[0].kind, kind);
    });
  }

  test('a chunked body that ends early is cut', async () => {
    const seen = await loadRaw((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n5\r\nhal'),
    );
    assert.deepEqual(Object.keys(seen.failures), ['cut-body']);
  });

  test('a body that does not match is a wrong answer', async () => {
    const seen = await loadRaw((socket) => socket.write(OK), ['--expect', 'menu']);
    assert.deepEqual(Object.keys(seen.failures), ['wrong-answer']);
  });

  test('a keep-alive request that gets no answer is not sent again', async () => {
    let requests = 0;
    const seen = await loadRaw((socket, count) => {
      requests++;
      if (count === 0) socket.write(OK);
      else socket.end();
    });
    assert.ok(seen.failures['no-answer'] > 0);
    assert.equal(requests, seen.requests);
  });

  test('nobody listens', async () => {
    const url = await serving(
      rawServer(() => {}),
      async (address) => address,
    );
    const seen = await load(url, ['--clients', '1'], 100);
    assert.deepEqual(Object.keys(seen.failures), ['refused']);
  });

  test('no answer within ten seconds', { timeout: 20000 }, async () => {
    const seen = await loadRaw(() => {});
    assert.deepEqual(seen.failures, { timeout: 1 });
  });
});

/** A server that upgrades and then does what the function does with each frame that comes. */
function webSocketServer(onFrame) {
  const server = createHttpServer((_request, answer) => answer.end('ok'));
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.on('error', () => {});
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', (bytes) => onFrame(socket, unmask(bytes)));
  });
  return server;
}

function unmask(bytes) {
  const length = bytes[1] & 0x7f;
  const payload = bytes.subarray(6, 6 + length).map((byte, index) => byte ^ bytes[2 + (index % 4)]);
  return { opcode: bytes[0] & 0x0f, payload };
}

function serverFrame(opcode, payload) {
  return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
}

describe('websockets', () => {
  const words = ['--ws-path', '/ws', '--clients', '2'];

  test('an echo that lives to the end is no failure', async () => {
    const server = webSocketServer((socket, { opcode, payload }) =>
      socket.write(serverFrame(opcode, payload)),
    );
    const { websockets, failed } = await serving(server, (url) => load(url, words, 900));
    assert.equal(failed, 0);
    assert.deepEqual({ opened: 1, broken: 0 }, { opened: websockets.opened, broken: websockets.broken });
    assert.ok(websockets.messages >= 3);
  });

  test('a clean close by the server is no failure, and the next socket is opened', async () => {
    const server = webSocketServer((socket) =>
      socket.end(serverFrame(OPCODE.close, Buffer.from([0x03, 0xe9]))),
    );
    const { websockets, failed } = await serving(server, (url) => load(url, words));
    assert.equal(failed, 0);
    assert.ok(websockets.opened > 1);
  });

  const broken = {
    'ws-broken': (socket) => socket.destroy(),
    'ws-closed': (socket) => socket.end(serverFrame(OPCODE.close, Buffer.from([0x03, 0xf3]))),
    'ws-wrong-answer': (socket) => socket.write(serverFrame(OPCODE.text, Buffer.from('else'))),
  };
  for (const [kind, onFrame] of Object.entries(broken)) {
    test(kind, async () => {
      const seen = await serving(webSocketServer(onFrame), (url) => load(url, words, 200));
      assert.ok(seen.websockets.broken > 0);
      assert.deepEqual(Object.keys(seen.failures), [kind]);
    });
  }

  test('frames survive being cut into single bytes', () => {
    const reader = new FrameReader();
    const bytes = Buffer.concat([
      serverFrame(OPCODE.text, Buffer.from('a')),
      serverFrame(OPCODE.ping, Buffer.alloc(0)),
    ]);
    const frames = [...bytes].flatMap((byte) => reader.push(Buffer.from([byte])));
    assert.deepEqual(
      frames.map(({ opcode }) => opcode),
      [OPCODE.text, OPCODE.ping],
    );
    assert.deepEqual(unmask(encodeFrame(OPCODE.text, Buffer.from('hello'))).payload.toString(), 'hello');
  });
});

test('an answer cut into single bytes reads the same', () => {
  const answers = [
    'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n',
  ];
  for (const text of answers) {
    const reader = new AnswerReader();
    for (const byte of Buffer.from(text)) {
      assert.equal(reader.complete, false);
      reader.push(Buffer.from([byte]));
    }
    assert.equal(reader.complete, true);
    assert.equal(reader.status, 200);
    assert.equal(reader.body.toString(), 'hello');
  }
});

test('every kind that the app offers gets a client, and there are as many as asked for', () => {
  const all = { post: {}, slowPath: '/s', wsPath: '/w' };
  assert.deepEqual(clientMix({ clients: 24, ...all }), {
    'keepalive-get': 10,
    'fresh-get': 4,
    'keepalive-post': 6,
    slow: 2,
    websocket: 2,
  });
  for (const clients of [1, 2, 3, 5, 24, 100]) {
    const mix = clientMix({ clients, ...all });
    assert.equal(
      Object.values(mix).reduce((sum, count) => sum + count, 0),
      clients,
    );
  }
});

test('options that make no sense are refused', () => {
  const wrong = [
    [],
    ['x'],
    ['ftp://a/'],
    ['http://a', '--for', '3'],
    ['http://a', '--until', 'x'],
    ['http://a', '--what'],
    ['http://a', '--path', 'x'],
    ['http://a', '--expect', '('],
    ['http://a', '--clients', '0'],
  ];
  for (const words of wrong) assert.throws(() => readOptions(words), UsageError, words.join(' '));
  assert.equal(readOptions(['http://a', '--for', '99m']).duration, 15 * 60_000);
});

test('the command ends with the process that it watches, and prints one line', {
  timeout: 10000,
}, async () => {
  const watched = spawn('sleep', ['0.6']);
  const main = new URL('./main.mjs', import.meta.url).pathname;
  const printed = await serving(
    rawServer((socket) => socket.write(OK)),
    async (url) => {
      const command = spawn(process.execPath, [main, url, '--until', String(watched.pid)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      command.stdout.on('data', (bytes) => {
        text += bytes;
      });
      assert.equal(await new Promise((resolve) => command.once('close', resolve)), 0);
      return text;
    },
  );
  assert.match(printed, /^\{[^\n]+\}\n$/);
  const seen = JSON.parse(printed);
  assert.equal(seen.failed, 0);
  assert.ok(seen.seconds >= 0.3 && seen.seconds < 5, `${seen.seconds}`);
});
