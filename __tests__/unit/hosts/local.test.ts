import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { command, script } from '../../../src/commands/command.ts';
import type { Output } from '../../../src/hosts/host.ts';
import { LocalHost } from '../../../src/hosts/local.ts';
import { alive, until } from './wait.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const dir = mkdtempSync(join(tmpdir(), 'local-'));
const host = new LocalHost({ PATH: process.env.PATH ?? '', GREETING: 'hello' }, dir);
afterAll(() => rmSync(dir, { recursive: true }));

const pidIn = (file: string) => Number(readFileSync(join(dir, file), 'utf8'));

test.each([
  ['exit 0', { code: 0, stdout: '', stderr: '' }],
  ['echo out; echo err >&2; exit 3', { code: 3, stdout: 'out\n', stderr: 'err\n' }],
  ['printf "no end"', { code: 0, stdout: 'no end', stderr: '' }],
  ['pwd; echo "$GREETING"; echo "$#$HOME"', { code: 0, stdout: `${dir}\nhello\n0\n`, stderr: '' }],
  ['cat', { code: 0, stdout: '', stderr: '' }],
  ['kill -9 $$', { code: 128, stdout: '', stderr: 'ended by SIGKILL\n' }],
])('%s', async (source, output) => {
  expect(await host.run(script(source))).toEqual(output);
});

test('words reach the program as they are, and its input too', async () => {
  const words = ['', ' a  b ', '\'"$(id)`', 'ä\n✓'];
  const { stdout } = await host.run(script('for word; do printf "<%s>" "$word"; done; cat', words, 'in ✓'));
  expect(stdout).toBe('<>< a  b ><\'"$(id)`><ä\n✓>in ✓');
});

test('environment and folder may be those of one command', async () => {
  const options = { env: { PATH: process.env.PATH ?? '', GREETING: 'bye' }, cwd: '/' };
  expect((await host.run(script('pwd; echo "$GREETING"'), options)).stdout).toBe('/\nbye\n');
});

test('a program that is not there rejects, and leaves no listener at the signal', async () => {
  const abort = new AbortController();
  const removed: string[] = [];
  const { removeEventListener } = abort.signal;
  abort.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    removed.push(args[0]);
    removeEventListener.apply(abort.signal, args);
  };
  await expect(
    host.run(command('no-such-program-here'), { signal: abort.signal, timeoutMs: 60_000 }),
  ).rejects.toThrow(/ENOENT/);
  expect(removed).toEqual(['abort']);
});

test('lines come as they are written, each with its stream, and are collected all the same', async () => {
  const seen: string[] = [];
  const { stdout } = await host.run(script('echo one; echo two >&2; printf "three\\r\\nfo"; printf ur'), {
    onLine: (line, stream) => seen.push(`${stream}: ${line}`),
  });
  expect(stdout).toBe('one\nthree\r\nfour');
  expect(seen.filter((line) => line.startsWith('stdout'))).toEqual([
    'stdout: one',
    'stdout: three',
    'stdout: four',
  ]);
  expect(seen).toContain('stderr: two');
});

test('a character that is cut between two chunks is whole again', async () => {
  const seen: string[] = [];
  const source = 'printf "\\342"; sleep 0.05; printf "\\234"; sleep 0.05; printf "\\223\\n"';
  const { stdout } = await host.run(script(source), { onLine: (line) => seen.push(line) });
  expect([stdout, seen]).toEqual(['✓\n', ['✓']]);
});

test('much output comes whole', async () => {
  const { stdout } = await host.run(
    script('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done'),
  );
  expect(stdout).toBe(Array.from({ length: 20_000 }, (_, at) => `line ${at}\n`).join(''));
});

describe('an abort', () => {
  test('before the start runs nothing', async () => {
    const reason = new Error('cancelled');
    const run = host.run(script('touch ran'), { signal: AbortSignal.abort(reason) });
    await expect(run).rejects.toBe(reason);
    expect(existsSync(join(dir, 'ran'))).toBe(false);
  });

  test('ends the command with all its children, and rejects with its reason', async () => {
    const abort = new AbortController();
    const source =
      'trap "" TERM INT HUP; (trap "" TERM; echo $$ >self; exec sleep 60) & echo $! >child; wait';
    const run = host.run(script(source), { signal: abort.signal });
    await until('the child', () => existsSync(join(dir, 'child')) && existsSync(join(dir, 'self')));
    await pause(20);
    const pids = [pidIn('child'), pidIn('self')];
    expect(pids.map(alive)).toEqual([true, true]);
    const reason = new Error('cancelled');
    abort.abort(reason);
    await expect(run).rejects.toBe(reason);
    await until('the end of both', () => !pids.some(alive));
  });

  test('after the end changes nothing', async () => {
    const abort = new AbortController();
    const output = await host.run(script('echo done'), { signal: abort.signal });
    abort.abort();
    expect(output.stdout).toBe('done\n');
  });

  test('tells no more lines', async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const run = host.run(script('while :; do echo line; sleep 0.01; done'), {
      signal: abort.signal,
      onLine: (line) => {
        seen.push(line);
        abort.abort();
      },
    });
    await expect(run).rejects.toThrow();
    await pause(50);
    expect(seen).toEqual(['line']);
  });
});

test('a command that takes too long is ended with its children, and the error says where and after what time', async () => {
  const run = host.run(script('sleep 60 & echo $! >late; wait'), { timeoutMs: 300 });
  await expect(run).rejects.toThrow('this runner: a command did not end within 300 ms');
  const pid = pidIn('late');
  await until('the end of the child', () => !alive(pid));
});

test('a child that keeps the output open is ended by the time limit, though its parent has ended', async () => {
  const run = host.run(script('sleep 60 & echo $! >stray'), { timeoutMs: 300 });
  await expect(run).rejects.toThrow('300 ms');
  const pid = pidIn('stray');
  await until('the end of the child', () => !alive(pid));
});

describe('an input stream', () => {
  test('reaches the command byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 256));
    const { stdout } = await host.run(script('wc -c; '), { input: Readable.from([bytes]) });
    expect(stdout.trim()).toBe('300000');
    const sum = await host.run(script('sha256sum'), { input: Readable.from([bytes]) });
    const { createHash } = await import('node:crypto');
    expect(sum.stdout).toContain(createHash('sha256').update(bytes).digest('hex'));
  });

  test('that the command does not read is destroyed, so that its maker does not wait for ever', async () => {
    const input = new PassThrough();
    const made = new Promise((resolve) => input.on('close', resolve));
    const fill = () => {
      while (!input.destroyed && input.write(Buffer.alloc(65_536)));
    };
    input.on('drain', fill);
    fill();
    expect((await host.run(script('exit 4'), { input })).code).toBe(4);
    await made;
  });

  test('that breaks ends the command and is the error', async () => {
    const input = new Readable({
      read() {
        this.destroy(new Error('EACCES: the file'));
      },
    });
    await expect(host.run(script('cat; touch read-all'), { input })).rejects.toThrow('EACCES: the file');
  });

  test('is destroyed by an abort', async () => {
    const abort = new AbortController();
    const input = new PassThrough();
    const run = host.run(script('cat'), { input, signal: abort.signal });
    abort.abort(new Error('cancelled'));
    await expect(run).rejects.toThrow('cancelled');
    expect(input.destroyed).toBe(true);
  });
});

test('a throw of who listens to the lines ends the command and is its error', async () => {
  const run = host.run(script('echo $$ >thrower; echo line; exec sleep 60'), {
    onLine: () => {
      throw new Error('no such picture');
    },
  });
  await expect(run).rejects.toThrow('no such picture');
  const pid = pidIn('thrower');
  await until('the end of the command', () => !alive(pid));
});

test('a socket is dialled, and one that is not there rejects', async () => {
  const path = join(dir, 'echo.sock');
  const server = createServer((socket) => socket.pipe(socket)).listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  const stream = await host.dial(path);
  const answer = new Promise((resolve) => stream.once('data', (chunk) => resolve(String(chunk))));
  stream.write('hello');
  expect(await answer).toBe('hello');
  stream.destroy();
  server.close();
  await expect(host.dial(join(dir, 'none.sock'))).rejects.toThrow(/ENOENT/);
  await host.close();
});

test('the output is the same whether lines are listened to or not', async () => {
  const source = script('printf "a\\n\\nb"; printf "c\\n" >&2');
  const quiet: Output = await host.run(source);
  expect(await host.run(source, { onLine: () => {} })).toEqual(quiet);
});
