import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { describe, test } from 'node:test';
import { encodeFrame, FrameReader, OPCODE } from './frames.mjs';
import { load, serving } from './testing.mjs';

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

/** Runs one WebSocket client until so many frames have come; `onFrame` does something with each. */
async function converse(frames, onFrame) {
  const over = new AbortController();
  let seen = 0;
  const server = webSocketServer((socket, frame) => {
    seen++;
    if (seen >= frames) over.abort();
    onFrame(socket, frame);
  });
  return await serving(server, (url) => load(url, ['--ws-path', '/ws', '--clients', '2'], over.signal));
}

describe('websockets', () => {
  test('an echo that lives to the end is no failure', async () => {
    const seen = await converse(4, (socket, { opcode, payload }) =>
      socket.write(serverFrame(opcode, payload)),
    );
    assert.equal(seen.failed, 0);
    assert.deepEqual(seen.websockets, { opened: 1, broken: 0, messages: 4 });
  });

  test('a clean close by the server is no failure, and the next socket is opened', async () => {
    const close = serverFrame(OPCODE.close, Buffer.from([0x03, 0xe9]));
    const seen = await converse(3, (socket, { opcode }) => opcode === OPCODE.text && socket.end(close));
    assert.equal(seen.failed, 0);
    assert.ok(seen.websockets.opened > 1);
  });

  const broken = {
    'ws-broken': (socket) => socket.destroy(),
    'ws-closed': (socket) => socket.end(serverFrame(OPCODE.close, Buffer.from([0x03, 0xf3]))),
    'ws-wrong-answer': (socket) => socket.write(serverFrame(OPCODE.text, Buffer.from('else'))),
  };
  for (const [kind, onFrame] of Object.entries(broken)) {
    test(kind, async () => {
      const seen = await converse(1, onFrame);
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
