import { parseArgs } from 'node:util';

/** No run is longer than this, in milliseconds. */
export const MAX_RUN = 15 * 60_000;
const DEFAULT_RUN = 30_000;
const UNITS = { ms: 1, s: 1000, m: 60_000 };

/** The caller's mistake: exit code 64. */
export class UsageError extends Error {}

export const USAGE = `usage: script/rig load URL [options]
  --host NAME        name for the Host header and TLS (default: that of the URL)
  --until PID        run until this process has ended
  --for TIME         run this long at most: 500ms, 30s, 2m (default 30s, or 15m with --until; never more than 15m)
  --path PATH        path to GET (may be repeated; default /)
  --expect REGEX     what the body of those answers must match
  --post-path PATH   path to POST to;  --post-body STRING  what to send (default {})
  --slow-path PATH   path whose answer takes seconds (up to 30)
  --ws-path PATH     path of a WebSocket that sends every message back
  --clients N        clients at once, all kinds together (default 24)
prints one JSON line; exit code 0 when it ran, whatever it saw
`;

/**
 * @param {string[]} words arguments after `load`
 * @returns {object} target, paths, expect, post, slowPath, wsPath, clients, until, duration (milliseconds)
 * @throws {UsageError}
 */
export function readOptions(words) {
  const { values, positionals } = parse(words);
  if (positionals.length !== 1) throw new UsageError('give exactly one URL');
  const paths = values.path ?? ['/'];
  for (const path of [...paths, values['post-path'], values['slow-path'], values['ws-path']]) {
    if (path !== undefined && !/^\/[!-~]*$/.test(path)) throw new UsageError(`"${path}" is no path`);
  }
  const until = values.until === undefined ? undefined : positiveInteger('--until', values.until);
  const longest = until === undefined ? DEFAULT_RUN : MAX_RUN;
  return {
    target: readTarget(positionals[0], values.host),
    paths,
    expect: values.expect === undefined ? undefined : readPattern(values.expect),
    post: values['post-path'] && { path: values['post-path'], body: values['post-body'] ?? '{}' },
    slowPath: values['slow-path'],
    wsPath: values['ws-path'],
    clients: positiveInteger('--clients', values.clients ?? '24'),
    until,
    duration: Math.min(MAX_RUN, values.for === undefined ? longest : readTime(values.for)),
  };
}

function parse(words) {
  const string = { type: 'string' };
  const options = { path: { type: 'string', multiple: true } };
  for (const name of [
    'host',
    'until',
    'for',
    'expect',
    'post-path',
    'post-body',
    'slow-path',
    'ws-path',
    'clients',
  ]) {
    options[name] = string;
  }
  try {
    return parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

function readTarget(text, host) {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`"${text}" is no URL`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new UsageError(`"${text}" is neither http nor https`);
  const tls = url.protocol === 'https:';
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (tls ? 443 : 80)),
    tls,
    host: host ?? url.host,
  };
}

function readPattern(text) {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`--expect: ${error.message}`);
  }
}

function readTime(text) {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  if (!match) throw new UsageError(`--for ${text}: write 500ms, 30s or 2m`);
  return Number(match[1]) * UNITS[match[2]];
}

function positiveInteger(name, text) {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new UsageError(`${name} ${text}: write a whole number above 0`);
  return Number(text);
}
