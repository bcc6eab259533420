import fc from 'fast-check';

const PIECES = [
  ...['`', '``', '```\n', '|', '\\', '\\|', '\n', '\r\n', '\n\n', '\u2028', '    ', '\t', ' '],
  ...['<script>', '</details>', '<!--', '&lt;', '](', '[x](http://e.example)', '![i](x)', '[^1]: x'],
  ...['# ', '\n## H\n', '| --- |', '---', '===', '- ', '1. ', '- [ ] ', '> ', '**', '__', '~~', '*a*', '$x$'],
  ...[
    '@ann',
    '#12',
    'gh-1',
    'www.e.example',
    'a@b.example',
    'mailto:a@b.example',
    'https://e.example',
    ':tada:',
  ],
  ...['\u001b[31m', '\u202e', '\ud800', '😀', 'é', 'a', 'b c', '"', "'", '(', ')', '!'],
];

/** Text that nobody vouches for: what Markdown, HTML and GitHub give a meaning, in every mixture. */
export const outside: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((all) => all.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);
