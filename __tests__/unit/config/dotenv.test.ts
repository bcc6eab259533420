import fc from 'fast-check';
import { parseDotenv } from '../../../src/config/dotenv.ts';

const values = (text: string) => Object.fromEntries(parseDotenv(text).values);
const bad = (text: string) => parseDotenv(text).bad.map(({ line, what }) => `${line} ${what}`);

test.each([
  ['a plain value', 'A=1', { A: '1' }],
  ['spaces around it', '  A =  x y  ', { A: 'x y' }],
  ['an empty one', 'A=\nB=""', { A: '', B: '' }],
  ['export', 'export A=1\nexport   B=2', { A: '1', B: '2' }],
  ['comments', '# A=1\n\nB=2 # two\nC=a#b\nD=# none', { B: '2', C: 'a#b', D: '' }],
  ['an equals sign in the value', 'A=a=b==', { A: 'a=b==' }],
  ['single quotes, literally', String.raw`A='\n $B \" # "'`, { A: String.raw`\n $B \" # "` }],
  ['double quotes with escapes', String.raw`A="\n\"\\\$\d\t"`, { A: '\n"\\$\\d\\t' }],
  ['no interpolation', 'A=1\nB=$A\nC="${A}"', { A: '1', B: '$A', C: '${A}' }],
  [
    'several lines in quotes',
    'A="one\ntwo"\nB=\'three\n\n# four\'\nC=5',
    { A: 'one\ntwo', B: 'three\n\n# four', C: '5' },
  ],
  ['a comment after a quote', 'A="x" # y\nB=\'x\'   ', { A: 'x', B: 'x' }],
  ['the space at the ends of a quoted value', 'A="  x  "', { A: '  x  ' }],
  ['CRLF', 'A=1\r\nB="x\r\ny"\r\n', { A: '1', B: 'x\ny' }],
  ['a byte order mark', '\uFEFFA=1', { A: '1' }],
  ['nothing', '\n# none\n', {}],
])('%s', (_, text, expected) => {
  expect(parseDotenv(text).bad).toEqual([]);
  expect(values(text)).toEqual(expected);
});

test.each([
  ['no equals sign', 'A=1\nhunter2', '2 has no "="'],
  ['no name', '=hunter2', '1 has no proper name before the "="'],
  ['half of a key as name', 'MIIEow/abc+==', '1 has no proper name before the "="'],
  ['a name with a dash', 'MY-KEY=x', '1 has no proper name before the "="'],
  ['a name given twice', 'A=1\nB="x\ny"\nA=2', '4 gives A a second time'],
  ['an open quote', 'A=1\nB="hunter2\nC=3', '2 begins a value with " that is never closed'],
  ['words after a quote', 'A="x" hunter2', '1 goes on after the closing quote'],
  ['a quote that an escape keeps open', 'A="x\\"', '1 begins a value with " that is never closed'],
])('%s is wrong', (_, text, expected) => {
  expect(bad(text)).toEqual([expected]);
  expect(JSON.stringify(parseDotenv(text).bad)).not.toMatch(/hunter2|MIIE/);
});

test('every wrong line is told', () => {
  expect(bad('a\nB=1\nc\nB=2')).toEqual(['1 has no "="', '3 has no "="', '4 gives B a second time']);
});

test('any value comes back when its quotes are right', () => {
  const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\r\n', '\n'));
  fc.assert(
    fc.property(text, (value) => {
      const escaped = value.replace(/[\\"$]/g, '\\$&').replaceAll('\n', '\\n');
      expect(values(`A="${escaped}"`).A).toBe(value);
      if (!value.includes("'")) expect(values(`A='${value}'`).A).toBe(value);
    }),
  );
});
