import fc from 'fast-check';
import { code, details, fenced, link, table, text } from '../../../src/report/markdown.ts';
import { outside } from './outside.ts';

test.each([
  ['restaurant', '`restaurant`'],
  ['', '—'],
  ['a`b', '``a`b``'],
  ['`', '`` ` ``'],
  ['two\nlines', '`two lines`'],
  ['a|b', '<code>a&#124;b</code>'],
  ['a\\|<b>', '<code>a&#92;&#124;&#60;b&#62;</code>'],
])('the name %j is %s', (value, markdown) => {
  expect(code(value)).toBe(markdown);
});

test.each([
  [
    'plain words, with 1,000 (and) "quotes": 50 % - fine!',
    'plain words, with 1,000 (and) "quotes": 50 % - fine!',
  ],
  ['Set ALLOWED_HOSTS, or "DOMAIN_NAME".', 'Set `ALLOWED_HOSTS`, or "`DOMAIN_NAME`".'],
  ['ask @ann about #12 and GH-3', 'ask `@ann` about `#12` and `GH-3`'],
  ['see (www.example.com) or https://example.com/a.', 'see (`www.example.com`) or `https://example.com/a`.'],
  ['(set debug_level), or call set_level(3).', '(set `debug_level`), or call `set_level(3)`.'],
  ['# heading', '`#` heading'],
  ['- item', '`-` item'],
  ['1. item', '`1.` item'],
  ['=== x', '`===` x'],
  ['<script>alert(1)</script>', '`<script>alert(1)</script>`'],
  ['[click](http://evil.example)', '`[click](http://evil.example)`'],
  ['a | b', 'a <code>&#124;</code> b'],
  ['&lt;b&gt;x is $x$ :tada:', '`&lt;b&gt;x` is `$x$` `:tada:`'],
  ['one\n\n## two', 'one `##` two'],
  ['Write `restart: always`, or "`no`".', 'Write `restart: always`, or "`no`".'],
  ['a``b `c`d`', '```a``b``` `` `c`d` ``'],
])('the sentence %j is %s', (value, markdown) => {
  expect(text(value)).toBe(markdown);
});

test('a very long value is cut, and shows that it was', () => {
  expect(code('x'.repeat(5_000))).toBe(`\`${'x'.repeat(300)}…\``);
  expect(text('x'.repeat(5_000))).toBe(`${'x'.repeat(1_000)}…`);
});

test('a fence is longer than any run of backticks in it', () => {
  expect(fenced('a\n```\nb\n')).toBe('````text\na\n```\nb\n````');
  expect(fenced('ls', 'sh')).toBe('```sh\nls\n```');
  expect(fenced('`'.repeat(100_000)).length).toBeLessThan(300);
  fc.assert(
    fc.property(outside, (value) => {
      const [opening = '', ...lines] = fenced(value).split('\n');
      const fence = /^`+/.exec(opening)?.[0] ?? '';
      expect(lines.pop()).toBe(fence);
      for (const line of lines) expect(line).not.toContain(fence);
    }),
  );
});

test('a row has as many cells as there are heads', () => {
  expect(table(['A', 'B'], [['1'], ['1', '2', '3']], ['left', 'right'])).toBe(
    '| A | B |\n| --- | ---: |\n| 1 |   |\n| 1 | 2 |',
  );
});

test('a table of very many rows tells how many are not shown', () => {
  const lines = table(['A'], Array<string[]>(1_200).fill(['x'])).split('\n');
  expect([lines.length, lines.at(-1)]).toEqual([503, '| … and 700 more |']);
});

test.each([
  ['https://a.example.com', '[a.example.com](https://a.example.com)'],
  ['http://a.example.com:8080/x_y', '[a.example.com:8080/x\\_y](http://a.example.com:8080/x_y)'],
  ['javascript:alert(1)', '`javascript:alert(1)`'],
  ['https://a.example.com/)[x](y', '`https://a.example.com/)[x](y`'],
  ['https://user@evil.example', '`https://user@evil.example`'],
])('the address %s is %s', (url, markdown) => {
  expect(link(url)).toBe(markdown);
});

test('details keep Markdown inside', () => {
  expect(details('Log', 'x')).toBe('<details><summary>Log</summary>\n\nx\n\n</details>');
});
