import fc from 'fast-check';
import { lineSplitter } from '../../../src/hosts/lines.ts';

function split(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

test.each([
  [[], []],
  [[''], []],
  [['one\n'], ['one']],
  [['one'], ['one']],
  [['one\n\ntwo\n'], ['one', '', 'two']],
  [
    ['o', 'ne\nt', 'wo'],
    ['one', 'two'],
  ],
  [
    ['one\r\ntwo\r', '\nthree\r'],
    ['one', 'two', 'three'],
  ],
  [['a\rb\n'], ['a\rb']],
])('%j becomes %j', (chunks, lines) => {
  expect(split(chunks)).toEqual(lines);
});

test('where the chunks are cut makes no difference', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', ' ') }), { maxLength: 12 }),
      (chunks) => {
        expect(split(chunks)).toEqual(split([chunks.join('')]));
      },
    ),
  );
});

test('a line is told as soon as it is whole, and once', () => {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  splitter.push('first\nsec');
  expect(lines).toEqual(['first']);
  splitter.push('ond\n');
  expect(lines).toEqual(['first', 'second']);
  splitter.end();
  splitter.end();
  expect(lines).toEqual(['first', 'second']);
});
