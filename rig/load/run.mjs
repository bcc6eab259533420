import { runHttpClient } from './http-client.mjs';
import { Tally } from './tally.mjs';
import { runWebSocketClient } from './websocket-client.mjs';

/** Shares of the kinds of clients; a kind that the app does not offer leaves its share to keepalive-get. */
const SHARES = { websocket: 2, slow: 2, 'keepalive-post': 6, 'fresh-get': 4 };
const ALL_SHARES = 24;
const SLOW_TIMEOUT = 30_000;

/**
 * How many clients of each kind there are. With few clients, what was asked for by an option goes first.
 *
 * @param {{clients: number, post?: object, slowPath?: string, wsPath?: string}} options
 * @returns {Record<string, number>}
 */
export function clientMix({ clients, post, slowPath, wsPath }) {
  const offered = { 'fresh-get': true, 'keepalive-post': post, slow: slowPath, websocket: wsPath };
  const mix = {};
  let left = clients - 1;
  for (const [kind, share] of Object.entries(SHARES)) {
    if (!offered[kind]) continue;
    mix[kind] = Math.min(left, Math.max(1, Math.round((clients * share) / ALL_SHARES)));
    left -= mix[kind];
  }
  return { 'keepalive-get': left + 1, ...mix };
}

/**
 * Runs all clients until `over`, then waits for the requests under way.
 *
 * @param {ReturnType<typeof import('./options.mjs').readOptions>} options
 * @param {AbortSignal} over
 * @returns {Promise<object>} the summary of the tally
 */
export async function runLoad(options, over) {
  const { target, paths, expect, post, slowPath, wsPath } = options;
  const get = { method: 'GET', body: '', paths, expect };
  const kinds = {
    'keepalive-get': { ...get, keepAlive: true, think: 15 },
    'fresh-get': { ...get, keepAlive: false, think: 40 },
    'keepalive-post': {
      method: 'POST',
      body: post?.body ?? '',
      paths: [post?.path],
      keepAlive: true,
      think: 30,
    },
    slow: {
      method: 'GET',
      body: '',
      paths: [slowPath],
      keepAlive: true,
      think: 50,
      slow: true,
      timeout: SLOW_TIMEOUT,
    },
  };
  const tally = new Tally();
  const clients = [];
  for (const [name, count] of Object.entries(clientMix(options))) {
    for (let number = 0; number < count; number++) {
      clients.push(
        name === 'websocket'
          ? runWebSocketClient(wsPath, target, tally, over)
          : runHttpClient({ name, ...kinds[name] }, target, tally, over),
      );
    }
  }
  await Promise.all(clients);
  return tally.summary();
}
