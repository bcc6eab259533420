import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { readOptions, UsageError } from './options.mjs';
import { clientMix } from './run.mjs';
import { OK, rawServer, serving } from './testing.mjs';

test('every kind that the app offers gets a client, and there are as many as asked for', () => {
  const all = { post: {}, slowPath: '/s', wsPath: '/w' };
  assert.deepEqual(clientMix({ clients: 24, ...all }), {
    'keepalive-get': 10,
    'fresh-get': 4,
    'keepalive-post': 6,
    slow: 2,
    websocket: 2,
  });
  for (const clients of [1, 2, 3, 5, 24, 100]) {
    const mix = clientMix({ clients, ...all });
    assert.equal(
      Object.values(mix).reduce((sum, count) => sum + count, 0),
      clients,
    );
  }
});

test('options that make no sense are refused', () => {
  const wrong = [
    [],
    ['x'],
    ['ftp://a/'],
    ['http://a', '--for', '3'],
    ['http://a', '--until', 'x'],
    ['http://a', '--what'],
    ['http://a', '--path', 'x'],
    ['http://a', '--expect', '('],
    ['http://a', '--clients', '0'],
  ];
  for (const words of wrong) assert.throws(() => readOptions(words), UsageError, words.join(' '));
  assert.equal(readOptions(['http://a', '--for', '99m']).duration, 15 * 60_000);
});

test('the command ends with the process that it watches, and prints one line', {
  timeout: 60_000,
}, async () => {
  const watched = spawn('sleep', ['600']);
  const main = new URL('./main.mjs', import.meta.url).pathname;
  let requests = 0;
  const server = rawServer((socket) => {
    socket.write(OK);
    requests++;
    if (requests === 50) watched.kill();
  });
  const printed = await serving(server, async (url) => {
    const words = [main, url, '--until', String(watched.pid)];
    const command = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    command.stdout.on('data', (bytes) => {
      text += bytes;
    });
    assert.equal(await new Promise((resolve) => command.once('close', resolve)), 0);
    return text;
  });
  assert.match(printed, /^\{[^\n]+\}\n$/);
  const seen = JSON.parse(printed);
  assert.equal(seen.failed, 0, printed);
  assert.ok(seen.requests >= 50);
});
