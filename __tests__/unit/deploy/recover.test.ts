import type { Command } from '../../../src/commands/command.ts';
import type { Context } from '../../../src/deploy/context.ts';
import type { Facts } from '../../../src/deploy/facts.ts';
import { decideRecovery, recover } from '../../../src/deploy/recover.ts';
import { Server } from '../../../src/deploy/server.ts';
import type { Color } from '../../../src/edge/state.ts';
import { DeployError } from '../../../src/errors.ts';
import type { Host, Output } from '../../../src/hosts/host.ts';
import { entry, facts, journal, NOW, release, state } from './records.ts';

/** Facts of a server on which the edge makes a color active. */
const seen = (active: Color | undefined, more: Parameters<typeof facts>[0] = {}): Facts =>
  facts({
    journal: journal(),
    state: state(),
    releases: [release('r1'), release('r2')],
    ledger: [entry('r1')],
    ...more,
    edge: {
      // One that does not run will begin with what its files say.
      running: false,
      active: new Map(active ? [['shop/production', active]] : [['other/production', 'green']]),
    },
  });
const kind = (what: Facts) => decideRecovery(what, 'shop', 'production')?.kind;

describe('what an interrupted change comes to', () => {
  const first = journal({ release: 'r1', color: 'blue', from: undefined as never });
  const worker = [release('r1'), release('r2', { routes: [] })];
  const back = journal({ kind: 'rollback', release: 'r0', color: 'green' });

  test.each<[string, Facts, 'finish' | 'discard' | undefined]>([
    ['nothing was interrupted', seen('blue', { journal: undefined }), undefined],
    ['a deploy before its switch', seen('blue'), 'discard'],
    ['a deploy after its switch', seen('green'), 'finish'],
    ['one that had written its state too', seen('green', { state: state({ active: 'green' }) }), 'finish'],
    ['one that was switched and reverted', seen('blue', { state: state({ active: 'blue' }) }), 'discard'],
    [
      'a first deploy before its switch',
      seen(undefined, { journal: first, state: undefined, releases: [] }),
      'discard',
    ],
    ['a first deploy after its switch', seen('blue', { journal: first, state: undefined }), 'finish'],
    ['a rollback before its switch', seen('blue', { journal: back }), 'discard'],
    ['a rollback after its switch', seen('green', { journal: back }), 'finish'],
    ['the edge, when state and edge differ', seen('green', { state: state({ active: 'blue' }) }), 'finish'],
    ['an app without routes before its end', seen(undefined, { releases: worker }), 'discard'],
    [
      'an app without routes after its end',
      seen(undefined, { releases: worker, state: state({ active: 'green' }) }),
      'finish',
    ],
    [
      'an app that had routes once: its line at the edge is an old one',
      seen('blue', { releases: worker, state: state({ active: 'green' }) }),
      'finish',
    ],
    [
      'the same before its end',
      seen('green', { releases: worker, state: state({ active: 'blue' }) }),
      'discard',
    ],
    ['a release whose record is damaged, by what the public sees', seen('green', { releases: [] }), 'finish'],
  ])('%s', (_, what, decision) => {
    expect(kind(what)).toBe(decision);
  });

  test('the journal is handed on', () => {
    expect(decideRecovery(seen('green'), 'shop', 'production')?.journal).toEqual(journal());
  });
});

describe('recovering', () => {
  const commands: Command[] = [];
  let code = 0;
  const host: Host = {
    name: 'deploy@server',
    run: async (command: Command): Promise<Output> => {
      commands.push(command);
      return { code, stdout: '', stderr: code === 0 ? '' : 'no' };
    },
    dial: () => Promise.reject(new Error('the edge is not needed')),
    close: async () => {},
  };
  const lines: string[] = [];
  const context = {
    config: { app: 'shop', environment: 'production' },
    now: () => NOW,
    log: { info: (line: string) => lines.push(line) },
  } as unknown as Context;
  beforeEach(() => {
    commands.length = 0;
    lines.length = 0;
    code = 0;
  });
  const go = (what: Facts) => recover(context, new Server(host, what), 'ours');
  /** The words of the one command that was run, after its source. */
  const words = () => {
    expect(commands).toHaveLength(1);
    return commands[0]?.argv.slice(4) ?? [];
  };

  test('of nothing runs nothing', async () => {
    expect(await go(seen('blue', { journal: undefined }))).toBeUndefined();
    expect(commands).toEqual([]);
  });

  test('a deploy that had not switched is taken away, and noted as failed', async () => {
    expect((await go(seen('blue')))?.kind).toBe('discard');
    const [root, token, project, release, line = ''] = words();
    expect([root, token, project, release]).toEqual([
      '/home/deploy/.restaurant-deploy/apps/shop/production',
      'ours',
      'shop-production-green',
      'r2',
    ]);
    expect(JSON.parse(line)).toEqual({
      at: '2026-01-02T03:04:05.000Z',
      kind: 'deploy',
      outcome: 'failed',
      release: 'r2',
      version: 'v-r2',
      previous: 'r1',
      color: 'green',
      by: 'maria',
      run: 'https://example.com/runs/2',
      durationMs: 245_000,
      migrated: false,
      reason: 'interrupted',
    });
    expect(lines).toEqual([
      'an earlier deploy of r2 by maria was interrupted: it was not switched yet, and is taken away',
    ]);
  });

  test.each<[Color, string]>([
    ['green', 'green'],
    ['blue', 'blue'],
  ])(
    'the edge, which may have been told something else than %s, is told it again before anything stops',
    async (active, told) => {
      const asked: string[] = [];
      const what = seen(active);
      const server = new Server(host, { ...what, edge: { ...what.edge, running: true } });
      const ask = async (all: string[]) => {
        // Of the environment's files and the edge's map, then of what the old color still answers.
        asked.push(...all, `after ${commands.length} commands`);
        return all.map(() => '');
      };
      server.runtime = async () => ({ ask, order: ask }) as never;
      await recover(context, server, 'ours');
      expect(asked).toEqual([`set map /edge/maps/active.map shop/production ${told}`, 'after 1 commands']);
      expect(commands).toHaveLength(2);
      expect(commands[0]?.argv.slice(-2)).toEqual(['shop/production', told]);
    },
  );

  test('a rollback that had not switched keeps the release it was to go to', async () => {
    await go(seen('blue', { journal: journal({ kind: 'rollback', release: 'r0' }) }));
    expect(words()[3]).toBe('');
  });

  test('a deploy that had switched is finished, as its own release says', async () => {
    const releases = [
      release('r1'),
      release('r2', { standby: 'running', standbyMs: 90_000, migrated: true }),
    ];
    await go(seen('green', { releases }));
    const [, , written = '', line = '', old, standby, seconds, prefix] = words();
    expect(JSON.parse(written)).toEqual({
      active: 'green',
      colors: {
        green: { release: 'r2', since: '2026-01-02T03:04:05.000Z' },
        blue: { release: 'r1', since: '2026-01-02T03:04:05.000Z' },
      },
      by: 'maria',
      run: 'https://example.com/runs/2',
    });
    expect(JSON.parse(line)).toMatchObject({ outcome: 'deployed', release: 'r2', migrated: true });
    expect([old, standby, seconds]).toEqual(['shop-production-blue', 'running', '90']);
    expect(prefix).toMatch(/^restaurant-deploy\/shop.$/);
    expect(lines[0]).toContain('was switched already, and is finished');
  });

  test('without a standby the old color stands no more', async () => {
    await go(seen('green', { releases: [release('r2', { standby: 'none' })] }));
    expect(Object.keys(JSON.parse(words()[2] ?? '').colors)).toEqual(['green']);
  });

  test('a first deploy that had switched has no old color', async () => {
    const first = journal({ release: 'r1', color: 'blue' });
    delete (first as { from?: unknown }).from;
    await go(seen('blue', { journal: first, state: undefined, ledger: [] }));
    const [, , written = '', line = '', old] = words();
    expect(JSON.parse(written)).toMatchObject({ active: 'blue', colors: { blue: { release: 'r1' } } });
    expect(JSON.parse(line)).not.toHaveProperty('previous');
    expect(old).toBe('');
  });

  test('a rollback that had switched is noted as one', async () => {
    await go(seen('green', { journal: journal({ kind: 'rollback', release: 'r1' }) }));
    expect(JSON.parse(words()[3] ?? '')).toMatchObject({ kind: 'rollback', outcome: 'rolled-back' });
  });

  test.each<[string, Partial<ReturnType<typeof entry>>, boolean]>([
    ['by this run already', {}, false],
    ['by an earlier run of the same release', { run: 'https://example.com/runs/1' }, true],
    ['before this change began', { at: '2026-01-02T02:59:59.000Z' }, true],
    ['as another kind of change', { kind: 'rollback' }, true],
    ['of another release', { release: 'r9' }, true],
  ])('a change that was noted %s is noted again: %s', async (_, more, again) => {
    const noted = entry('r2', { at: '2026-01-02T03:01:00.000Z', run: 'https://example.com/runs/2', ...more });
    await go(seen('green', { ledger: [entry('r1'), noted] }));
    expect(words()[3] !== '').toBe(again);
  });

  test('a clock that went back makes no negative time', async () => {
    await go(seen('blue', { journal: journal({ at: '2026-01-02T04:00:00.000Z' }) }));
    expect(JSON.parse(words()[4] ?? '').durationMs).toBe(0);
  });

  test('that does not succeed is an error with the way out', async () => {
    code = 72;
    await expect(go(seen('blue'))).rejects.toThrow(DeployError);
    await expect(go(seen('blue'))).rejects.toThrow(/could not be brought to an end.*unlock/);
  });
});
