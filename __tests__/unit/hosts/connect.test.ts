import { execFile } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import type { Connection } from 'ssh2';
import { DeployError } from '../../../src/errors.ts';
import { type Credentials, connect } from '../../../src/hosts/connect.ts';
import { Keys } from './keys.ts';
import { type Behaviour, TestSshd } from './sshd.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const keys = new Keys();
let ed25519: string;
let ecdsa: string;
let userKey: string;
const open: { close(): unknown }[] = [];

beforeAll(() => {
  ed25519 = keys.make('ed25519', '-t ed25519');
  ecdsa = keys.make('ecdsa', '-t ecdsa');
  userKey = keys.make('user', '-t ed25519');
  keys.make('other', '-t ed25519');
});
afterAll(() => keys.remove());
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function sshd(behaviour: Partial<Behaviour> = {}): Promise<TestSshd> {
  const server = await TestSshd.start({ hostKeys: [ed25519], ...behaviour });
  open.push(server);
  return server;
}

/** Something that listens and does as told with each connection. */
async function listener(onConnection: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  return (server.address() as { port: number }).port;
}

interface Tried {
  readonly pauses: number[];
  readonly retries: { code: string | undefined; attempt: number }[];
}

/** Connects; every pause is over at once, and is noted. */
async function go(port: number, credentials: Partial<Credentials> = {}, host = '127.0.0.1') {
  const tried: Tried = { pauses: [], retries: [] };
  const client = await connect(
    { user: 'deploy', host, port },
    { key: userKey, knownHosts: keys.fingerprint('ed25519'), ...credentials },
    async (ms) => {
      tried.pauses.push(ms);
    },
    (fault, attempt) => tried.retries.push({ code: fault.faults[0]?.code, attempt }),
  ).catch((error: unknown) => {
    if (!(error instanceof DeployError)) throw error;
    throw Object.assign(error, { tried });
  });
  open.push({ close: () => client.destroy() });
  return tried;
}

async function refusal(port: number, credentials: Partial<Credentials> = {}, host?: string) {
  const error = await go(port, credentials, host).then(
    () => new Error('it connected'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof DeployError)) throw error;
  const { tried } = error as DeployError & { tried: Tried };
  return { ...error.faults[0], message: error.message, tried };
}

const knownLine = (name: string, port: number) =>
  `[127.0.0.1]:${port} ${keys.public(name).split(' ').slice(0, 2).join(' ')}`;

describe('the host key', () => {
  test.each([
    ['its fingerprint', () => keys.fingerprint('ed25519')],
    ['its known_hosts line', (port: number) => knownLine('ed25519', port)],
    ['one of several', (port: number) => `${knownLine('other', port)}\n${knownLine('ed25519', port)}`],
  ])('is accepted by %s, at the first try', async (_, knownHosts) => {
    const { port } = await sshd();
    expect(await go(port, { knownHosts: knownHosts(port) })).toEqual({ pauses: [], retries: [] });
  });

  test('is asked for in the type that is known', async () => {
    const { port } = await sshd({ hostKeys: [ed25519, ecdsa] });
    await go(port, { knownHosts: knownLine('ecdsa', port) });
  });

  test('that nobody vouched for is refused, with what was seen and the way to take it', async () => {
    const { port } = await sshd();
    const fault = await refusal(port, { knownHosts: '' });
    expect(fault).toMatchObject({ code: 'ssh-host-key-unknown', where: `deploy@127.0.0.1:${port}` });
    expect(fault.what).toContain(`ssh-ed25519 ${keys.fingerprint('ed25519')}`);
    expect(fault.remedy).toContain(`ssh-keyscan -p ${port} 127.0.0.1`);
    expect(fault.tried).toEqual({ pauses: [], retries: [] });
  });

  test('of another server is told as changed, and nothing was sent to it', async () => {
    let asked = 0;
    const server = await sshd({
      admits: () => {
        asked++;
        return true;
      },
    });
    const fault = await refusal(server.port, { knownHosts: knownLine('other', server.port) });
    expect(fault.code).toBe('ssh-host-key-changed');
    expect(fault.what).toContain(keys.fingerprint('ed25519'));
    expect(asked).toBe(0);
  });

  test('that is revoked is refused', async () => {
    const { port } = await sshd();
    const line = knownLine('ed25519', port);
    expect((await refusal(port, { knownHosts: `${line}\n@revoked ${line}` })).code).toBe(
      'ssh-host-key-unknown',
    );
  });

  test('of a type that the server has not is told by the algorithms', async () => {
    const { port } = await sshd();
    const fault = await refusal(port, { knownHosts: knownLine('ecdsa', port) });
    expect(fault.code).toBe('ssh-handshake');
    expect(fault.remedy).toContain('ssh-keyscan');
    expect(fault.tried.pauses).toEqual([]);
  });

  test('known in a type that is not spoken is no reason to look unreachable', async () => {
    const { port } = await sshd();
    const fault = await refusal(port, { knownHosts: `[127.0.0.1]:${port} ssh-dss AAAAB3NzaC1kc3M=` });
    expect(fault.code).toBe('ssh-host-key-changed');
  });
});

describe('the user', () => {
  test('who is not let in is told so, with whose key and where it belongs', async () => {
    const { port } = await sshd({ admits: (user) => user !== 'deploy' });
    const fault = await refusal(port);
    expect(fault.code).toBe('ssh-auth');
    expect(fault.remedy).toContain('~deploy/.ssh/authorized_keys');
    expect(fault.tried).toEqual({ pauses: [], retries: [] });
    expect(fault.message).not.toContain('PRIVATE');
  });

  test('with a broken key never reaches the server', async () => {
    const server = await sshd();
    expect((await refusal(server.port, { key: 'deploy' })).code).toBe('ssh-key-format');
    expect((await refusal(server.port, { key: '' })).code).toBe('ssh-key-missing');
    expect(server.connections).toEqual([]);
  });

  test('with an encrypted key comes in by its passphrase', async () => {
    const { port } = await sshd();
    const key = keys.make('locked', '-t ed25519', 'geheim');
    await go(port, { key, passphrase: 'geheim' });
    expect((await refusal(port, { key })).code).toBe('ssh-passphrase-missing');
  });

  test('comes in with a key that lost its line ends on the way', async () => {
    const { port } = await sshd();
    await go(port, { key: userKey.trimEnd().replaceAll('\n', '\\n') });
  });
});

describe('what may pass by itself is tried four times, with longer and longer pauses', () => {
  const all = {
    pauses: [1_000, 2_000, 4_000],
    retries: [1, 2, 3],
  };
  const retries = ({ tried }: { tried: Tried }) => ({
    pauses: tried.pauses,
    retries: tried.retries.map((one) => one.attempt),
  });

  test('nothing listens', async () => {
    const port = await listener(() => {});
    const [server] = open.splice(0);
    server?.close();
    const fault = await refusal(port);
    expect(fault.code).toBe('ssh-refused');
    expect(fault.what).toBe(`Nothing listens at 127.0.0.1 port ${port}.`);
    expect(retries(fault)).toEqual(all);
  });

  test('the server hangs up at once, as with too many new connections', async () => {
    const fault = await refusal(await listener((socket) => socket.destroy()));
    expect(fault.code).toBe('ssh-unreachable');
    expect(retries(fault)).toEqual(all);
  });

  test('the server hangs up after its greeting', async () => {
    const fault = await refusal(await listener((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')));
    expect(fault.code).toBe('ssh-unreachable');
    expect(retries(fault)).toEqual(all);
  });

  test('something else than SSH listens there', async () => {
    const fault = await refusal(await listener((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(fault.code).toBe('ssh-unreachable');
    expect(fault.what).toContain('127.0.0.1');
  });

  test('and a later try may succeed', async () => {
    let comes = 0;
    const { port } = await sshd({
      onConnection: (connection: Connection) => {
        comes++;
        if (comes < 3) connection.end();
      },
    });
    const tried = await go(port);
    expect(tried.pauses).toEqual([1_000, 2_000]);
    expect(comes).toBe(3);
  });

  test('a cancel in a pause ends it', async () => {
    const port = await listener((socket) => socket.destroy());
    const reason = new Error('cancelled');
    const pauses: number[] = [];
    const attempt = connect(
      { user: 'deploy', host: '127.0.0.1', port },
      { key: userKey, knownHosts: keys.fingerprint('ed25519') },
      (ms) => {
        pauses.push(ms);
        return Promise.reject(reason);
      },
      () => {},
    );
    await expect(attempt).rejects.toBe(reason);
    expect(pauses).toEqual([1_000]);
  });
});

test('a name that does not resolve is told, with where to look', async () => {
  const fault = await refusal(22, {}, 'no-such-host.invalid');
  expect(fault.code).toBe('ssh-name');
  expect(fault.what).toContain('no-such-host.invalid');
  expect(fault.remedy).toContain('deploy.yml');
});

test('after a failure nothing keeps the process alive', async () => {
  const silent = await listener((socket) => socket.destroy());
  const source = `
    const { connect } = await import(${JSON.stringify(new URL('../../../src/hosts/connect.ts', import.meta.url).href)});
    const fault = await connect(
      { user: 'deploy', host: '127.0.0.1', port: ${silent} },
      { key: process.env.KEY, knownHosts: '' },
      async () => {},
      () => {},
    ).catch((error) => error.faults[0].code);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const rest = process.getActiveResourcesInfo().filter((one) => /Timeout|TCP/.test(one));
    console.log(fault, JSON.stringify(rest));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', source],
    { env: { KEY: userKey } },
  );
  expect(stdout).toBe('ssh-unreachable []\n');
});
