import { inert } from '../../../src/inert.ts';
import { duration, oneLine, percent, printable, thousands } from '../../../src/report/format.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [1_234_567.4, '1,234,567'],
])('%d is written %s', (value, shown) => {
  expect(thousands(value)).toBe(shown);
});

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [23_449, '23.4 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min'],
  [200_000, '3 min 20 s'],
  [3_599_600, '1 h'],
  [7_500_000, '2 h 5 min'],
])('%d milliseconds are %s', (ms, shown) => {
  expect(duration(ms)).toBe(shown);
});

test('a share stays within 0 and 100', () => {
  expect([percent(1, 4), percent(5, 0), percent(9, 3), percent(-1, 3)]).toEqual([25, 0, 100, 0]);
});

test('terminal colors, links, and what can not be seen go', () => {
  const log =
    '\u001b[1;31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007\r\nnext\ttab\u0000\u202e\u200b\u2028end\ud800';
  expect(printable(log)).toBe('red link\nnext\ttab\nend\ufffd');
});

test('a line is cut by characters, never through one', () => {
  expect(oneLine(' a\n b\tc ', 5)).toBe('a b c');
  expect(oneLine('😀😀😀', 3)).toBe('😀😀😀');
  expect(oneLine('😀😀😀', 2)).toBe('😀😀…');
});

test('the runner takes no line for a command', () => {
  expect(inert('::error::x')).toBe(': :error::x');
  expect(inert('  ::add-mask::x')).toBe('  : :add-mask::x');
  expect(inert('50 %\r::add-mask::x')).toBe('50 %\r: :add-mask::x');
  expect(inert('a\n\u00a0\u0085::add-mask::x\r\n::stop-commands::y')).toBe(
    'a\n\u00a0\u0085: :add-mask::x\r\n: :stop-commands::y',
  );
  expect(inert('a ##[error]x')).toBe('a ## [error]x');
  expect(inert('app::Model : ok')).toBe('app::Model : ok');
});
