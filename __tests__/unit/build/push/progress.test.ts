import { progress, progressLine, size } from '../../../../src/build/push/progress.ts';

test('bytes, share and rate; what was there before counts as done but not as sent', () => {
  expect(progressLine(10_000_000, 0, 40_000_000, 2_000)).toBe('10 MB of 40 MB (25 %), 5.0 MB/s');
  expect(progressLine(10_000_000, 20_000_000, 40_000_000, 4_000)).toBe('30 MB of 40 MB (75 %), 2.5 MB/s');
  expect([1_234_567, 34_567, 120].map(size)).toEqual(['1.2 MB', '35 kB', '0.1 kB']);
});

test('the end of the bytes is told once', () => {
  const lines: string[] = [];
  const sending = progress(100, 40, (line) => lines.push(line));
  sending.add(30);
  expect(lines).toEqual([]);
  sending.add(30);
  sending.end();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('(100 %)');
});
