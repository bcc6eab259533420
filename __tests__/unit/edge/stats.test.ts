import { readFileSync } from 'node:fs';
import { NO_STATS, readStats, type SlotStats, since, statCommand } from '../../../src/edge/stats.ts';

/** What HAProxy 3.2 answered, once with requests and once with none. */
const recorded = (name: string) => readFileSync(new URL(`./fixtures/${name}.csv`, import.meta.url), 'utf8');

test('the counters of one backend are asked for', () => {
  expect(statCommand('slot7')).toBe('show stat slot7 2 -1');
});

test('recorded counters are read by their names', () => {
  expect(readStats(recorded('busy'))).toEqual({
    requests: 4,
    errors: 2,
    cut: 0,
    sessions: 1,
    responseMs: 1,
  });
  expect(readStats(recorded('idle'))).toEqual(NO_STATS);
});

test('the order of the columns does not matter, an empty cell is zero', () => {
  const csv = '# pxname,rtime,srv_abrt,scur,hrsp_5xx,req_tot\nslot1,,3,2,,9\n';
  expect(readStats(csv)).toEqual({ requests: 9, errors: 0, cut: 3, sessions: 2, responseMs: 0 });
});

test.each(['', 'No such backend.\n', '# pxname,svname,hrsp_5xx\n', '# pxname,svname\nslot1,BACKEND\n'])(
  '%j is no statistics',
  (answer) => {
    expect(() => readStats(answer)).toThrow(`no statistics: ${answer}`);
  },
);

describe('what came in between two readings', () => {
  const stats = (
    requests: number,
    errors: number,
    cut: number,
    more: Partial<SlotStats> = {},
  ): SlotStats => ({
    ...NO_STATS,
    requests,
    errors,
    cut,
    ...more,
  });

  test.each([
    ['nothing', stats(5, 1, 0), stats(5, 1, 0), stats(0, 0, 0)],
    ['some', stats(5, 1, 0), stats(9, 2, 1), stats(4, 1, 1)],
    ['all since a restart of the edge', stats(500, 9, 3), stats(7, 2, 1), stats(7, 2, 1)],
    [
      'sessions and response time as they are now',
      stats(5, 0, 0, { sessions: 9, responseMs: 50 }),
      stats(6, 0, 0, { sessions: 2, responseMs: 70 }),
      stats(1, 0, 0, { sessions: 2, responseMs: 70 }),
    ],
  ])('%s', (_, before, now, delta) => {
    expect(since(before, now)).toEqual(delta);
  });

  test('after a restart no counter is compared with one from before it', () => {
    // More errors than there were, though the edge began anew: the requests tell that it did.
    expect(since(stats(500, 1, 0), stats(7, 5, 2))).toEqual(stats(7, 5, 2));
  });
});
