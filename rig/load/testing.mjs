// What the tests of the load client share: servers on the loopback, and short runs against them.
import { createServer as createTcpServer } from 'node:net';
import { readOptions } from './options.mjs';
import { runLoad } from './run.mjs';

/** Starts a server on a free port of the loopback; gives its URL to `use` and closes it afterwards. */
export async function serving(server, use) {
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
export function rawServer(answer) {
  return createTcpServer((socket) => {
    let count = 0;
    socket.on('data', () => answer(socket, count++));
  });
}

/** Runs the load until `over`. Each client sends at least one request, however slow the machine is. */
export function load(url, words, over) {
  return runLoad(readOptions([url, ...words]), over);
}

/** Loads a raw server with one client for so many requests, and returns what was counted. */
export function loadRaw(answer, words = [], requests = 4) {
  const over = new AbortController();
  let seen = 0;
  const server = rawServer((socket, count) => {
    seen++;
    if (seen >= requests) over.abort();
    answer(socket, count);
  });
  return serving(server, (url) => load(url, ['--clients', '1', ...words], over.signal));
}

/** A whole answer. */
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
