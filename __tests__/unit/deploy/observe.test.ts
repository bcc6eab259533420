import type { Activation } from '../../../src/deploy/activate.ts';
import type { Context } from '../../../src/deploy/context.ts';
import { breach, observe } from '../../../src/deploy/observe.ts';
import type { RunningProject } from '../../../src/deploy/project.ts';
import type { Server } from '../../../src/deploy/server.ts';
import { NO_STATS, type SlotStats } from '../../../src/edge/stats.ts';
import { DeployError } from '../../../src/errors.ts';
import { facts, NOW, release } from './records.ts';

const stats = (more: Partial<SlotStats>): SlotStats => ({ ...NO_STATS, ...more });

describe('a breach', () => {
  const rules = { max5xx: 0.01, minRequests: 20 };

  test.each<
    [string, Partial<SlotStats>, number, Partial<typeof rules & { maxLatency: number }>, string | undefined]
  >([
    ['no traffic', {}, 0, {}, undefined],
    ['too little traffic to judge', { requests: 19, errors: 19 }, 0, {}, undefined],
    ['just enough', { requests: 20, errors: 1 }, 0, {}, '1 of 20 answers failed, 5.0 % (allowed: 1 %)'],
    ['a share that is allowed', { requests: 1_000, errors: 10 }, 0, {}, undefined],
    ['one more', { requests: 1_000, errors: 11 }, 0, {}, '11 of 1000 answers failed, 1.1 % (allowed: 1 %)'],
    [
      'answers that were cut count too',
      { requests: 100, errors: 1, cut: 2 },
      0,
      {},
      '3 of 100 answers failed, 3.0 % (allowed: 1 %)',
    ],
    [
      'none is allowed',
      { requests: 1_000, errors: 1 },
      0,
      { max5xx: 0 },
      '1 of 1000 answers failed, 0.1 % (allowed: 0 %)',
    ],
    ['all are allowed', { requests: 20, errors: 20 }, 0, { max5xx: 1 }, undefined],
    [
      'a share is told as it was written',
      { requests: 100, errors: 8 },
      0,
      { max5xx: 0.07 },
      '8 of 100 answers failed, 8.0 % (allowed: 7 %)',
    ],
    ['slow answers nobody asked about', { requests: 100, responseMs: 9_000 }, 10, {}, undefined],
    ['answers as slow as allowed', { requests: 100, responseMs: 30 }, 10, { maxLatency: 3 }, undefined],
    [
      'slower ones',
      { requests: 100, responseMs: 31 },
      10,
      { maxLatency: 3 },
      'answers take 31 ms, the old release took 10 ms (allowed: 3 times)',
    ],
    ['slow ones with nothing to compare', { requests: 100, responseMs: 31 }, 0, { maxLatency: 3 }, undefined],
    ['too few slow ones', { requests: 19, responseMs: 31 }, 10, { maxLatency: 3 }, undefined],
    [
      'failures before slowness',
      { requests: 100, errors: 50, responseMs: 99 },
      10,
      { maxLatency: 3 },
      '50 of 100 answers failed, 50.0 % (allowed: 1 %)',
    ],
  ])('%s', (_, seen, old, more, reason) => {
    expect(breach(stats(seen), old, { ...rules, ...more })).toBe(reason);
  });
});

describe('observing', () => {
  /** What the edge has counted by slot; slot1 is blue, slot2 is green. */
  let counted: Record<string, Partial<SlotStats>>;
  let now: number;
  let sleeps: number[];
  let failed: { service: string; reason: string }[];
  let forgiving: boolean;
  let onSleep: () => void;

  beforeEach(() => {
    counted = { slot1: {}, slot2: {} };
    now = NOW;
    sleeps = [];
    failed = [];
    forgiving = true;
    onSleep = () => {};
  });

  const csv = ({
    requests = 0,
    errors = 0,
    cut = 0,
    sessions = 0,
    responseMs = 0,
  }: Partial<SlotStats> = {}) =>
    `# pxname,req_tot,hrsp_5xx,srv_abrt,scur,rtime\nx,${requests},${errors},${cut},${sessions},${responseMs}\n`;
  const slot = (name: string, color: 'blue' | 'green') => ({
    slot: name,
    environment: 'shop/production',
    color,
    service: 'web',
    port: 80,
    alias: 'x',
    replicas: 1,
  });
  const server = {
    host: {
      name: 'deploy@server',
      run: async () => ({ code: 0, stdout: '--- web-1\nTraceback', stderr: '' }),
    },
    facts: facts({
      edge: { state: { slots: [slot('slot1', 'blue'), slot('slot2', 'green')], hosts: [], guards: [] } },
    }),
    runtime: async () => ({
      ask: async (commands: string[]) => commands.map((one) => csv(counted[one.split(' ')[2] ?? ''])),
    }),
  } as unknown as Server;
  const project = {
    request: { project: 'shop-production-green' },
    get picture() {
      return { readiness: { failed } };
    },
    expectNoRestart: () => {
      forgiving = false;
    },
  } as unknown as RunningProject;

  function go(more: Partial<Activation> = {}, rules: object = {}, signal = new AbortController().signal) {
    const context = {
      config: { observe: { forMs: 1_000, max5xx: 0.01, minRequests: 20, ...rules } },
      signal,
      now: () => now,
      sleep: async (ms: number) => {
        sleeps.push(ms);
        now += ms;
        onSleep();
      },
    } as unknown as Context;
    const one = {
      server,
      release: release('r2'),
      color: 'green',
      from: { color: 'blue', release: 'r1' },
      ...more,
    } as Activation;
    // What the edge counts when the traffic moves, read before anything else happens.
    const atSwitch = { blue: stats(counted.slot1 ?? {}), green: stats(counted.slot2 ?? {}) };
    return observe(context, one, project, atSwitch);
  }
  const faultOf = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => new Error('it did well'),
      (reason: unknown) => reason,
    );
    if (!(error instanceof DeployError)) throw error;
    return error.faults[0];
  };

  test('a release that does well is looked at until the time is over, and forgiven no restart', async () => {
    await go();
    expect(sleeps).toEqual([500, 500]);
    expect(forgiving).toBe(false);
  });

  test('no longer than asked for', async () => {
    await go({}, { forMs: 300 });
    expect(sleeps).toEqual([300]);
    sleeps = [];
    await go({}, { forMs: 0 });
    expect(sleeps).toEqual([]);
  });

  test('only what came since the switch counts', async () => {
    counted.slot2 = { requests: 500, errors: 400 };
    onSleep = () => {
      counted.slot2 = { requests: 600, errors: 400 };
    };
    await go();
  });

  test('a breach ends it at once, with the log of the new color', async () => {
    onSleep = () => {
      if (sleeps.length === 2) counted.slot2 = { requests: 100, errors: 9 };
    };
    expect(await faultOf(go())).toEqual({
      code: 'observe-breach',
      where: 'deploy@server',
      what: 'After the switch the new release did not do well: 9 of 100 answers failed, 9.0 % (allowed: 1 %).',
      remedy: 'The traffic is back on the old release. Its log below says what went wrong.',
      evidence: '--- web-1\nTraceback',
    });
    expect(sleeps).toHaveLength(2);
  });

  test('the other color may fail', async () => {
    onSleep = () => {
      counted.slot1 = { requests: 100, errors: 100 };
    };
    await go();
  });

  test('the old color is what slowness is measured by', async () => {
    counted.slot1 = { requests: 1_000, responseMs: 10 };
    onSleep = () => {
      counted.slot2 = { requests: 100, responseMs: 100 };
    };
    expect((await faultOf(go({}, { maxLatency: 3 })))?.what).toContain('the old release took 10 ms');
    counted.slot2 = {};
    await go({ from: undefined }, { maxLatency: 3 });
  });

  test('a container that fails ends it, without any traffic', async () => {
    onSleep = () => {
      failed = [
        { service: 'web', reason: 'restarts' },
        { service: 'worker', reason: 'ended with 1' },
      ];
    };
    const fault = await faultOf(go({ from: undefined }));
    expect(fault?.what).toBe(
      'After the switch the new release did not do well: service web restarts; service worker ended with 1.',
    );
    expect(fault?.remedy).toContain('no older release');
  });

  test('an app without routes is watched by its containers alone', async () => {
    counted.slot2 = { requests: 0 };
    onSleep = () => {
      counted.slot2 = { requests: 100, errors: 100 };
    };
    await go({ release: release('r2', { routes: [] }) });
  });

  test('a cancel ends it with its reason', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    onSleep = () => cancel.abort(reason);
    await expect(go({}, {}, cancel.signal)).rejects.toBe(reason);
  });
});
