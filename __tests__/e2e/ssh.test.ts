import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { type Expected, expectFailed, expectGood } from './support/expect.ts';
import { execute } from './support/process.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';

// The pains of SSH, each against a real sshd that is set up to fail in just that way: its own message, its own remedy.

jest.setTimeout(300_000);

let rig: Rig;
let server: Server;
let app: App;
/** Address of the server on the network of the rig, where more than the published ports can be reached. */
let address: string;
let folder: string;
let fingerprint: string;
let nextPort = 2200;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = App.small('e2e-ssh', rig, server);
  folder = mkdtempSync(join(tmpdir(), 'e2e-ssh-'));
  address = /inet ([\d.]+)/.exec(await sh(server, 'ip -4 -o addr show eth0'))?.[1] ?? '';
  expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  fingerprint = (await sh(server, 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1] ?? '';
  for (const [name, kind] of [
    ['rsa', '-t rsa -b 2048'],
    ['ecdsa', '-t ecdsa'],
    ['locked', '-t ed25519'],
  ] as const) {
    const passphrase = name === 'locked' ? 'a passphrase' : '';
    await execute('ssh-keygen', ['-q', ...kind.split(' '), '-N', passphrase, '-f', join(folder, name)]);
    await sh(server, 'cat >>/home/deploy/.ssh/authorized_keys', text(`${name}.pub`));
  }
});
afterAll(async () => {
  app?.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
  await rigDown();
});

const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const good = () => readFileSync(rig.key, 'utf8');

/** An sshd of its own with these settings; returns its port. */
async function sshd(settings: string, before = (_port: number) => ''): Promise<number> {
  const port = ++nextPort;
  await sh(
    server,
    `cat >/root/sshd-${port}.conf; ${before(port)} /usr/sbin/sshd -f /root/sshd-${port}.conf && sleep 0.2`,
    `Port ${port}\nHostKey /etc/ssh/ssh_host_ed25519_key\nPidFile none\nUsePAM yes\n${settings}\n`,
  );
  return port;
}

interface Given {
  readonly host: string;
  readonly key?: string;
  readonly more?: Record<string, string>;
}
/** Looks at the server, which needs nothing but the way to it. */
const look = ({ host, key = good(), more = {} }: Given) =>
  app.run('status', { inputs: { host, 'ssh-key': key, 'ssh-known-hosts': fingerprint, ...more } });

describe('keys as they come out of a secret', () => {
  const GOOD: Record<string, (key: string) => string> = {
    'with Windows line ends': (key) => key.replaceAll('\n', '\r\n'),
    'without the last newline': (key) => key.trimEnd(),
    'with spaces around': (key) => `\n  ${key}\n\n`,
    'with \\n as two characters': (key) => key.replaceAll('\n', '\\n'),
  };
  test.each(Object.keys(GOOD))('%s open the server', async (name) => {
    expectGood(await look({ host: server.host, key: GOOD[name]?.(good()) ?? '' }), 'done');
  });

  test.each(['rsa', 'ecdsa'])('of the type %s open the server', async (name) => {
    expectGood(await look({ host: server.host, key: text(name) }), 'done');
  });

  test('with a passphrase open it with that', async () => {
    const more = { 'ssh-passphrase': 'a passphrase' };
    expectGood(await look({ host: server.host, key: text('locked'), more }), 'done');
  });

  test.each<[string, () => Given, Expected]>([
    [
      'the public half',
      () => ({ host: server.host, key: text('rsa.pub') }),
      { code: 'ssh-key-public', says: /^ssh-key: The SSH key is a public key\. Pass the private one/ },
    ],
    [
      'a key of PuTTY',
      () => ({ host: server.host, key: ppk() }),
      { code: 'ssh-key-putty', says: /PuTTY.*puttygen deploy\.ppk -O private-openssh/s },
    ],
    [
      'no passphrase',
      () => ({ host: server.host, key: text('locked') }),
      {
        code: 'ssh-passphrase-missing',
        says: /is encrypted and no passphrase was given\. Pass ssh-passphrase/,
      },
    ],
    [
      'another passphrase',
      () => ({ host: server.host, key: text('locked'), more: { 'ssh-passphrase': 'another one' } }),
      { code: 'ssh-passphrase-wrong', says: /does not open the SSH key\. Check ssh-passphrase/ },
    ],
    [
      'half a key',
      () => ({ host: server.host, key: good().slice(0, 150) }),
      { code: 'ssh-key-format', says: /can not be read.*Pass the whole file/s },
    ],
  ])('%s is told as such', async (_, given, expected) => {
    expectFailed(await look(given()), expected);
  });
});

const ppk = () => readFileSync(new URL('../unit/hosts/fixtures/ed25519-3.ppk', import.meta.url), 'utf8');

interface Case extends Expected {
  readonly name: string;
  readonly settings: string;
  readonly user?: string;
  readonly key?: () => string;
}

test('with nothing against it, such an sshd lets us in', async () => {
  expectGood(await look({ host: `deploy@${address}:${await sshd('')}` }), 'done');
});

const REFUSALS: Case[] = [
  {
    name: 'a type of key that the server does not take',
    settings: 'PubkeyAcceptedAlgorithms ssh-ed25519',
    key: () => text('rsa'),
    code: 'ssh-key-type',
    says: /takes no keys of the type ssh-rsa; it takes: ssh-ed25519\. Make a key.*PubkeyAcceptedAlgorithms/s,
  },
  {
    name: 'a user that the server does not let in',
    settings: 'AllowUsers somebody',
    code: 'ssh-auth',
    says: /knows no such key for the user deploy\. .*authorized_keys.*AllowUsers/s,
  },
  {
    name: 'a user that is not there',
    settings: '',
    user: 'nobody-here',
    code: 'ssh-auth',
    says: /knows no such key for the user nobody-here/,
  },
  {
    name: 'a key that is not in authorized_keys',
    settings: 'AuthorizedKeysFile /dev/null',
    code: 'ssh-auth',
    says: /knows no such key for the user deploy\. .*ssh-copy-id/s,
  },
  {
    name: 'a server that takes no keys',
    settings: 'PubkeyAuthentication no\nPasswordAuthentication yes',
    code: 'ssh-auth-method',
    says: /takes no keys for the user deploy, only: .*password.*PubkeyAuthentication yes/s,
  },
  {
    name: 'a server that wants a password too',
    settings: 'PasswordAuthentication yes\nAuthenticationMethods publickey,password',
    code: 'ssh-auth-method',
    says: /The key is right, and the server wants more from the user deploy: password\. .*AuthenticationMethods/s,
  },
  {
    name: 'a server that speaks no algorithm of ours',
    settings: 'KexAlgorithms sntrup761x25519-sha512@openssh.com',
    code: 'ssh-handshake',
    says: /share no algorithm/,
  },
  {
    name: 'a key that may run one command only',
    settings: 'ForceCommand /bin/false',
    code: 'host-shell',
    says: /The server could not be read \(1\)/,
  },
  {
    name: 'a server without a session to spare',
    settings: 'MaxSessions 0',
    code: 'ssh-channel',
    says: /did not let us run a command.*MaxSessions/s,
  },
];

test.each(REFUSALS)('$name', async ({ settings, user = 'deploy', key, code, says }) => {
  const port = await sshd(settings);
  expectFailed(await look({ host: `${user}@${address}:${port}`, ...(key && { key: key() }) }), {
    code,
    says,
  });
});

describe('the network', () => {
  test('a name that does not resolve', async () => {
    const run = await look({ host: 'deploy@server.invalid' });
    expectFailed(run, {
      code: 'ssh-name',
      says: /^deploy@server\.invalid: The name server\.invalid does not resolve\. .*DNS record/s,
    });
  });

  test('a port where nothing listens', async () => {
    expectFailed(await look({ host: `deploy@${address}:2199` }), {
      code: 'ssh-refused',
      says: /Nothing listens at \S+ port 2199\. Check that sshd runs/,
    });
  });

  test('a firewall that drops what comes', async () => {
    const port = await sshd('', (its) => `iptables -A INPUT -p tcp --dport ${its} -j DROP;`);
    expectFailed(await look({ host: `deploy@${address}:${port}` }), {
      code: 'ssh-unreachable',
      says: /does not answer \(timed out\)\. .*firewall lets the runner in/s,
    });
  });

  test('a server that has too many connections opening', async () => {
    const port = await sshd('MaxStartups 1:100:1');
    // One that never logs in takes the only place.
    const held = sh(server, `timeout 60 bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}; sleep 60'`).catch(
      () => '',
    );
    await sh(server, 'sleep 1');
    expectFailed(await look({ host: `deploy@${address}:${port}` }), {
      code: 'ssh-unreachable',
      says: /does not answer/,
    });
    await sh(server, `pkill -f '[d]ev/tcp/127.0.0.1/${port}'`);
    await held;
  });
});

describe('a jump host', () => {
  /** A server that only the jump host reaches: nothing of the kind listens on this machine. */
  const behind = async (settings = '') =>
    `deploy@127.0.0.1:${await sshd(`ListenAddress 127.0.0.1\n${settings}`)}`;

  test('leads to a server that can not be reached otherwise', async () => {
    const host = await behind();
    expectGood(await look({ host, more: { 'jump-host': server.host } }), 'done');
    expect((await look({ host })).outputs.outcome).toBe('failed');
  });

  test('that forbids it is told as such, with the setting', async () => {
    const jump = await sshd('AllowTcpForwarding no');
    expectFailed(await look({ host: await behind(), more: { 'jump-host': `deploy@${address}:${jump}` } }), {
      code: 'ssh-jump',
      says: /^deploy@\S+: The jump host does not forward connections to 127\.0\.0\.1 port \d+ .*AllowTcpForwarding yes/s,
    });
  });

  test('that does not reach the server', async () => {
    expectFailed(await look({ host: 'deploy@127.0.0.1:2198', more: { 'jump-host': server.host } }), {
      code: 'ssh-unreachable',
      says: /^deploy@127\.0\.0\.1:2198: .*does not answer through the jump host deploy@127\.0\.0\.1:\d+ .*lets the jump host in/s,
    });
  });

  test('whose own host key is not known is refused', async () => {
    const host = await behind();
    const more = {
      'jump-host': server.host,
      'ssh-known-hosts': `[127.0.0.1]:${host.split(':')[1]} ssh-ed25519 AAAA`,
    };
    const run = await look({ host, more });
    expect(run.errors[0]?.properties.title).toBe('ssh-host-key-unknown');
    expect(run.errors[0]?.message).toContain(server.host);
  });

  test('that does not let us in is told by its own name', async () => {
    const jump = await sshd('AllowUsers somebody');
    expectFailed(await look({ host: await behind(), more: { 'jump-host': `deploy@${address}:${jump}` } }), {
      code: 'ssh-auth',
      says: new RegExp(`^deploy@${address}:${jump}: `),
    });
  });
});
