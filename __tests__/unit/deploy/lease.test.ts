import { existsSync, statSync, utimesSync } from 'node:fs';
import { jest } from '@jest/globals';
import { script } from '../../../src/commands/command.ts';
import { ACQUIRE, HELD, heartbeat, release, STALE_SECONDS, STILL_OURS } from '../../../src/deploy/lease.ts';
import { Sandbox } from './sandbox.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

let server: Sandbox;
beforeEach(() => {
  server = new Sandbox();
});
afterEach(() => server.remove());

const record = (token: string) => JSON.stringify({ token, by: "Maria O'Hara", run: 'local', since: 'now' });
const root = () => server.path('app');
const acquire = (token: string) => server.run(script(ACQUIRE, [root(), record(token), token]));
const lease = () => server.read('app/lease');
/** Sets the time of the last heartbeat, in seconds before now. */
const aged = (seconds: number) => {
  const at = Date.now() / 1000 - seconds;
  utimesSync(server.path('app/lease'), at, at);
};
const ageOf = () => Date.now() / 1000 - statSync(server.path('app/lease')).mtimeMs / 1000;

describe('taking the lease', () => {
  test('of an app that was never there makes its folder, for its owner alone', async () => {
    expect(await acquire('one')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(lease()).toBe(record('one'));
    expect(statSync(server.path('app/lease')).mode & 0o777).toBe(0o600);
    expect(statSync(server.path('app/releases')).mode & 0o777).toBe(0o700);
  });

  test('that is ours already succeeds, and counts from now', async () => {
    await acquire('one');
    aged(60);
    expect((await acquire('one')).code).toBe(0);
    expect(ageOf()).toBeLessThan(30);
  });

  test('that somebody else holds tells its age and their record, and changes nothing', async () => {
    await acquire('one');
    aged(42);
    const { code, stdout } = await acquire('two');
    expect(code).toBe(HELD);
    const [age, ...rest] = stdout.split('\n');
    expect(Number(age)).toBeGreaterThanOrEqual(42);
    expect(Number(age)).toBeLessThan(72);
    expect(JSON.parse(rest.join('\n'))).toEqual(JSON.parse(record('one')));
    expect(lease()).toBe(record('one'));
  });

  test('whose holder gave no sign for longer than allowed takes it over, and says from whom', async () => {
    await acquire('one');
    aged(STALE_SECONDS + 5);
    const { code, stdout, stderr } = await acquire('two');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^stale 9\d+ \{"token":"one"/);
    expect(lease()).toBe(record('two'));
  });

  test('is not taken over a moment before', async () => {
    await acquire('one');
    aged(STALE_SECONDS - 20);
    expect((await acquire('two')).code).toBe(HELD);
  });

  test('that is empty after a power cut is held until it is stale, and no longer', async () => {
    await acquire('one');
    server.write('app/lease', '');
    expect(await acquire('two')).toMatchObject({ code: HELD, stdout: expect.stringMatching(/^\d\n$/) });
    aged(STALE_SECONDS + 5);
    expect((await acquire('two')).code).toBe(0);
  });

  test('from before the clock was set back counts from now, and is not held for as long as it jumped', async () => {
    await acquire('one');
    aged(-86_400);
    expect(await acquire('two')).toMatchObject({ code: HELD, stdout: `0\n${record('one')}` });
    expect(ageOf()).toBeGreaterThan(-5);
    expect(ageOf()).toBeLessThan(30);
  });

  test('that a person removes while it is looked at is free', async () => {
    await acquire('one');
    server.tool('grep', `rm -f '${server.path('app/lease')}'; exit 1`);
    expect(await acquire('two')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(lease()).toBe(record('two'));
  });

  test('that can not be locked fails, and says what stays locked', async () => {
    server.tool('flock', 'exit 1');
    const { code, stderr } = await acquire('one');
    expect(code).toBe(70);
    expect(stderr).toContain('app/lease.lock stays locked');
    expect(existsSync(server.path('app/lease'))).toBe(false);
  });

  test('on a full disk fails, and says that it is full', async () => {
    await server.run(script('mkdir -p "$1" && ln -s /dev/full "$1/lease.new"', [root()]));
    const { code, stderr } = await acquire('one');
    expect(code).not.toBe(0);
    expect(stderr).toContain('No space left on device');
    expect(lease()).toBeUndefined();
  });
});

describe('a race', () => {
  test.each([
    ['for a lease that is free', async () => {}],
    [
      'for a lease that is stale',
      async () => {
        await acquire('dead');
        aged(STALE_SECONDS + 5);
      },
    ],
  ])('%s has exactly one winner, again and again', async (_, prepare) => {
    for (let round = 0; round < 5; round++) {
      await prepare();
      const tokens = ['a', 'b', 'c', 'd'].map((name) => `${name}-${round}`);
      const outputs = await Promise.all(tokens.map(acquire));
      const winners = tokens.filter((_token, at) => outputs[at]?.code === 0);
      expect(outputs.map((output) => output.code).sort()).toEqual([0, HELD, HELD, HELD]);
      expect(lease()).toBe(record(winners[0] as string));
      expect((await server.run(release(root(), winners[0] as string))).code).toBe(0);
      expect(lease()).toBeUndefined();
    }
  });
});

describe('a heartbeat', () => {
  const beat = (token: string) => server.run(heartbeat(root(), token));

  test('renews what is ours', async () => {
    await acquire('one');
    aged(80);
    expect(await beat('one')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(ageOf()).toBeLessThan(30);
  });

  test.each([
    ['somebody else has', async () => void (await acquire('two'))],
    ['nobody has', async () => server.write('app/releases/.keep', '')],
    ['of an app that is gone', async () => {}],
  ])('of a lease that %s tells that it is lost, and makes none', async (_, prepare) => {
    await prepare();
    const before = lease();
    const { code, stderr } = await beat('one');
    expect(code).toBe(HELD);
    expect(stderr).toContain('no longer ours');
    expect(lease()).toBe(before);
  });

  test('that comes while the lease is given back does not bring it back', async () => {
    await acquire('one');
    // The removal falls between the look and the touch.
    server.tool(
      'grep',
      `PATH=${process.env.PATH} command grep "$@"; code=$?; rm -f '${server.path('app/lease')}'; exit $code`,
    );
    await beat('one');
    expect(lease()).toBeUndefined();
  });
});

describe('giving back', () => {
  test('frees what is ours', async () => {
    await acquire('one');
    expect(await server.run(release(root(), 'one'))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(lease()).toBeUndefined();
    expect((await acquire('two')).code).toBe(0);
  });

  test('leaves what is not, and is no error', async () => {
    await acquire('two');
    expect((await server.run(release(root(), 'one'))).code).toBe(0);
    expect(lease()).toBe(record('two'));
    expect((await server.run(release(server.path('none'), 'one'))).code).toBe(0);
  });
});

test('a script goes on with our lease only', async () => {
  const guarded = (token: string) =>
    server.run(script(`${STILL_OURS}\nstill_ours "$1" "$2"; echo went on`, [root(), token]));
  await acquire('one');
  expect(await guarded('one')).toEqual({ code: 0, stdout: 'went on\n', stderr: '' });
  const lost = await guarded('two');
  expect([lost.code, lost.stdout]).toEqual([HELD, '']);
  expect(lost.stderr).toContain(`the lease of ${root()} is no longer ours`);
});
