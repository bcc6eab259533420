import fc from 'fast-check';
import { Masks } from '../../src/masks.ts';

const hiding = (...values: string[]) => {
  const masks = new Masks();
  for (const value of values) masks.add(value);
  return masks;
};

test.each([
  ['a value', ['geheim'], 'the password is geheim, geheim', 'the password is ***, ***'],
  ['each line of a value', ['first\n  second\r\nthird\n'], 'first| second|third', '***| ***|***'],
  ['a value as programs quote it', ['a"b\\c\td'], 'bad value "a\\"b\\\\c\\td"', 'bad value "***"'],
  ['a value without the space around it', [' geheim '], '[geheim]', '[***]'],
  ['the longer of two', ['geheim', 'geheimnis'], 'geheimnis geheim', '*** ***'],
  ['signs that mean something elsewhere', ['$& .*'], 'x $& .* y', 'x *** y'],
  ['a value of signs alone', ['!?'], 'what!?', 'what***'],
  ['no brackets of a key file', ['{\n  "key": "geheim"\n}\n'], '{"a": {}} "key": "geheim"', '{"a": {}} ***'],
  ['nothing when nothing is masked', ['', '\n'], 'as it is', 'as it is'],
])('hides %s', (_, values, text, seen) => expect(hiding(...values).masked(text)).toBe(seen));

test('tells what is new, once', () => {
  const masks = new Masks();
  expect(masks.add('a\nb')).toEqual(['a', 'b']);
  expect(masks.add('b')).toEqual([]);
});

test('no line of any value is left in a text that holds it', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string(),
      fc.string(),
      (value, before, after) => {
        const masked = hiding(value).masked(`${before}\n${value}\n${after}`);
        for (const line of value.split(/\r?\n/))
          if (/[\p{L}\p{N}]/u.test(line)) expect(masked.split('\n').slice(1)).not.toContain(line);
      },
    ),
  );
});
