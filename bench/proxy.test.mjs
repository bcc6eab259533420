import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { countingProxy } from './proxy.mjs';

/** Talks through the proxy to a server that answers each line with itself. */
async function withEcho(talk) {
  const echo = createServer((socket) => socket.pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const proxy = await countingProxy('127.0.0.1', echo.address().port);
  const socket = connect({ host: '127.0.0.1', port: proxy.port, noDelay: true });
  const ask = async (text) => {
    let heard = '';
    socket.write(text);
    while (heard.length < text.length) heard += (await once(socket, 'data'))[0];
  };
  try {
    await talk(ask, socket);
    return proxy.roundTrips();
  } finally {
    socket.destroy();
    proxy.close();
    echo.close();
  }
}

test('each question that waits for an answer is a round trip', async () => {
  assert.equal(
    await withEcho(async (ask) => {
      for (const text of ['one\n', 'two\n', 'three\n']) await ask(text);
    }),
    3,
  );
});

test('a long question, in many packets, is one', async () => {
  const question = 'x'.repeat(4 * 1024 * 1024);
  const server = createServer((socket) => {
    let heard = 0;
    socket.on('data', (bytes) => {
      heard += bytes.length;
      if (heard === question.length) socket.end('heard');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await countingProxy('127.0.0.1', server.address().port);
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  socket.write(question);
  await once(socket, 'data');
  assert.equal(proxy.roundTrips(), 1);
  assert.equal(proxy.sent(), question.length);
  socket.destroy();
  proxy.close();
  server.close();
});
