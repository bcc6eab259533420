import { Steps } from '../../../src/deploy/steps.ts';
import type { Fault } from '../../../src/errors.ts';
import type { Log } from '../../../src/log.ts';

let now: number;
let groups: string[];
let warnings: Fault[];
let cancel: AbortController;
let steps: Steps;

beforeEach(() => {
  now = 1_000;
  groups = [];
  warnings = [];
  cancel = new AbortController();
  const log = {
    group: (title: string, work: () => Promise<unknown>) => {
      groups.push(title);
      return work();
    },
    warn: (fault: Fault) => warnings.push(fault),
  } as unknown as Log;
  steps = new Steps(log, cancel.signal, () => now);
});

const taking = (ms: number) => async () => {
  now += ms;
  return ms;
};

test('phases are grouped and timed from the beginning of the change', async () => {
  now += 5;
  expect(await steps.phase('connect', taking(100))).toBe(100);
  await steps.phase('start', taking(40));
  expect(groups).toEqual(['connect', 'start']);
  expect(steps.times).toEqual([
    { name: 'connect', startMs: 5, durationMs: 100 },
    { name: 'start', startMs: 105, durationMs: 40 },
  ]);
  expect(steps.elapsedMs).toBe(145);
});

test('a phase that fails is timed too, and its error goes on', async () => {
  const reason = new Error('no');
  const failing = steps.phase('check', async () => {
    now += 7;
    throw reason;
  });
  await expect(failing).rejects.toBe(reason);
  expect(steps.times).toEqual([{ name: 'check', startMs: 0, durationMs: 7 }]);
});

test('nothing starts after a cancel, but what ends a change that is made', async () => {
  const reason = new Error('cancelled');
  cancel.abort(reason);
  await expect(steps.phase('start', taking(1))).rejects.toBe(reason);
  expect([groups, steps.times]).toEqual([[], []]);
  steps.commit({ release: 'r2', color: 'green' });
  expect(await steps.phase('finish', taking(1))).toBe(1);
});

describe('undoing', () => {
  const done: string[] = [];
  beforeEach(() => {
    done.length = 0;
    for (const name of ['one', 'two', 'three']) {
      steps.onFailure(`undo ${name}`, async () => {
        done.push(name);
        if (name === 'two') throw new Error('it is stuck');
      });
    }
  });

  test('goes from last to first, and a step that can not be undone is told and stops no other', async () => {
    await steps.undo();
    expect(done).toEqual(['three', 'two', 'one']);
    expect(warnings).toEqual([{ code: 'undo', what: 'Could not undo two: it is stuck.' }]);
  });

  test('happens once', async () => {
    await steps.undo();
    await steps.undo();
    expect(done).toHaveLength(3);
  });

  test('is no longer done once the change is made', async () => {
    steps.commit({});
    await steps.undo();
    expect(done).toEqual([]);
  });
});

describe('what is known of a change that fails', () => {
  const before = { release: 'r1', previousRelease: 'r1', color: 'blue', attempted: 'r2', commit: 'c' };

  test('is the new release once it serves for good', () => {
    steps.known = before;
    steps.commit({ release: 'r2', color: 'green' });
    expect(steps.known).toEqual({ release: 'r2', previousRelease: 'r1', color: 'green', commit: 'c' });
  });

  test('is no release at all when nobody can tell which one serves', () => {
    steps.known = before;
    steps.commit({});
    expect(steps.known).toEqual({ previousRelease: 'r1', attempted: 'r2', commit: 'c' });
  });
});
