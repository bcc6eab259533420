import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe as told } from '../../../src/errors.ts';
import type { Host } from '../../../src/hosts/host.ts';
import { LocalHost } from '../../../src/hosts/local.ts';
import { hostSecrets } from '../../../src/secrets/host.ts';
import { faultsOf, TestWorld, valuesOf } from './world.ts';

// This machine stands for the server: a real shell reads real files.

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets it's $HOME-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Buffer, mode = 0o600) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};
/** A server whose root is a folder of this machine. */
const serverAt = (name: string, from = ''): Host => {
  const local = new LocalHost(process.env, folder);
  return {
    name,
    run: (command, options) =>
      local.run(
        { ...command, argv: command.argv.map((word) => word.replace('/root/', `${from}/`)) },
        options,
      ),
    dial: (path) => local.dial(path),
    close: () => local.close(),
  };
};

test('a file is its value byte for byte, but for one line end at its end, and is masked', async () => {
  const world = new TestWorld({}, [serverAt('one')]);
  const all = await hostSecrets(
    {
      ECHOED: file('echoed', 'geheim\n'),
      WINDOWS: file('windows', 'geheim\r\n'),
      LINES: file('lines', '-----BEGIN\n é 漢 $x `id`\n-----END\n\n'),
      BARE: file('bare', ' geheim '),
    },
    world,
  ).read();
  expect(valuesOf(all)).toEqual({
    ECHOED: 'geheim',
    WINDOWS: 'geheim',
    LINES: '-----BEGIN\n é 漢 $x `id`\n-----END\n',
    BARE: ' geheim ',
  });
  expect(world.masked).toEqual(
    expect.arrayContaining(['geheim', ' geheim ', '-----BEGIN\n é 漢 $x `id`\n-----END\n']),
  );
  expect(world.said).toEqual([]);
  expect(all[0]).toMatchObject({ origin: { from: 'host', secret: join(folder, 'echoed') } });
});

test('what can not be had is told, all of it', async () => {
  const world = new TestWorld({}, [serverAt('deploy@one')]);
  mkdirSync(join(folder, 'folder'));
  const bytes = file('bytes', Buffer.from([0x67, 0xff, 0xfe]));
  const faults = await faultsOf(
    hostSecrets({ A: join(folder, 'none'), B: join(folder, 'folder'), C: bytes }, world),
  );
  expect(faults.map(({ code, where }) => [code, where])).toEqual([
    ['secrets-not-found', 'secrets.host.A'],
    ['secrets-not-found', 'secrets.host.B'],
    ['secrets-value', 'secrets.host.C'],
  ]);
  expect(faults[0]?.what).toBe(
    `There is no file ${join(folder, 'none')} on deploy@one that the deploy user can see.`,
  );
});

test('a file that the deploy user may not read', async () => {
  // Root reads everything, so that a command stands in for the refusal.
  const host: Host = {
    ...serverAt('deploy@one'),
    run: async () => ({ code: 1, stdout: '', stderr: 'cat: denied' }),
  };
  const faults = await faultsOf(hostSecrets({ A: '/etc/a' }, new TestWorld({}, [host])));
  expect(faults.map(told)).toEqual([
    'secrets.host.A: The deploy user may not read the file /etc/a on deploy@one. On the server: sudo chown USER /etc/a && sudo chmod 600 /etc/a.',
  ]);
});

test('a file that every user may read is told of', async () => {
  const world = new TestWorld({}, [serverAt('one')]);
  expect(valuesOf(await hostSecrets({ A: file('open', 'geheim', 0o644) }, world).read())).toEqual({
    A: 'geheim',
  });
  expect(world.said).toEqual(['secrets-host-open']);
});

test('all servers must hold the same', async () => {
  for (const [name, content] of [
    ['one', 'geheim'],
    ['two', 'geheim\n'],
    ['three', 'anders'],
  ] as const) {
    mkdirSync(join(folder, name));
    file(`${name}/key`, content);
  }
  const hosts = (...names: string[]) => names.map((name) => serverAt(name, join(folder, name)));
  const read = (world: TestWorld) => hostSecrets({ A: '/root/key' }, world);
  expect(valuesOf(await read(new TestWorld({}, hosts('one', 'two'))).read())).toEqual({ A: 'geheim' });
  const faults = await faultsOf(read(new TestWorld({}, hosts('one', 'two', 'three'))));
  expect(faults.map(told)).toEqual([
    'secrets.host.A: The file /root/key is not the same on one and two and three. A release is the same on all servers: make the files equal.',
  ]);
});
