import { existsSync, readdirSync, statSync } from 'node:fs';
import { jest } from '@jest/globals';
import { archive, type Entry } from '../../../src/commands/archive.ts';
import { type Command, command } from '../../../src/commands/command.ts';
import type { Activation } from '../../../src/deploy/activate.ts';
import { pathsOf } from '../../../src/deploy/paths.ts';
import { prepareCommand, prepareRollback } from '../../../src/deploy/prepare.ts';
import { Server } from '../../../src/deploy/server.ts';
import { facts, journal, release } from './records.ts';
import { Sandbox } from './sandbox.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

let server: Sandbox;
const AT = '.restaurant-deploy/apps/shop/production';
const root = () => server.path(AT);
const at = (name: string) => `${AT}/${name}`;
const JOURNAL = JSON.stringify(journal());

beforeEach(() => {
  server = new Sandbox();
  server.write(at('lease'), '{"token":"ours"}');
  server.write(at('releases/r1/release.json'), 'one');
});
afterEach(() => server.remove());

const FILES: Entry[] = [
  { path: 'rollback', content: '#!/bin/sh\n', mode: 0o700 },
  { path: 'release/release.json', content: 'two', mode: 0o600 },
  { path: 'release/.env', content: 'SECRET=1', mode: 0o600 },
  { path: 'release/files/run.sh', content: '#!/bin/sh', mode: 0o755 },
];

function run(
  more: {
    token?: string;
    entries?: readonly Entry[];
    things?: readonly Command[];
    tags?: readonly Command[];
  } = {},
) {
  const { token = 'ours', entries = FILES, things = [], tags = [] } = more;
  return server.run(prepareCommand(root(), token, 'r2', JOURNAL, 'shop-production-green', things, tags), {
    input: archive(entries),
  });
}
const mode = (name: string) => (statSync(server.path(at(name))).mode & 0o777).toString(8);

describe('a release on its way to the server', () => {
  test('is noted in the journal, and its folder is there, with its modes', async () => {
    expect(await run()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(server.read(at('journal.json'))).toBe(`${JOURNAL}\n`);
    expect(server.read('.restaurant-deploy/bin/rollback')).toBe('#!/bin/sh\n');
    expect(server.read(at('releases/r2/release.json'))).toBe('two');
    expect([mode('releases/r2/.env'), mode('releases/r2/files/run.sh'), mode('journal.json')]).toEqual([
      '600',
      '755',
      '600',
    ]);
    expect(readdirSync(server.path(at('releases'))).sort()).toEqual(['r1', 'r2']);
    expect(existsSync(server.path(at('shared')))).toBe(false);
  });

  test('finds no containers in its color', async () => {
    server.docker(
      `case "$1 $2" in 'ps -aq') [ -e "$HOME/gone" ] || echo c1 ;; 'rm -f') touch "$HOME/gone" ;; esac`,
    );
    await run();
    expect(server.calls()).toEqual([
      ['ps', '-aq', '--filter', 'label=com.docker.compose.project=shop-production-green'],
      ['inspect', '-f', '{{.Name}}', 'c1'],
      ['rm', '-f', 'c1'],
      ['ps', '-aq', '--filter', 'label=com.docker.compose.project=shop-production-green'],
    ]);
  });

  test('brings what the containers need: folders, volumes and names of images, whatever they are called', async () => {
    await run({
      things: [
        command('mkdir', '-p', server.path("data/it's a $HOME")),
        command('docker', 'volume', 'create', 'shop_data'),
      ],
      tags: [command('docker', 'tag', 'sha256:1', 'restaurant-deploy/shop.db:1')],
    });
    expect(existsSync(server.path("data/it's a $HOME"))).toBe(true);
    // A folder that a container writes to is for more than its owner.
    expect((statSync(server.path('data')).mode & 0o777).toString(8)).toBe('755');
    expect(server.calls().filter(([word]) => word !== 'ps')).toEqual([
      ['volume', 'create', 'shop_data'],
      ['tag', 'sha256:1', 'restaurant-deploy/shop.db:1'],
    ]);
  });

  test('brings the files of the shared services, and keeps what else is there', async () => {
    server.write(at('shared/data.txt'), 'kept');
    server.write(at('shared/compose.json'), 'old');
    await run({ entries: [...FILES, { path: 'shared/compose.json', content: 'new', mode: 0o600 }] });
    expect(server.read(at('shared/compose.json'))).toBe('new');
    expect(server.read(at('shared/data.txt'))).toBe('kept');
  });

  test('takes the place of one of the same name, whole', async () => {
    server.write(at('releases/r2/left-over'), '');
    server.write(at('releases/.new/left-over'), '');
    await run();
    expect(readdirSync(server.path(at('releases/r2'))).sort()).toEqual(['.env', 'files', 'release.json']);
  });
});

describe('what goes wrong', () => {
  test('without our lease nothing is touched', async () => {
    const { code, stderr } = await run({ token: 'theirs' });
    expect(code).toBe(75);
    expect(stderr).toContain('no longer ours');
    expect(existsSync(server.path(at('journal.json')))).toBe(false);
    expect(server.calls()).toEqual([]);
  });

  test('a full disk is told by its own words, before anything else', async () => {
    await server.run(command('ln', '-s', '/dev/full', server.path(at('journal.json.new'))));
    const { code, stderr } = await run();
    expect(code).toBe(70);
    expect(stderr).toContain('No space left on device');
    expect(existsSync(server.path(at('releases/r2')))).toBe(false);
  });

  test('an archive that is cut leaves no half release', async () => {
    const broken = archive([...FILES, { path: 'release/gone', from: server.path('no such file') }]);
    const sending = server.run(
      prepareCommand(root(), 'ours', 'r2', JOURNAL, 'shop-production-green', [], []),
      { input: broken },
    );
    await expect(sending).rejects.toThrow(/ENOENT/);
    expect(existsSync(server.path(at('releases/r2')))).toBe(false);
  });

  test('a volume that can not be made ends it with the words of Docker', async () => {
    server.docker(`case $1 in volume) echo 'no such driver' >&2; exit 1 ;; esac`);
    const { code, stderr } = await run({ things: [command('docker', 'volume', 'create', 'x')] });
    expect([code, stderr]).toEqual([72, 'no such driver\n']);
  });

  test('containers that nobody can see are an error: the color may not be idle', async () => {
    server.docker(`case $1 in ps) echo 'Cannot connect' >&2; exit 1 ;; esac`);
    const { code, stderr } = await run();
    expect(code).toBe(73);
    expect(stderr).toContain('could not be removed');
  });
});

describe('a rollback', () => {
  const prepare = (standing: boolean, token = 'ours') =>
    prepareRollback(
      new Server(server.host, facts({ paths: pathsOf(server.home, 'shop', 'production') })),
      {
        release: release('r1', { images: { web: 'shop.web:1', worker: 'shop.web:1', db: 'shop.db:1' } }),
        color: 'green',
        token,
      } as Activation,
      journal({ kind: 'rollback', release: 'r1' }),
      standing,
    );

  test('to a standby notes itself, and touches no container', async () => {
    await prepare(true);
    expect(JSON.parse(server.read(at('journal.json')) ?? '')).toMatchObject({
      kind: 'rollback',
      release: 'r1',
    });
    expect(server.calls()).toEqual([]);
  });

  test('to a release without containers clears its color, and looks for its images, each once', async () => {
    await prepare(false);
    expect(server.calls()).toEqual([
      ['ps', '-aq', '--filter', 'label=com.docker.compose.project=shop-production-green'],
      ['image', 'inspect', 'shop.web:1'],
      ['image', 'inspect', 'shop.db:1'],
    ]);
  });

  test('whose image is gone says which, with the other way back', async () => {
    server.docker(`case "$1 $3" in 'image shop.db:1') exit 1 ;; esac`);
    await expect(prepare(false)).rejects.toMatchObject({
      faults: [
        {
          code: 'rollback-prepare',
          evidence: 'the image shop.db:1 is gone',
          remedy: expect.stringContaining('deploy its commit'),
        },
      ],
    });
  });

  test('without our lease is refused', async () => {
    await expect(prepare(true, 'theirs')).rejects.toThrow(/can not be brought back/);
    expect(existsSync(server.path(at('journal.json')))).toBe(false);
  });
});
