import { loadConfig } from '../../../src/config/load.ts';
import { DeployError } from '../../../src/errors.ts';

/** The code of the first fault, or `taken`. */
function codeOf(text: string): string | undefined {
  try {
    loadConfig(text, 'deploy.yml', 'production');
    return 'taken';
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return error.faults[0]?.code;
  }
}

const fill = (part: string, characters = 1_000_000) => part.repeat(characters / part.length);
const BOMB = Array.from({ length: 20 }, (_, level) => {
  const above = level === 0 ? 'x' : `*a${level - 1}`;
  return `k${level}: &a${level} [${Array(9).fill(above).join(', ')}]`;
});

test.each([
  ['1 MB in one value', `app: x\nenv: {clear: {A: '${fill('v')}'}}`, 'taken'],
  ['1 MB in a block', `app: x\nenv:\n  clear:\n    A: |\n${fill(`      ${'word '.repeat(20)}\n`)}`, 'taken'],
  ['1 MB of spaces', `app: x\n${fill(' ')}`, 'taken'],
  ['1 MB in one comment', `app: x\n#${fill('-')}`, 'taken'],
  ['more than anybody writes', fill('#', 1_300_000), 'config-too-large'],
  [
    '1 MB of keys',
    Array.from({ length: 80_000 }, (_, index) => `key${index}: 1\n`).join(''),
    'config-too-large',
  ],
  ['1 MB of the same key', fill('a: 1\n'), 'config-too-large'],
  ['1 MB of lines', fill('\n'), 'config-too-large'],
  ['1 MB of opening brackets', fill('['), 'config-too-large'],
  ['1 MB of opening braces', fill('{a: '), 'config-too-large'],
  ['1 MB of dashes', fill('- '), 'config-too-large'],
  ['1 MB of questions', fill('? '), 'config-too-large'],
  ['1 MB of documents', fill('---\n'), 'config-too-large'],
  ['1 MB of anchors', fill('&a '), 'config-too-large'],
  ['1 MB of aliases', `a: &a 1\nb: [${fill('*a,')}]`, 'config-too-large'],
  ['1 MB of wrong escapes', `a: "${fill('\\q')}"`, 'config-too-large'],
  ['1 MB of one key', `${fill('k')}: 1`, 'config-syntax'],
  ['1 MB of quotes', fill('"'), 'config-too-large'],
  ['a NUL after 1 MB of lines', `${fill('\n')}\0`, 'config-character'],
  ['a bomb of aliases', BOMB.join('\n'), 'config-missing'],
  ['an alias of itself', 'app: x\nenv: &e {clear: *e}', 'config-alias'],
  ['a hostname of 1 MB', `app: x\nhosts: ['a@${fill('a-')}']`, 'config-value'],
  [
    'a duration that would keep a naive pattern busy',
    `app: x\ndrain: {timeout: '${'1'.repeat(39)}!'}`,
    'config-value',
  ],
])('%s', (_, text, code) => expect(codeOf(text)).toBe(code));

test('a bomb of aliases is refused as one', () => {
  expect(() => loadConfig(BOMB.join('\n'), 'deploy.yml', 'production')).toThrow(
    'The file has too many parts, aliases written out. Use fewer aliases and levels.',
  );
});
