import fc from 'fast-check';
import { phasesTable, timeline } from '../../../src/report/timeline.ts';
import { outside } from './outside.ts';
import { inARow } from './results.ts';

test('the table tells time and share of each phase', () => {
  expect(phasesTable(inARow(['connect', 1_000], ['prepare', 12_000], ['switch', 48]), 20_000)).toBe(
    [
      '| Phase | Time | Share |   |',
      '| --- | ---: | ---: | --- |',
      '| `connect` | 1.0 s | 5 % | █ |',
      '| `prepare` | 12.0 s | 60 % | ████████████ |',
      '| `switch` | 48 ms | 0 % |   |',
      '| **Total** | **20.0 s** |   |   |',
    ].join('\n'),
  );
});

test('the picture counts from zero, in seconds', () => {
  expect(timeline(inARow(['connect', 1_000], ['prepare', 12_000]), 20_000)).toBe(
    [
      '```mermaid',
      'gantt',
      '    dateFormat x',
      '    axisFormat %s s',
      '    todayMarker off',
      '    connect 1.0 s :0, 1000ms',
      '    prepare 12.0 s :1000, 12000ms',
      '```',
    ].join('\n'),
  );
});

test('a short run counts in milliseconds, and a phase without a length is still drawn', () => {
  expect(
    timeline(inARow(['connect', 300.4], ['switch', 0]), 400)
      .split('\n')
      .slice(3, -1),
  ).toEqual([
    '    axisFormat %Q ms',
    '    todayMarker off',
    '    connect 300 ms :0, 300ms',
    '    switch 0 ms :300, 1ms',
  ]);
});

test('no phases, no picture', () => {
  expect(timeline([], 400)).toBe('');
});

test.each([
  ['section x', 'the section x'],
  ['Click here', 'the Click here'],
  ['a:b;c#d%%e', 'a b c d e'],
  ['%%{init: {}}%%', 'init'],
  ['```', 'phase'],
  ['', 'phase'],
])('a phase called %j is %s in the picture', (name, shown) => {
  expect(
    timeline([{ name, startMs: 0, durationMs: 5 }], 5)
      .split('\n')
      .at(-2),
  ).toBe(`    ${shown} 5 ms :0, 5ms`);
});

test('a phase is one task, whatever its name', () => {
  fc.assert(
    fc.property(outside, outside, (a, b) => {
      const phases = inARow([a, 5], [b, 7]);
      const tasks = timeline(phases, 12).split('\n').slice(5, -1);
      expect(tasks).toHaveLength(2);
      for (const task of tasks) expect(task).toMatch(/^ {4}[\p{L}\p{N} ._-]+ \d ms :\d, \dms$/u);
      expect(phasesTable(phases, 12).split('\n')).toHaveLength(5);
    }),
  );
});
