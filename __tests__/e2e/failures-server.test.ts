import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { App, type Given } from './support/app.ts';
import { fillDisk, offSmallDisk, onSmallDisk } from './support/disk.ts';
import { type Expected, expectFailed, expectGood } from './support/expect.ts';
import { execute } from './support/process.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { untouched } from './support/witness.ts';

// What is wrong with the way to a server, or with a server that an app is live on.

jest.setTimeout(300_000);

let rig: Rig;
let server: Server;
let app: App;
let folder: string;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = App.small('e2e-server', rig, server);
  app.config.standby = { keep: 'none' };
  // Larger than the little room that a full disk leaves.
  writeFileSync(join(app.folder, 'web', 'menu.bin'), Buffer.alloc(400_000, 'menu'));
  folder = mkdtempSync(join(tmpdir(), 'e2e-keys-'));
  for (const name of ['stranger', 'other-host']) {
    await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  }
  expectGood(await app.deploy());
});
afterAll(async () => {
  app?.remove();
  if (folder) rmSync(folder, { recursive: true });
  await rigDown();
});

const ofFolder = (name: string) => readFileSync(join(folder, name), 'utf8');
const port = () => server.host.split(':')[1];

interface Way extends Expected {
  readonly name: string;
  readonly given: () => Given['inputs'];
}

const WAYS: Way[] = [
  {
    name: 'a port where nothing listens',
    given: () => ({ host: 'deploy@127.0.0.1:1', 'ssh-known-hosts': ofFolder('other-host.pub') }),
    code: 'ssh-refused',
    says: /^deploy@127\.0\.0\.1:1: Nothing listens at 127\.0\.0\.1 port 1\. .*sshd runs there/s,
  },
  {
    name: 'a user that is not there',
    given: () => ({ host: `nobody-here@127.0.0.1:${port()}` }),
    code: 'ssh-auth',
    says: /^nobody-here@127\.0\.0\.1:\d+: The server knows no such key for the user nobody-here\. .*authorized_keys/s,
  },
  {
    name: 'a key that the server does not know',
    given: () => ({ 'ssh-key': ofFolder('stranger') }),
    code: 'ssh-auth',
    says: /^deploy@127\.0\.0\.1:\d+: The server knows no such key for the user deploy\. .*ssh-copy-id/s,
  },
  {
    name: 'a host key that nobody vouched for',
    given: () => ({ 'ssh-known-hosts': '' }),
    code: 'ssh-host-key-unknown',
    says: /^deploy@127\.0\.0\.1:\d+: .*is not known: it shows \S+ SHA256:\S{43}\. Compare.*ssh-known-hosts/s,
  },
  {
    name: 'a host key that is not the known one',
    given: () => ({
      'ssh-known-hosts': `[127.0.0.1]:${port()} ${ofFolder('other-host.pub').split(' ').slice(0, 2).join(' ')}`,
    }),
    code: 'ssh-host-key-changed',
    says: /^deploy@127\.0\.0\.1:\d+: .*another host key than the known one: ssh-ed25519 SHA256:\S{43}\..*ssh-keyscan -p \d+/s,
  },
];

test.each(WAYS)('$name', async ({ given, ...expected }) => {
  const run = await untouched(app, server, () => app.deploy({ inputs: given() ?? {} }));
  expectFailed(run, expected);
  expectGood(await app.deploy());
});

interface Broken extends Expected {
  readonly name: string;
  readonly breaks: string;
  readonly mends: string;
}

const PLUGIN = '/usr/libexec/docker/cli-plugins/docker-compose';
const RECORDS = '/home/deploy/.restaurant-deploy/apps/e2e-server/production';
/** Puts the records of the app on a disk of their own that has so many KB left. */
const fullDisk = (left: number) => `${onSmallDisk(RECORDS)}\n${fillDisk(RECORDS, left)}`;

const BROKEN: Broken[] = [
  {
    name: 'a server without Docker',
    breaks: 'mv /usr/bin/docker /usr/bin/docker.away',
    mends: 'mv /usr/bin/docker.away /usr/bin/docker',
    code: 'host-docker-missing',
    says: /^deploy@127\.0\.0\.1:\d+: There is no Docker on the server\. Install/,
  },
  {
    name: 'a server with an old Compose',
    breaks: `mv ${PLUGIN} /root/compose; cat >${PLUGIN} <<'SCRIPT'
#!/bin/sh
[ "$1" = docker-cli-plugin-metadata ] && echo '{"SchemaVersion":"0.1.0","Vendor":"Docker","Version":"2.20.3"}' || echo 2.20.3
SCRIPT
chmod 755 ${PLUGIN}`,
    mends: `mv /root/compose ${PLUGIN}`,
    code: 'host-compose-old',
    says: /^deploy@127\.0\.0\.1:\d+: Docker Compose 2\.20\.3 is too old\. Update .*2\.24/,
  },
  {
    name: 'a server without Compose',
    breaks: `mv ${PLUGIN} /root/compose`,
    mends: `mv /root/compose ${PLUGIN}`,
    code: 'host-compose-missing',
    says: /^deploy@127\.0\.0\.1:\d+: Docker Compose .*is not on the server\. Install/,
  },
  {
    name: 'a user that may not use Docker',
    breaks: 'gpasswd -d deploy docker',
    mends: 'gpasswd -a deploy docker',
    code: 'host-docker-rights',
    says: /^deploy@127\.0\.0\.1:\d+: The deploy user may not use Docker\. .*usermod -aG docker/,
  },
  {
    name: 'a disk without a byte left',
    breaks: fullDisk(0),
    mends: offSmallDisk(RECORDS),
    code: 'host-disk-full',
    says: /^deploy@127\.0\.0\.1:\d+: The disk of the server is full\. Make room/,
  },
  {
    name: 'a disk with room for the journal and not for the release',
    breaks: fullDisk(60),
    mends: offSmallDisk(RECORDS),
    code: 'host-disk-full',
    says: /^deploy@127\.0\.0\.1:\d+: The disk of the server is full\. Make room/,
  },
];

test.each(BROKEN)('$name', async ({ breaks, mends, ...expected }) => {
  const run = await untouched(app, server, async () => {
    await sh(server, breaks);
    try {
      return await app.deploy();
    } finally {
      await sh(server, mends);
    }
  });
  expectFailed(run, expected);
  expectGood(await app.deploy());
});
