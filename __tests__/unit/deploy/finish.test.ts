import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { script } from '../../../src/commands/command.ts';
import { discard, type FinishRequest, finish, PRUNE, releasesToRemove } from '../../../src/deploy/finish.ts';
import { ACQUIRE } from '../../../src/deploy/lease.ts';
import { readLedger } from '../../../src/deploy/records.ts';
import { until } from '../hosts/wait.ts';
import { entry, state } from './records.ts';
import { Sandbox } from './sandbox.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const OLD = 'shop-production-blue';
let server: Sandbox;
const root = () => server.path('apps/shop/production');
const at = (name: string) => `apps/shop/production/${name}`;
const now = state({
  active: 'green',
  colors: { green: { release: 'r2', since: '2026-01-02T00:00:00.000Z' } },
});

beforeEach(() => {
  server = new Sandbox();
  server.write(at('lease'), '{"token":"ours"}');
  server.write(at('journal.json'), '{}');
  server.write(at('state.json'), 'before');
  // Two containers of the old color, of which nothing but the list is asked.
  server.docker(`case $1 in ps) printf 'c1\\nc2\\n' ;; esac`);
});
afterEach(() => server.remove());

const request = (more: Partial<FinishRequest> = {}): FinishRequest => ({
  root: root(),
  token: 'ours',
  state: now,
  entry: entry('r2', { color: 'green', reason: 'it\'s "quoted" $HOME `id`\\n' }),
  oldProject: OLD,
  standby: 'stopped',
  standbyMs: 0,
  remove: [],
  imagePrefix: 'restaurant-deploy/shop.',
  giveBack: false,
  ...more,
});
const run = (more: Partial<FinishRequest> = {}) => server.run(finish(request(more)));
const ledger = () => readLedger(server.read(at('ledger.jsonl')) ?? '');
const stops = () => server.calls().filter(([word]) => word === 'stop');

describe('the end of a change', () => {
  test('the lease goes with it when nothing follows, and stays when something does', async () => {
    await run();
    expect(server.read(at('lease'))).toBe('{"token":"ours"}');
    server.write(at('journal.json'), '{}');
    await run({ giveBack: true });
    expect(server.read(at('lease'))).toBeUndefined();
  });

  test('writes down what is true, puts the old color aside, and takes the journal away', async () => {
    expect(await run()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse(server.read(at('state.json')) ?? '')).toEqual(now);
    expect(ledger()).toEqual([request().entry]);
    expect(existsSync(server.path(at('journal.json')))).toBe(false);
    expect(server.calls()).toEqual([
      ['ps', '-q', '--filter', `label=com.docker.compose.project=${OLD}`],
      ['update', '--restart=no', 'c1', 'c2'],
      ['stop', 'c1', 'c2'],
    ]);
  });

  test('keeps the lease, for a hook may follow', async () => {
    await run();
    expect(server.read(at('lease'))).toBe('{"token":"ours"}');
  });

  test('changes nothing without our lease', async () => {
    server.write(at('lease'), '{"token":"theirs"}');
    expect((await run()).code).toBe(75);
    expect(server.read(at('state.json'))).toBe('before');
    expect(existsSync(server.path(at('journal.json')))).toBe(true);
    expect(server.calls()).toEqual([]);
  });

  test('of a first deploy has no old color', async () => {
    expect((await run({ oldProject: undefined })).code).toBe(0);
    expect(server.calls()).toEqual([]);
  });

  test('adds no line that is there already', async () => {
    await run({ entry: undefined });
    expect(server.read(at('ledger.jsonl'))).toBeUndefined();
  });

  test.each([
    ['whole lines', `${JSON.stringify(entry('r1'))}\n`, ['r1', 'r2']],
    ['a line without its end', `${JSON.stringify(entry('r1'))}\n{"at":"2026`, ['r1', 'r2']],
    ['a line of NUL bytes, as after a power cut', `${JSON.stringify(entry('r1'))}\n\0\0\0`, ['r1', 'r2']],
    ['nothing', '', ['r2']],
  ])('adds to a ledger of %s', async (_, before, releases) => {
    server.write(at('ledger.jsonl'), before);
    await run();
    expect(ledger().map((line) => line.release)).toEqual(releases);
  });

  test('on a full disk fails before the old color is touched, and leaves the journal', async () => {
    await server.run(script('ln -s /dev/full "$1/state.json.new"', [root()]));
    const { code, stderr } = await run();
    expect(code).toBe(70);
    expect(stderr).toContain('No space left on device');
    expect(server.read(at('state.json'))).toBe('before');
    expect(existsSync(server.path(at('journal.json')))).toBe(true);
    expect(server.calls()).toEqual([]);
  });

  test('without an answer of Docker leaves the journal, for what runs is not known', async () => {
    server.docker('exit 1');
    expect((await run()).code).toBe(72);
    expect(existsSync(server.path(at('journal.json')))).toBe(true);
  });

  test('goes on when a container does not stop: the next deploy removes it', async () => {
    server.docker(`case $1 in ps) echo c1 ;; stop) echo 'cannot kill' >&2; exit 1 ;; esac`);
    expect(await run()).toMatchObject({ code: 0, stderr: 'cannot kill\n' });
    expect(existsSync(server.path(at('journal.json')))).toBe(false);
  });

  test('without a standby removes the old color', async () => {
    server.docker(
      `case "$1 $2" in 'ps -q') echo c1 ;; 'ps -aq') [ -e "$HOME/gone" ] || echo c1 ;; 'rm -f') touch "$HOME/gone" ;; esac`,
    );
    expect((await run({ standby: 'none' })).code).toBe(0);
    const calls = server.calls().map((call) => call.join(' '));
    expect(calls.filter((call) => /^(stop|rm)/.test(call))).toEqual(['stop c1', 'rm -f c1']);
  });
});

describe('a standby that runs for a while', () => {
  const standby = { standby: 'running', standbyMs: 0 } as const;
  const giveBack = () => server.run(script('rm -f "$1/lease"', [root()]));
  const acquire = (token: string) => server.run(script(ACQUIRE, [root(), `{"token":"${token}"}`, token]));
  const isFree = () => !existsSync(server.path(at('lease')));

  beforeEach(() => {
    // Time runs quicker here: what is slept is noted, and over at once.
    server.tool('sleep', `echo "$1" >>"$HOME/slept"; PATH=${process.env.PATH} exec sleep 0.05`);
  });

  test('runs on when the change ends, which does not wait for it', async () => {
    server.tool('sleep', `echo "$1" >>"$HOME/slept"; PATH=${process.env.PATH} exec sleep 0.5`);
    expect((await run({ standby: 'running', standbyMs: 600_000 })).code).toBe(0);
    expect(stops()).toEqual([]);
    await until('the time', () => server.read('slept') !== undefined);
    expect(server.read('slept')).toBe('600\n');
  });

  test('is stopped when its time is up', async () => {
    await run(standby);
    await giveBack();
    await until('the stop', () => stops().length > 0);
    await until('the lease to be free', isFree);
  });

  test('is stopped by its own containers, and after the run that has the lease', async () => {
    await run(standby);
    // Our lease is still held: the timer waits, and looks again.
    await until('a second look', () => (server.read('slept') ?? '').split('\n').length > 3);
    const seen = server.calls();
    expect(seen.filter(([word]) => word === 'stop')).toEqual([]);
    expect(server.read('slept')).toMatch(/^0\n5\n5\n/);
    await giveBack();
    let calls: string[][] = [];
    await until('the stop', () => {
      calls = [...calls, ...stops()];
      return calls.length > 0;
    });
    expect(calls).toEqual([['stop', 'c1', 'c2']]);
    await until('the lease to be free', isFree);
  });

  test('holds the lease while it stops, as every change does', async () => {
    server.docker(
      `case $1 in ps) echo c1 ;; stop) cp '${root()}/lease' "$HOME/held"; cat '${root()}/lease.lock'; PATH=${process.env.PATH} sleep 0.3 ;; esac`,
    );
    await run(standby);
    await giveBack();
    await until('the stop', () => server.read('held') !== undefined && server.read('held') !== '');
    const other = await acquire('other');
    expect(other.code).toBe(75);
    expect(JSON.parse(server.read('held') ?? '')).toMatchObject({
      by: 'the end of a standby',
      run: 'local',
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    await until('the lease to be free', isFree);
  });

  describe('is left alone when', () => {
    const never = async () => {
      await until('the end of the timer', () => existsSync(server.path('looked')) && isFree());
      expect(stops()).toEqual([]);
    };
    beforeEach(() => {
      // The look at state.json is the last step before the stop: cat tells that it came.
      server.tool(
        'cat',
        `PATH=${process.env.PATH}; cat "$@"; code=$?; case "$*" in *state.json) touch "$HOME/looked" ;; esac; exit $code`,
      );
    });

    test('its color is active again, through a rollback', async () => {
      await run(standby);
      server.write(at('state.json'), `${JSON.stringify(state({ active: 'blue' }))}\n`);
      await giveBack();
      await never();
    });

    test('another change has ended since, and set a time of its own', async () => {
      await run(standby);
      server.write(at('state.json'), `${JSON.stringify({ ...now, run: 'https://example.com/runs/3' })}\n`);
      await giveBack();
      await never();
    });

    test('there is no state any more', async () => {
      await run(standby);
      await server.run(script('rm "$1/state.json"', [root()]));
      await giveBack();
      await never();
    });
  });

  test('is left alone while a killed rollback to it waits to be finished', async () => {
    await run(standby);
    server.write(at('journal.json'), '{"kind":"rollback","color":"blue"}');
    const stale = Date.now() / 1000 - 200;
    utimesSync(server.path(at('lease')), stale, stale);
    await until('the lease to be free', isFree);
    expect(stops()).toEqual([]);
    expect(existsSync(server.path(at('journal.json')))).toBe(true);
  });

  test('makes nothing anew of an environment that is gone', async () => {
    server.tool(
      'sleep',
      `rm -rf '${root()}'; touch "$HOME/removed"; PATH=${process.env.PATH} exec sleep 0.05`,
    );
    await run(standby);
    await until('the removal', () => existsSync(server.path('removed')));
    await pause(300);
    expect(existsSync(root())).toBe(false);
    expect(stops()).toEqual([]);
  });

  test('gives up when the lease can not be taken at all', async () => {
    await run(standby);
    server.tool('flock', 'echo >>"$HOME/tries"; exit 1');
    server.tool('sleep', ':');
    await until('many tries', () => (server.read('tries')?.length ?? 0) >= 100);
    await pause(300);
    expect(server.read('tries')?.length).toBe(100);
    expect(stops()).toEqual([]);
  });

  test('without containers sets no timer', async () => {
    server.docker(':');
    await run(standby);
    expect(server.read('slept')).toBeUndefined();
  });
});

describe('what did not make it is taken away', () => {
  const failed = entry('r2', { outcome: 'failed', reason: "it's" });
  const REMOVING = `case "$1 $2" in 'ps -aq') [ -e "$HOME/gone" ] || printf 'c1\\nc2\\n' ;; 'rm -f') touch "$HOME/gone" ;; esac`;
  beforeEach(() => {
    server.write(at('releases/r1/release.json'), '{}');
    server.write(at('releases/r2/release.json'), '{}');
    server.write(at('releases/.new/half'), '');
    server.docker(REMOVING);
  });
  const releases = () => readdirSync(server.path(at('releases')));

  test('its containers, its folder and its journal; and it is noted', async () => {
    expect(await server.run(discard(root(), 'ours', 'shop-production-green', 'r2', failed))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(releases()).toEqual(['r1']);
    expect(ledger()).toEqual([failed]);
    expect(existsSync(server.path(at('journal.json')))).toBe(false);
    expect(server.calls()).toEqual([
      ['ps', '-aq', '--filter', 'label=com.docker.compose.project=shop-production-green'],
      ['inspect', '-f', '{{.Name}}', 'c1', 'c2'],
      ['rm', '-f', 'c1', 'c2'],
      ['ps', '-aq', '--filter', 'label=com.docker.compose.project=shop-production-green'],
    ]);
    expect(server.read(at('state.json'))).toBe('before');
  });

  test('a rollback keeps the folder of its release', async () => {
    await server.run(discard(root(), 'ours', 'shop-production-green', '', failed));
    expect(releases().sort()).toEqual(['.new', 'r1', 'r2']);
    expect(ledger()).toHaveLength(1);
  });

  test('a line that is there already is not added again', async () => {
    await server.run(discard(root(), 'ours', 'shop-production-green', 'r2', undefined));
    expect(ledger()).toEqual([]);
    expect(releases()).toEqual(['r1']);
  });

  test('twice does no harm', async () => {
    await server.run(discard(root(), 'ours', 'shop-production-green', 'r2', failed));
    expect((await server.run(discard(root(), 'ours', 'shop-production-green', 'r2', failed))).code).toBe(0);
  });

  test('nothing without our lease', async () => {
    expect((await server.run(discard(root(), 'theirs', 'shop-production-green', 'r2', failed))).code).toBe(
      75,
    );
    expect(releases().sort()).toEqual(['.new', 'r1', 'r2']);
    expect(server.calls()).toEqual([]);
  });

  test('not while Docker does not answer: then the journal stays for the next run', async () => {
    server.docker('exit 1');
    expect((await server.run(discard(root(), 'ours', 'shop-production-green', 'r2', failed))).code).toBe(72);
    expect(existsSync(server.path(at('journal.json')))).toBe(true);
    expect(releases().sort()).toEqual(['.new', 'r1', 'r2']);
  });

  describe('the start of it', () => {
    const PID = '.shop-production-green.pid';
    /** Something that runs; its number is noted as that of the start. */
    async function started(source: string, name: string) {
      const running = server.run(script(`echo $$ >"$HOME/number"; ${source}`, [name]));
      await until('its number', () => (server.read('number') ?? '').endsWith('\n'));
      server.write(at(PID), server.read('number') ?? '');
      server.write(at('.shop-production-green.up'), 'Container web-1 Starting');
      await server.run(discard(root(), 'ours', 'shop-production-green', 'r2', failed));
      expect(existsSync(server.path(at(PID)))).toBe(false);
      expect(existsSync(server.path(at('.shop-production-green.up')))).toBe(false);
      return running;
    }

    test('that still runs is ended, or it would make the containers again', async () => {
      const { code } = await started('while :; do sleep 0.1; done', 'shop-production-green');
      expect(code).not.toBe(0);
    });

    test('that ended long ago is not taken for another process that has its number by now', async () => {
      const { stdout } = await started('sleep 1; echo lived', 'another');
      expect(stdout).toBe('lived\n');
    });
  });
});

describe('pruning', () => {
  const prune = (...ids: string[]) =>
    server.run(script(`set -u\n${PRUNE}\nprune "$@"`, [root(), 'restaurant-deploy/shop.', ...ids]));
  const images = (name: string, ...lines: string[]) =>
    server.write(name, lines.map((line) => `restaurant-deploy/${line}\n`).join(''));
  const removed = () =>
    server
      .calls()
      .filter((call) => call.slice(0, 2).join(' ') === 'image rm')
      .map((call) => call[2]?.replace('restaurant-deploy/', ''));

  beforeEach(() => {
    images(at('releases/r1/images'), 'shop.web:1', 'shop.db:9');
    images(at('releases/r2/images'), 'shop.web:2', 'shop.db:9');
    images('apps/shop/staging/releases/s1/images', 'shop.web:3');
    server.docker(
      `case "$1 $2" in 'image ls') for tag in web:1 web:2 web:3 web:22 db:9; do echo "restaurant-deploy/shop.$tag"; done ;; esac`,
    );
  });

  test('removes the releases, and the images that no release of the app names', async () => {
    expect((await prune('r1')).code).toBe(0);
    expect(readdirSync(server.path(at('releases')))).toEqual(['r2']);
    expect(removed()).toEqual(['shop.web:1', 'shop.web:22']);
  });

  test('asks Docker for the images of this app alone', async () => {
    await prune('r1');
    expect(server.calls()[0]).toEqual([
      ...['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'],
      ...['--filter', 'reference=restaurant-deploy/shop.*'],
    ]);
  });

  test('of nothing does nothing', async () => {
    await prune();
    expect(server.calls()).toEqual([]);
    expect(readdirSync(server.path(at('releases'))).sort()).toEqual(['r1', 'r2']);
  });

  test('of a release without a name never removes all', async () => {
    expect((await prune('')).code).not.toBe(0);
    expect(readdirSync(server.path(at('releases'))).sort()).toEqual(['r1', 'r2']);
  });

  test('goes on when an image is in use', async () => {
    server.docker(
      `case "$1 $2" in 'image ls') printf 'restaurant-deploy/shop.web:1\\nrestaurant-deploy/shop.web:22\\n' ;; 'image rm') exit 1 ;; esac`,
    );
    await prune('r1');
    expect(removed()).toEqual(['shop.web:1', 'shop.web:22']);
  });

  test('is part of the end of a change', async () => {
    server.docker(`case "$1 $2" in 'image ls') echo restaurant-deploy/shop.web:1 ;; esac`);
    await run({ oldProject: undefined, remove: ['r1'] });
    expect(readdirSync(server.path(at('releases')))).toEqual(['r2']);
    expect(removed()).toEqual(['shop.web:1']);
  });
});

describe('which releases go', () => {
  test.each([
    ['fewer than are kept', ['a', 'b'], ['a', 'b'], ['b'], 5, []],
    ['the oldest of more', ['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'], ['d', 'c'], 2, ['a', 'b']],
    ['those that never were live', ['a', 'x', 'b'], ['a', 'b'], ['b'], 5, ['x']],
    ['not one that stands on a color, however old', ['a', 'b', 'c'], ['a', 'b', 'c'], ['c', 'a'], 1, ['b']],
    ['not one that stands though it never was good', ['a', 'x'], ['a'], ['x'], 1, []],
    ['none that is gone already is counted', ['c', 'd'], ['a', 'b', 'c', 'd'], ['d'], 2, []],
    [
      'one that was live again counts once, by its last time',
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd', 'a', 'd', 'a'],
      ['a'],
      3,
      ['b'],
    ],
    ['all but the live one', ['a', 'b', 'c'], ['a', 'b', 'c'], ['c'], 1, ['a', 'b']],
    ['nothing', [], [], [], 5, []],
  ])('%s', (_, all, good, standing, retain, gone) => {
    expect(releasesToRemove(all, good, standing, retain)).toEqual(gone);
  });
});
