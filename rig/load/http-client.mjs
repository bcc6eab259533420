import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER_TIMEOUT, Connection } from './connection.mjs';
import { Failure } from './failure.mjs';

/** Rest after a failure, in milliseconds, so that a dead server is not hammered. */
const AFTER_FAILURE = 100;

/**
 * One client that sends request after request until the run is over. Each is counted; none is sent twice.
 *
 * @param {object} client
 * @param {string} client.name what it is counted as
 * @param {'GET' | 'POST'} client.method
 * @param {string[]} client.paths asked for in turn
 * @param {string} client.body
 * @param {boolean} client.keepAlive one connection for all, or a new one for each
 * @param {number} client.think rest between two requests, in milliseconds
 * @param {number} [client.timeout] milliseconds for one answer
 * @param {RegExp} [client.expect] what the body of each answer must match
 * @param {boolean} [client.slow] leave its times out of the latencies
 * @param {{hostname: string, port: number, tls: boolean, host: string}} target
 * @param {import('./tally.mjs').Tally} tally
 * @param {AbortSignal} over set when the run is over; the request under way is still waited for
 */
export async function runHttpClient(client, target, tally, over) {
  const body = Buffer.from(client.body);
  let connection;
  let turn = 0;
  do {
    const path = client.paths[turn++ % client.paths.length];
    let rest = client.think;
    try {
      if (connection && !connection.open) {
        tally.idleClosed();
        connection = undefined;
      }
      const began = performance.now();
      connection ??= await Connection.open(target);
      const answer = await connection.request(
        requestHead(client, target, path, body),
        body,
        client.timeout ?? ANSWER_TIMEOUT,
      );
      check(answer, client.expect);
      tally.ok(client.name, client.slow ? undefined : performance.now() - began, answer.headers);
      if (!client.keepAlive || answer.closes) {
        connection.close();
        connection = undefined;
      }
    } catch (failure) {
      tally.failed(client.name, failure, path);
      connection?.close();
      connection = undefined;
      rest += AFTER_FAILURE;
    }
    await sleep(rest * (0.5 + Math.random()), undefined, { signal: over }).catch(() => {});
  } while (!over.aborted);
  connection?.close();
}

function requestHead({ method, keepAlive }, { host }, path, body) {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, 'User-Agent: rig-load', 'Accept: */*'];
  lines.push(`Connection: ${keepAlive ? 'keep-alive' : 'close'}`);
  if (method === 'POST') {
    lines.push(
      `Content-Type: ${isJson(body) ? 'application/json' : 'text/plain'}`,
      `Content-Length: ${body.length}`,
    );
  }
  return lines.map((line) => `${line}\r\n`).join('');
}

function isJson(body) {
  return /^\s*[[{]/.test(body.toString());
}

/** @throws {Failure} unless the answer is a 2xx whose body matches */
function check(answer, expect) {
  if (answer.status < 200 || answer.status > 299) {
    const where = answer.headers.location ? ` to ${answer.headers.location}` : '';
    throw new Failure(
      `status-${answer.status}`,
      `${answer.status}${where}: ${answer.body.toString().slice(0, 120)}`,
    );
  }
  if (expect && !expect.test(answer.body.toString())) {
    throw new Failure('wrong-answer', `does not match ${expect}: ${answer.body.toString().slice(0, 120)}`);
  }
}
