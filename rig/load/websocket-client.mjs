import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER_TIMEOUT, Connection } from './connection.mjs';
import { Failure } from './failure.mjs';
import { encodeFrame, FrameReader, OPCODE } from './frames.mjs';

const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** Rest between two messages, and after a failure, in milliseconds. */
const BETWEEN_MESSAGES = 200;
const AFTER_FAILURE = 500;
/** Close codes with which a server ends a socket in good order: normal, going away, restarting. */
const CLEAN = new Set([1000, 1001, 1005, 1012]);

/**
 * One client that keeps a WebSocket open, sends messages, and checks that each comes back. The socket must
 * live until the server closes it by a close frame (then the next one is opened) or the run is over.
 *
 * @param {string} path
 * @param {{hostname: string, port: number, tls: boolean, host: string}} target
 * @param {import('./tally.mjs').Tally} tally
 * @param {AbortSignal} over
 */
export async function runWebSocketClient(path, target, tally, over) {
  do {
    let opened = false;
    try {
      const began = performance.now();
      const { socket, first, headers } = await openWebSocket(path, target);
      opened = true;
      tally.websockets.opened++;
      tally.ok('websocket', performance.now() - began, headers);
      await converse(socket, first, tally, over);
    } catch (failure) {
      if (opened) tally.websockets.broken++;
      tally.failed('websocket', failure, path);
      await sleep(AFTER_FAILURE, undefined, { signal: over }).catch(() => {});
    }
  } while (!over.aborted);
}

async function openWebSocket(path, target) {
  const key = randomBytes(16).toString('base64');
  const connection = await Connection.open(target);
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${target.host}`, 'Upgrade: websocket', 'Connection: Upgrade'];
  lines.push(`Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13');
  const answer = await connection.request(lines.map((line) => `${line}\r\n`).join(''), Buffer.alloc(0));
  if (answer.status !== 101) {
    connection.close();
    throw new Failure(`status-${answer.status}`, `${answer.status} instead of a WebSocket`);
  }
  const accept = createHash('sha1')
    .update(key + ACCEPT_SUFFIX)
    .digest('base64');
  const socket = connection.detach();
  if (answer.headers['sec-websocket-accept'] !== accept) {
    socket.destroy();
    throw new Failure('bad-answer', 'Sec-WebSocket-Accept does not fit the key');
  }
  return { socket, first: answer.takeSurplus(), headers: answer.headers };
}

/** Sends and checks messages; resolves when the server closed in good order, or the run is over. */
function converse(socket, first, tally, over) {
  return new Promise((resolve, reject) => {
    const frames = new FrameReader();
    let waiting;
    let timer;
    const done = (settle, value) => {
      clearTimeout(timer);
      over.removeEventListener('abort', leave);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.end();
      socket.destroySoon();
      settle(value);
    };
    const send = (opcode, payload) => socket.write(encodeFrame(opcode, payload));
    const next = () => {
      waiting = `message ${randomBytes(6).toString('hex')}`;
      send(OPCODE.text, Buffer.from(waiting));
      timer = setTimeout(
        () => done(reject, new Failure('ws-timeout', 'a message did not come back within 10 s')),
        ANSWER_TIMEOUT,
      );
    };
    // A message under way is waited for: its loss at the end of the run is a loss as well.
    const leave = () => {
      if (waiting !== undefined) return;
      send(OPCODE.close, Buffer.from([0x03, 0xe8]));
      done(resolve);
    };
    const take = (bytes) => {
      for (const { opcode, payload } of frames.push(bytes)) {
        if (opcode === OPCODE.ping) send(OPCODE.pong, payload);
        if (opcode === OPCODE.close) return closedByServer(payload);
        if (opcode !== OPCODE.text && opcode !== OPCODE.binary) continue;
        if (payload.toString() !== waiting) {
          return done(
            reject,
            new Failure('ws-wrong-answer', `"${payload.toString().slice(0, 80)}" instead of the message`),
          );
        }
        tally.websockets.messages++;
        waiting = undefined;
        clearTimeout(timer);
        if (over.aborted) return leave();
        timer = setTimeout(next, BETWEEN_MESSAGES);
      }
    };
    const closedByServer = (payload) => {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      send(OPCODE.close, payload.subarray(0, 2));
      if (CLEAN.has(code)) done(resolve);
      else done(reject, new Failure('ws-closed', `closed by the server with ${code} ${payload.subarray(2)}`));
    };
    socket.on('data', (bytes) => {
      try {
        take(bytes);
      } catch (failure) {
        done(reject, failure);
      }
    });
    socket.on('error', (error) =>
      done(reject, new Failure('ws-broken', `reset: ${error.code ?? error.message}`)),
    );
    socket.on('end', () =>
      done(reject, new Failure('ws-broken', 'the connection ended without a close frame')),
    );
    socket.on('close', () =>
      done(reject, new Failure('ws-broken', 'the connection ended without a close frame')),
    );
    over.addEventListener('abort', leave, { once: true });
    if (first.length > 0) socket.emit('data', first);
    next();
  });
}
