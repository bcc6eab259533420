import { randomBytes } from 'node:crypto';
import { Failure } from './failure.mjs';

/** The kinds of WebSocket frames (RFC 6455, section 5.2). */
export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/**
 * A whole message in one frame, masked as clients must.
 *
 * @param {number} opcode
 * @param {Buffer} payload up to 65,535 bytes
 * @returns {Buffer}
 */
export function encodeFrame(opcode, payload) {
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 4 : 2);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (long ? 126 : payload.length);
  if (long) head.writeUInt16BE(payload.length, 2);
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ mask[index % 4]);
  return Buffer.concat([head, mask, masked]);
}

/** Cuts the bytes that a server sends into frames. Messages of several frames are not expected. */
export class FrameReader {
  #rest = Buffer.alloc(0);

  /**
   * @param {Buffer} bytes
   * @returns {{opcode: number, payload: Buffer}[]} the frames that are complete now
   * @throws {Failure} on a frame that a server may not send
   */
  push(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames = [];
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next() {
    const rest = this.#rest;
    if (rest.length < 2) return undefined;
    if (!(rest[0] & 0x80) || rest[1] & 0x80)
      throw new Failure('ws-bad-frame', 'a fragment, or a masked frame');
    let length = rest[1];
    let start = 2;
    if (length === 126) {
      if (rest.length < 4) return undefined;
      length = rest.readUInt16BE(2);
      start = 4;
    } else if (length === 127) {
      throw new Failure('ws-bad-frame', 'a frame of more than 65,535 bytes');
    }
    if (rest.length < start + length) return undefined;
    this.#rest = rest.subarray(start + length);
    return { opcode: rest[0] & 0x0f, payload: rest.subarray(start, start + length) };
  }
}
