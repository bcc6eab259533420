import fc from 'fast-check';
import { consoleOf } from '../../../src/report/console.ts';
import type { Result } from '../../../src/report/result.ts';
import { deployed, failed, first, reverted, rolledBack, status, unchanged, unknown } from './results.ts';

test('a deploy', () => {
  expect(consoleOf(deployed)).toEqual([
    'outcome    Deployed restaurant to production (20.0 s)',
    'release    20250102-101500-9f3c (version v2.1)',
    'previous   20250101-090000-1a2b',
    'color      green',
    'url        https://restaurant.example.com',
    'requests   12,345 served, 0 failed, 0 ms down',
    'phases     connect   1,000 ms   5 %',
    '           prepare  12,000 ms  60 %',
    '           check     6,000 ms  30 %',
    '           switch       50 ms   0 %',
    'way back   restaurant-deploy rollback --environment production --release 20250101-090000-1a2b',
  ]);
});

test('a first deploy has nothing before it and no way back', () => {
  expect(consoleOf(first)).toEqual([
    'outcome    Deployed restaurant to production (1 min 35 s)',
    'release    20250102-101500-9f3c',
    'color      blue',
    'url        https://restaurant.example.com',
    'requests   0 served, 0 failed, 0 ms down',
  ]);
});

test('a failed deploy says what goes on serving', () => {
  expect(consoleOf(failed)).toEqual([
    'outcome    The deploy of restaurant in production failed (1 min 15 s)',
    'now        The old release 20250101-090000-1a2b goes on serving at https://restaurant.example.com. Nothing was switched.',
    'release    20250101-090000-1a2b',
    'previous   20250101-090000-1a2b',
    'attempted  20250102-101500-9f3c',
    'color      blue',
    'url        https://restaurant.example.com',
    'requests   800 served, 0 failed, 0 ms down',
    'phases     start  15,000 ms  20 %',
    '           check  60,000 ms  80 %',
  ]);
});

test('one that failed after the switch says what serves, or that nobody can tell', () => {
  const now = (more: Partial<Result>) => {
    const { attempted: _, ...rest } = failed;
    return consoleOf({ ...rest, ...more })[1];
  };
  expect(now({ release: '20250102-101500-9f3c', color: 'green' })).toBe(
    'now        Release 20250102-101500-9f3c (version v2.1) serves on green at https://restaurant.example.com. The end of the change failed.',
  );
  expect(now({ release: '', attempted: '20250102-101500-9f3c' })).toBe(
    'now        What serves now could not be told: the next run brings the change to an end.',
  );
  const first = {
    release: '',
    previousRelease: '',
    faults: [{ code: 'revert-failed', what: 'It was cut.' }],
  };
  expect(now(first)).toBe(
    'now        What serves now could not be told: the next run brings the change to an end.',
  );
});

test('the other ends, by their first lines', () => {
  const opening = [unchanged, reverted, rolledBack, unknown].map((result) => consoleOf(result).slice(0, 2));
  expect(opening).toEqual([
    ['outcome    restaurant in production is unchanged (950 ms)', 'release    20250101-090000-1a2b'],
    [
      'outcome    Reverted the deploy of restaurant in production (1 min 15 s)',
      'now        The new release did badly after the switch. The old release 20250101-090000-1a2b serves again at https://restaurant.example.com.',
    ],
    ['outcome    Rolled back restaurant in production (640 ms)', 'release    20250101-090000-1a2b'],
    [
      'outcome    The deploy of production failed (12 ms)',
      'now        What served before goes on serving. Nothing was switched.',
    ],
  ]);
});

test('the tables of status stand in columns', () => {
  expect(consoleOf(status)).toEqual([
    'outcome    Status of restaurant in production (400 ms)',
    'release    20250101-090000-1a2b',
    'color      blue',
    'url        https://restaurant.example.com',
    'containers Service  Color   State',
    '           app      blue    Up 3 minutes (healthy)',
    '           db       shared  Up 2 days',
  ]);
});

test('nothing from outside becomes a line of its own or a command to the runner', () => {
  const part = fc.constantFrom('\n', '\r', '::error::', '::', ' ', '##[error]', '\u001b[31m', 'a', '\u2028');
  const outside = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(outside, outside, outside, (a, b, c) => {
      const lines = consoleOf({
        ...failed,
        app: a,
        release: b,
        attempted: c,
        color: a,
        url: b,
        rollback: c,
        phases: [
          { name: a, startMs: 0, durationMs: 1 },
          { name: b, startMs: 0, durationMs: 1 },
        ],
        tables: [{ title: a, head: [b, c], rows: [[a, b], [c]] }],
      });
      for (const line of lines) {
        expect(line).not.toMatch(/^\s*::|##\[/);
        for (const part of ['\n', '\r', '\u2028', '\u001b']) expect(line).not.toContain(part);
      }
    }),
  );
});
