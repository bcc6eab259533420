import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AnswerReader } from './answer.mjs';
import { Failure, socketFailure } from './failure.mjs';

/** How long an answer may take, in milliseconds. */
export const ANSWER_TIMEOUT = 10_000;

/**
 * One connection to the server, with nothing clever about it: no retry, no pool, no pipelining.
 */
export class Connection {
  #socket;
  #pending;
  #open = true;

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      if (this.#pending) this.#pending.data(bytes);
      else this.#open = false; // an answer nobody asked for: the server is about to close
    });
    socket.on('end', () => {
      this.#open = false;
      this.#pending?.end();
    });
    socket.on('error', (error) => {
      this.#open = false;
      this.#pending?.error(error);
    });
    socket.on('close', () => {
      this.#open = false;
      this.#pending?.end();
    });
  }

  /**
   * @param {{hostname: string, port: number, tls: boolean, host: string}} target host: name for Host and SNI
   * @returns {Promise<Connection>}
   * @throws {Failure} refused, reset, timeout, or connection
   */
  static open(target) {
    const { hostname, port } = target;
    const servername = target.host.replace(/:\d+$/, '');
    return new Promise((resolve, reject) => {
      // Servers under test have certificates of their own making.
      const socket = target.tls
        ? connectTls({
            host: hostname,
            port,
            servername,
            rejectUnauthorized: false,
            ALPNProtocols: ['http/1.1'],
          })
        : connectTcp({ host: hostname, port });
      const timer = setTimeout(
        () => fail(new Failure('timeout', 'connecting: no answer within 10 s')),
        ANSWER_TIMEOUT,
      );
      const fail = (failure) => {
        clearTimeout(timer);
        socket.destroy();
        reject(failure);
      };
      const onError = (error) => fail(socketFailure(error, 'connecting'));
      const onClose = () => fail(new Failure('reset', 'connecting: closed at once'));
      socket.once('error', onError).once('close', onClose);
      socket.once(target.tls ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        socket.off('error', onError).off('close', onClose);
        socket.setNoDelay(true);
        resolve(new Connection(socket));
      });
    });
  }

  /** False once the server has closed: a request may not be sent any more. */
  get open() {
    return this.#open;
  }

  close() {
    this.#open = false;
    this.#socket.end();
    this.#socket.destroy();
  }

  /** Hands the bare socket over, after an upgrade. */
  detach() {
    this.#socket.removeAllListeners();
    this.#open = false;
    return this.#socket;
  }

  /**
   * Sends one request and waits for the whole answer.
   *
   * @param {string} head request line and headers, each with its CRLF
   * @param {Buffer} body
   * @param {number} timeout milliseconds
   * @returns {Promise<AnswerReader>}
   * @throws {Failure} the connection is of no use after that
   */
  request(head, body, timeout = ANSWER_TIMEOUT) {
    const reader = new AnswerReader();
    return new Promise((resolve, reject) => {
      const settle = (failure) => {
        clearTimeout(timer);
        this.#pending = undefined;
        if (failure) {
          this.close();
          reject(failure);
        } else {
          if (reader.closes) this.close();
          resolve(reader);
        }
      };
      const attempt = (step) => {
        try {
          step();
          if (reader.surplus > 0 && reader.status !== 101) {
            throw new Failure('bad-answer', `${reader.surplus} bytes behind the end of the answer`);
          }
          if (reader.complete) settle();
        } catch (failure) {
          settle(failure);
        }
      };
      const timer = setTimeout(
        () => settle(new Failure('timeout', `no complete answer within ${timeout / 1000} s`)),
        timeout,
      );
      this.#pending = {
        data: (bytes) => attempt(() => reader.push(bytes)),
        end: () => attempt(() => reader.end()),
        error: (error) =>
          settle(socketFailure(error, reader.empty ? 'waiting for the answer' : 'within the answer')),
      };
      this.#socket.write(Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body]));
    });
  }
}
