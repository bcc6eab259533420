import fc from 'fast-check';
import { dotenv } from '../../../src/compose/dotenv.ts';

test('each variable is one line in double quotes', () => {
  expect(dotenv({ A: 'plain', B: 'a"b\\c$d' })).toBe('A="plain"\nB="a\\"b\\\\c\\$d"\n');
  expect(dotenv({ A: 'one\r\ntwo\n' })).toBe('A="one\\r\\ntwo\\n"\n');
  expect(dotenv({})).toBe('');
});

test('nothing in a value can end it early, start a variable or another line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const line = dotenv({ NAME: value });
      expect(line).toMatch(/^NAME="(?:[^"\\$\r\n]|\\["\\$rn])*"\n$/);
    }),
  );
});
