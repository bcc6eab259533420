import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { ServerChannel } from 'ssh2';
import { script } from '../../../src/commands/command.ts';
import { DeployError } from '../../../src/errors.ts';
import { connect } from '../../../src/hosts/connect.ts';
import { SshHost } from '../../../src/hosts/ssh.ts';
import { Keys } from './keys.ts';
import { type Behaviour, TestSshd } from './sshd.ts';
import { alive, until } from './wait.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const keys = new Keys();
const dir = mkdtempSync(join(tmpdir(), 'ssh-'));
let hostKey: string;
let userKey: string;
let sshd: TestSshd;
let host: SshHost;
const lost: unknown[] = [];
const onLost = (error: unknown) => lost.push(error);

beforeAll(() => {
  hostKey = keys.make('host', '-t ed25519');
  userKey = keys.make('user', '-t ed25519');
  process.on('unhandledRejection', onLost);
});
afterAll(() => {
  process.off('unhandledRejection', onLost);
  keys.remove();
  rmSync(dir, { recursive: true });
});
afterEach(async () => {
  await host.close();
  await sshd.close();
  expect(lost).toEqual([]);
});

async function open(behaviour: Partial<Behaviour> = {}): Promise<void> {
  sshd = await TestSshd.start({ hostKeys: [hostKey], ...behaviour });
  const client = await connect(
    { user: 'deploy', host: '127.0.0.1', port: sshd.port },
    { key: userKey, knownHosts: keys.fingerprint('host') },
    () => Promise.reject(new Error('no second try is needed here')),
    () => {},
  );
  host = new SshHost('deploy@server', client);
}

/** The fault of what a promise rejects with. */
async function faultOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof DeployError)) throw error;
  return { code: error.faults[0]?.code, where: error.faults[0]?.where, message: error.message };
}

const pidIn = (file: string) => Number(readFileSync(file, 'utf8'));

describe('a command', () => {
  beforeEach(() => open());

  test.each([
    ['exit 0', { code: 0, stdout: '', stderr: '' }],
    ['echo out; echo err >&2; exit 3', { code: 3, stdout: 'out\n', stderr: 'err\n' }],
    ['cat', { code: 0, stdout: '', stderr: '' }],
  ])('%s', async (source, output) => {
    expect(await host.run(script(`exec sh -c '${source}'`))).toEqual(output);
  });

  test('gets its words and its input byte for byte', async () => {
    const words = ['', ' a  b ', '\'"$(id)`\\', 'ä\n✓'];
    const { stdout } = await host.run(script('for word; do printf "<%s>" "$word"; done; cat', words, 'in ✓'));
    expect(stdout).toBe('<>< a  b ><\'"$(id)`\\><ä\n✓>in ✓');
  });

  test('is fed by a stream', async () => {
    const input = Readable.from([Buffer.alloc(3_000_000, 'x')]);
    expect((await host.run(script('wc -c'), { input })).stdout.trim()).toBe('3000000');
  });

  test('tells much output whole, on both streams', async () => {
    const source = 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; echo "err $i" >&2; i=$((i+1)); done';
    const { stdout, stderr } = await host.run(script(source));
    expect(stdout).toBe(Array.from({ length: 5_000 }, (_, at) => `line ${at}\n`).join(''));
    expect(stderr).toBe(Array.from({ length: 5_000 }, (_, at) => `err ${at}\n`).join(''));
  });

  test('that ends before it has read its input is judged by its exit code', async () => {
    const input = new PassThrough();
    const closed = new Promise((resolve) => input.on('close', resolve));
    input.write(Buffer.alloc(100_000));
    expect((await host.run(script('exit 75'), { input })).code).toBe(75);
    await closed;
  });

  test('whose input breaks is ended, and the break is the error', async () => {
    const input = new Readable({
      read() {
        this.destroy(new Error('EACCES: the file'));
      },
    });
    await expect(host.run(script('cat'), { input })).rejects.toThrow('EACCES: the file');
    expect((await host.run(script('echo still here'))).stdout).toBe('still here\n');
  });

  test('that takes too long is ended on the server, and the error says where', async () => {
    const file = join(dir, 'late');
    const run = host.run(script('echo $$ >"$1"; sleep 60 & wait', [file]), { timeoutMs: 500 });
    await expect(run).rejects.toThrow('deploy@server: a command did not end within 500 ms');
    const pid = pidIn(file);
    await until('its end', () => !alive(pid));
  });
});

describe('an abort', () => {
  test('before the start sends nothing', async () => {
    await open();
    const reason = new Error('cancelled');
    await expect(host.run(script('echo'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(sshd.lines).toEqual([]);
  });

  test('while the server opens the channel rejects at once, and the channel is closed when it comes', async () => {
    let come = (): ServerChannel => {
      throw new Error('no command came');
    };
    await open({
      onExec: (_, accept) => {
        come = accept;
      },
    });
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const run = host.run(script('echo'), { signal: abort.signal });
    await until('the command', () => sshd.lines.length === 1);
    abort.abort(reason);
    await expect(run).rejects.toBe(reason);
    const channel = come();
    channel.resume();
    await new Promise((resolve) => channel.on('close', resolve));
  });

  test('while the command runs ends it and its children on the server', async () => {
    await open();
    const abort = new AbortController();
    const file = join(dir, 'running');
    const lines: string[] = [];
    const run = host.run(script('sleep 60 & echo $! >"$1"; echo go; wait', [file]), {
      signal: abort.signal,
      onLine: (line) => lines.push(line),
    });
    await until('its line', () => lines.length > 0);
    const pid = pidIn(file);
    const reason = new Error('cancelled');
    abort.abort(reason);
    await expect(run).rejects.toBe(reason);
    await until('its end', () => !alive(pid));
    expect((await host.run(script('echo still here'))).stdout).toBe('still here\n');
  });

  test('after the end changes nothing, and no command leaves a listener', async () => {
    await open();
    const abort = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = abort.signal;
    Object.assign(abort.signal, {
      addEventListener: (...args: Parameters<typeof addEventListener>) => {
        listeners++;
        addEventListener.apply(abort.signal, args);
      },
      removeEventListener: (...args: Parameters<typeof removeEventListener>) => {
        listeners--;
        removeEventListener.apply(abort.signal, args);
      },
    });
    for (let at = 0; at < 10; at++) await host.run(script(':'), { signal: abort.signal });
    // A listener may be taken away twice, but none may stay.
    expect(listeners).toBeLessThanOrEqual(0);
    abort.abort();
  });
});

describe('a lost connection', () => {
  test('rejects what runs and what comes later, and says that the app goes on', async () => {
    await open();
    const lines: string[] = [];
    const run = host.run(script('echo go; sleep 60'), {
      timeoutMs: 60_000,
      onLine: (line) => lines.push(line),
    });
    const outcome = faultOf(run);
    await until('its line', () => lines.length > 0);
    sshd.cut();
    const fault = await outcome;
    expect(fault).toMatchObject({ code: 'ssh-lost', where: 'deploy@server' });
    expect(fault.message).toContain('The app goes on serving');
    expect((await faultOf(host.run(script(':')))).code).toBe('ssh-lost');
    expect((await faultOf(host.dial('/run/x.sock'))).code).toBe('ssh-lost');
  });

  test('rejects a command whose channel is not open yet', async () => {
    await open({ onExec: () => {} });
    const outcome = faultOf(host.run(script('echo')));
    await until('the command', () => sshd.lines.length === 1);
    sshd.cut();
    expect((await outcome).code).toBe('ssh-lost');
  });

  test('is told at once, whatever moment it is', async () => {
    await open();
    sshd.cut();
    // The end of the socket is seen before the loss is told: between them ssh2 itself throws.
    const codes = new Set<string | undefined>();
    for (let at = 0; at < 20; at++) {
      codes.add((await faultOf(host.run(script('sleep 1')))).code);
      await pause(1);
    }
    expect([...codes]).toEqual(['ssh-lost']);
  });

  test('a command that ends without an exit status never succeeds', async () => {
    await open({
      onExec: (_, accept) => {
        const channel = accept();
        channel.write('half an answer\n');
        channel.end();
      },
    });
    const fault = await faultOf(host.run(script('echo')));
    expect(fault.code).toBe('ssh-lost');
    expect(fault.message).toContain('ended without an exit status');
  });
});

test('a server that refuses to run commands is told as such', async () => {
  await open({ onExec: (_, _accept, refuse) => refuse() });
  const fault = await faultOf(host.run(script('echo')));
  expect(fault.code).toBe('ssh-channel');
  expect(fault.message).toContain('did not let us run a command');
});

test('a throw of who listens to the lines is the error of that command, and of no other', async () => {
  await open();
  const run = host.run(script('echo line; sleep 60'), {
    onLine: () => {
      throw new Error('no such picture');
    },
  });
  const other = host.run(script('sleep 0.2; echo fine'));
  await expect(run).rejects.toThrow('no such picture');
  expect((await other).stdout).toBe('fine\n');
});

test('a command that a signal ended has failed, and the signal is named', async () => {
  await open({
    onExec: (_, accept) => {
      const channel = accept();
      channel.stderr.write('Out of memory\n');
      channel.exit('KILL');
      channel.end();
    },
  });
  const output = { code: 128, stdout: '', stderr: 'Out of memory\nended by SIGKILL\n' };
  expect(await host.run(script(':'))).toEqual(output);
});

describe('a UNIX socket of the server', () => {
  let server: Server;
  const path = join(dir, 'echo.sock');
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {});
      socket.pipe(socket);
    }).listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
  });
  afterAll(() => {
    server.close();
  });

  test('is reached through the one connection', async () => {
    await open();
    const stream = await host.dial(path);
    const answer = new Promise((resolve) => stream.once('data', (chunk) => resolve(String(chunk))));
    stream.write('hello');
    expect(await answer).toBe('hello');
    expect(sshd.connections).toHaveLength(1);
    stream.destroy();
  });

  test('that is not there rejects with the remedy', async () => {
    await open();
    const fault = await faultOf(host.dial(join(dir, 'none.sock')));
    expect(fault.message).toContain(`reach the socket ${join(dir, 'none.sock')}`);
  });

  test('that the server forbids rejects with the setting that allows it', async () => {
    await open({ forwards: false });
    const fault = await faultOf(host.dial(path));
    expect(fault.code).toBe('ssh-forwarding');
    expect(fault.message).toContain('AllowStreamLocalForwarding yes');
  });
});

test('closing ends the connection, twice does no harm', async () => {
  await open();
  await host.run(script(':'));
  await host.close();
  await host.close();
  expect((await faultOf(host.run(script(':')))).code).toBe('ssh-lost');
});
