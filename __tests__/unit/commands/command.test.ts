import { jest } from '@jest/globals';
import fc from 'fast-check';
import { command, quote, render, script } from '../../../src/commands/command.ts';
import { LocalHost } from '../../../src/hosts/local.ts';
import { SHELLS, shell } from './shells.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

test('a command is its words', () => {
  expect(command('docker', 'ps', '-a')).toEqual({ argv: ['docker', 'ps', '-a'] });
});

test('a script is a program, a name for it, and its arguments', () => {
  expect(script('echo "$1"')).toEqual({ argv: ['sh', '-c', 'echo "$1"', 'restaurant-deploy'] });
  expect(script('cat', ['a b', ''], 'in')).toEqual({
    argv: ['sh', '-c', 'cat', 'restaurant-deploy', 'a b', ''],
    stdin: 'in',
  });
  expect(script('cat', [], '')).toHaveProperty('stdin', '');
});

test.each([
  ['plain', 'plain'],
  ['user@host:22/a_b-c.d,e%f+g', 'user@host:22/a_b-c.d,e%f+g'],
  ['', "''"],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ["'", "''\\'''"],
  ['$HOME', "'$HOME'"],
  ['a=b', "'a=b'"],
  ['~', "'~'"],
  ['*', "'*'"],
  ['#', "'#'"],
  ['a\nb', "'a\nb'"],
  ['ä', "'ä'"],
])('the word %j is quoted as %s', (word, quoted) => {
  expect(quote(word)).toBe(quoted);
});

test('a NUL byte is refused, for no argument can carry it', () => {
  expect(() => quote('a\0b')).toThrow(RangeError);
  expect(() => render(command('echo', '\0'))).toThrow('NUL');
});

test('the words of a command are quoted each for itself', () => {
  expect(render(command('docker', 'volume', 'create', 'a b', ''))).toBe("docker volume create 'a b' ''");
});

/** Any word that an argument can be: every character but NUL and half a surrogate pair. */
const anyWord = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }).map((word) => word.replaceAll('\0', '')),
  fc.string({
    unit: fc.constantFrom(...' \t\n\r\'"`$\\!*?[]{}()<>|&;#~=-%^a1é✓🍽\u200b\u202e\x01\x7f'),
    maxLength: 30,
  }),
);

describe.each(SHELLS.map((words) => [words.join(' '), words]))(
  'any words reach a program whole in %s',
  (_, words) => {
    test('one after the other', () => {
      const seen = fc.sample(fc.array(anyWord, { minLength: 1, maxLength: 60 }), 8);
      for (const list of seen) {
        const line = render(command('printf', '%s\\0', ...list));
        expect(shell(words, line).split('\0').slice(0, -1)).toEqual(list);
      }
    });

    test('through a command in a command in a command', () => {
      for (const list of fc.sample(fc.array(anyWord, { minLength: 1, maxLength: 20 }), 4)) {
        const innermost = render(command('printf', '%s\\0', ...list));
        const line = render(script(render(script(innermost))));
        expect(shell(words, line).split('\0').slice(0, -1)).toEqual(list);
      }
    });

    test('as arguments of a script', () => {
      const list = ['', '-n', '--', 'a\nb\n', '$1', '"', "'", '\\', '  ', '🍽'];
      const line = render(script('for word; do printf "%s\\0" "$word"; done', list));
      expect(shell(words, line).split('\0').slice(0, -1)).toEqual(list);
    });
  },
);

test('any bytes reach a program by its input', async () => {
  const host = new LocalHost({ PATH: process.env.PATH ?? '' }, '/');
  const bytes = Uint8Array.from({ length: 1024 }, (_, at) => (at * 7) % 256);
  const { stdout } = await host.run({ argv: ['od', '-An', '-v', '-tu1'], stdin: bytes });
  expect(stdout.trim().split(/\s+/).map(Number)).toEqual([...bytes]);
});
