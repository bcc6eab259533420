import fc from 'fast-check';
import { formatDuration, parseDuration, parsePercentage } from '../../../src/config/units.ts';

const WRITE = 'Write whole numbers with units, the longest first, such as "250ms", "30s", "10m" or "1h30m".';

describe('a duration', () => {
  test.each([
    ['250ms', 250],
    ['0s', 0],
    ['30s', 30_000],
    ['10m', 600_000],
    ['72h', 259_200_000],
    ['1h30m', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['90s', 90_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each([
    ['30', 'needs a unit: "30" is a bare number', 'Write "30s".'],
    ['0.5', 'needs a unit: "0.5" is a bare number', 'Write "500ms".'],
    ['1.5h', 'must be a duration, not "1.5h"', 'Write "1h30m".'],
    ['10 min', 'must be a duration, not "10 min"', 'Write "10m".'],
    ['2 hours', 'must be a duration, not "2 hours"', 'Write "2h".'],
    ['30S', 'must be a duration, not "30S"', 'Write "30s".'],
    ['30m1h', 'must be a duration, not "30m1h"', 'Write "1h30m".'],
    ['1m1m', 'must be a duration, not "1m1m"', 'Write "2m".'],
    ['-5s', 'must be a duration, not "-5s"', WRITE],
    ['', 'must be a duration, not ""', WRITE],
    ['soon', 'must be a duration, not "soon"', WRITE],
    ['5 parsecs', 'must be a duration, not "5 parsecs"', WRITE],
    [`${'1'.repeat(39)}!`, `must be a duration, not "${'1'.repeat(39)}!"`, WRITE],
  ])('%s is refused', (text, what, remedy) => expect(parseDuration(text)).toEqual({ what, remedy }));

  test('is read back from how it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e11 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('a percentage', () => {
  test.each([
    ['1%', 0.01],
    ['0%', 0],
    ['0.5%', 0.005],
    ['100%', 1],
  ])('%s is %d', (text, fraction) => expect(parsePercentage(text)).toBeCloseTo(fraction, 12));

  test.each([
    ['1', 'needs a unit: "1" is a bare number', 'Write "1%".'],
    ['0.01', 'needs a unit: "0.01" is a bare number', 'Write "1%".'],
    ['5 %', 'must be a percentage, not "5 %"', 'Write "5%".'],
    ['5 percent', 'must be a percentage, not "5 percent"', 'Write "5%".'],
    [
      '101%',
      'must be a percentage, not "101%"',
      'Write a number from 0 to 100 with a percent sign, such as "1%".',
    ],
    [
      'few',
      'must be a percentage, not "few"',
      'Write a number from 0 to 100 with a percent sign, such as "1%".',
    ],
  ])('%s is refused', (text, what, remedy) => expect(parsePercentage(text)).toEqual({ what, remedy }));
});
