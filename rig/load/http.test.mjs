import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AnswerReader } from './answer.mjs';
import { load, loadRaw, OK, rawServer, serving } from './testing.mjs';

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
    const seen = await serving(server, (url) => load(url, words, AbortSignal.timeout(400)));
    assert.equal(seen.failed, 0, JSON.stringify(seen.first));
    assert.ok(seen.requests >= 24);
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
    const seen = await serving(server, (url) =>
      load(url.replace('http:', 'https:'), options, AbortSignal.timeout(400)),
    );
    assert.equal(seen.failed, 0, JSON.stringify(seen.first));
    assert.ok(seen.requests >= 24);
  });

  test('Connection: close is obeyed', async () => {
    const seen = await loadRaw((socket) => socket.end(OK.replace('\r\n', '\r\nConnection: close\r\n')));
    assert.equal(seen.failed, 0);
    assert.equal(seen.idleClosed, 0);
    assert.equal(seen.requests, 4);
  });

  test('an idle connection that is closed without a word is told apart', async () => {
    const seen = await loadRaw((socket) => socket.end(OK));
    assert.equal(seen.failed, 0);
    assert.equal(seen.idleClosed, 3);
  });

  test('a request under way at the end of the run is waited for', async () => {
    const seen = await loadRaw((socket) => setTimeout(() => socket.write(OK), 500), [], 1);
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
      assert.equal(seen.failed, 4);
      assert.equal(seen.requests, 4);
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
    const seen = await load(url, ['--clients', '1'], AbortSignal.timeout(100));
    assert.deepEqual(Object.keys(seen.failures), ['refused']);
  });

  test('no answer within ten seconds', { timeout: 20000 }, async () => {
    const seen = await loadRaw(() => {}, [], 1);
    assert.deepEqual(seen.failures, { timeout: 1 });
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
