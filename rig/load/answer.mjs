import { Failure } from './failure.mjs';

const HEAD_END = Buffer.from('\r\n\r\n');
const CRLF = Buffer.from('\r\n');
const MAX_HEAD_BYTES = 64 * 1024;

/**
 * Reads one HTTP/1.1 answer from the bytes of a connection, strictly: what is not complete to the last byte
 * by its own account is not an answer.
 */
export class AnswerReader {
  status;
  /** Headers by lower-case name. */
  headers;
  #rest = Buffer.alloc(0);
  #parts = [];
  #length;
  #received = 0;
  #chunkLeft;
  #step = 'head';

  get complete() {
    return this.#step === 'done';
  }

  /** True when not one byte has come. */
  get empty() {
    return this.#step === 'head' && this.#rest.length === 0;
  }

  get body() {
    return Buffer.concat(this.#parts);
  }

  /** Number of bytes that came behind the end of the answer. */
  get surplus() {
    return this.complete ? this.#rest.length : 0;
  }

  /** Those bytes: after an upgrade they belong to the new protocol. */
  takeSurplus() {
    const bytes = this.complete ? this.#rest : Buffer.alloc(0);
    this.#rest = Buffer.alloc(0);
    return bytes;
  }

  /** True when the connection may not be used again. */
  get closes() {
    const connection = (this.headers?.connection ?? '').toLowerCase();
    return connection.includes('close') || this.#length === Infinity;
  }

  /** Takes the next bytes. @throws {Failure} when they are no HTTP */
  push(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#advance());
  }

  /** The server has ended the connection. @throws {Failure} unless that ends the answer in good order */
  end() {
    if (this.complete) return;
    if (this.#step === 'body' && this.#length === Infinity) {
      this.#step = 'done';
      return;
    }
    if (this.empty) throw new Failure('no-answer', 'the connection was closed before any answer');
    const wanted = this.#length === undefined ? 'the rest' : `${this.#length} bytes`;
    throw new Failure(
      this.#step === 'head' ? 'cut-head' : 'cut-body',
      `closed after ${this.#received} bytes of the body, ${wanted} announced`,
    );
  }

  /** Does one step with what has come; false when it needs more bytes, or is done. */
  #advance() {
    switch (this.#step) {
      case 'head':
        return this.#readHead();
      case 'body':
        return this.#readBody();
      case 'chunk':
        return this.#readChunk();
      case 'trailer':
        return this.#readTrailer();
      default:
        return false;
    }
  }

  #readHead() {
    const end = this.#rest.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#rest.length > MAX_HEAD_BYTES) throw new Failure('bad-answer', 'the head does not end');
      return false;
    }
    const [first, ...lines] = this.#rest.subarray(0, end).toString('latin1').split('\r\n');
    this.#rest = this.#rest.subarray(end + HEAD_END.length);
    const status = /^HTTP\/1\.[01] (\d{3})( |$)/.exec(first);
    if (!status) throw new Failure('bad-answer', `"${first.slice(0, 80)}" is no status line`);
    this.status = Number(status[1]);
    this.headers = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Failure('bad-answer', `"${line.slice(0, 80)}" is no header`);
      this.headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    if (this.status === 101) this.#step = 'done';
    // Other answers below 200 only announce the real one.
    if (this.status >= 200) this.#beginBody();
    return true;
  }

  #beginBody() {
    if (this.status === 204 || this.status === 304) {
      this.#step = 'done';
    } else if ((this.headers['transfer-encoding'] ?? '').toLowerCase().includes('chunked')) {
      this.#step = 'chunk';
    } else {
      const length = this.headers['content-length'];
      this.#length = length === undefined ? Infinity : Number(length);
      if (Number.isNaN(this.#length)) throw new Failure('bad-answer', `Content-Length is "${length}"`);
      this.#step = this.#length === 0 ? 'done' : 'body';
    }
  }

  #take(count) {
    const part = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(part.length);
    this.#received += part.length;
    if (part.length > 0) this.#parts.push(part);
    return part.length;
  }

  #readBody() {
    this.#take(this.#length - this.#received);
    if (this.#received === this.#length) this.#step = 'done';
    return false;
  }

  #readChunk() {
    if (this.#chunkLeft === undefined) {
      const end = this.#rest.indexOf(CRLF);
      if (end < 0) return false;
      const size = Number.parseInt(this.#rest.subarray(0, end).toString('latin1'), 16);
      if (Number.isNaN(size)) throw new Failure('bad-answer', 'a chunk has no size');
      this.#rest = this.#rest.subarray(end + CRLF.length);
      if (size === 0) {
        this.#step = 'trailer';
        return true;
      }
      this.#chunkLeft = size;
    }
    this.#chunkLeft -= this.#take(this.#chunkLeft);
    if (this.#chunkLeft > 0 || this.#rest.length < CRLF.length) return false;
    this.#rest = this.#rest.subarray(CRLF.length);
    this.#chunkLeft = undefined;
    return true;
  }

  #readTrailer() {
    const end = this.#rest.indexOf(CRLF);
    if (end < 0) return false;
    this.#rest = this.#rest.subarray(end + CRLF.length);
    if (end === 0) this.#step = 'done';
    return end !== 0;
  }
}
