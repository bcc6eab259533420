import { oneLine, printable } from './format.ts';

/**
 * Markdown for GitHub out of text that nobody vouches for: app names, versions, log lines. Whatever a value holds, it
 * stays the one cell, line or block that it was put in: no link, no HTML, no heading, no mention, no reference.
 */

const NAME_LIMIT = 300;
const TEXT_LIMIT = 1_000;
const ROW_LIMIT = 500;
/** A longer run of backticks is shortened, so that a fence stays short too. */
const RUN_LIMIT = 64;

/** A name, a path or a command as inline code; a dash for nothing. */
export function code(value: string): string {
  const line = oneLine(value, NAME_LIMIT);
  if (line === '') return '—';
  // A pipe would end a table's cell even inside backticks, and renderers differ on how a backslash before it counts.
  if (line.includes('|')) return `<code>${line.replace(/[!-/:-@[-`{-~]/g, entity)}</code>`;
  const fence = '`'.repeat(longestRun(line) + 1);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

const entity = (character: string): string => `&#${character.charCodeAt(0)};`;

/** What GitHub gives a meaning inside a word: Markdown, HTML, entities, math, mentions, references, emoji, links. */
const MEANS_SOMETHING = /[@$#_*~`|\\<>[\]{}&]|:\/\/|^\/.|www\.|:[\w+-]+:|^gh-\d/i;
/** A word that begins a list, a rule or an underlined heading when it comes first. */
const BEGINS_A_BLOCK = /^(?:[-+=]+|\d{1,9}[.)])$/;

/** Code as our own messages write it: between two backticks, and apart from the words around it. */
const QUOTED = /(?<![^\s("'])`([^`]+)`(?![^\s)"',.;:!?])/;

/**
 * A sentence as one line of Markdown. What stands between two backticks is code already. Words in which GitHub would
 * see a meaning become inline code too, which is also how names of variables, addresses and paths are best read and
 * copied.
 */
export function text(value: string): string {
  return oneLine(value, TEXT_LIMIT)
    .split(QUOTED)
    .map((part, index) => (index % 2 === 1 ? code(part) : words(part, index === 0)))
    .join('');
}

function words(line: string, first: boolean): string {
  return line
    .split(' ')
    .map((word, index) => {
      if (first && index === 0 && BEGINS_A_BLOCK.test(word)) return code(word);
      const [, before = '', core = '', after = ''] = /^(["'(]*)(.*?)(["'),.;:!?]*)$/.exec(word) ?? [];
      // The bracket that ends a call belongs to it.
      const end = core.includes('(') ? after.indexOf(')') + 1 : 0;
      if (MEANS_SOMETHING.test(core)) {
        return `${before}${code(core + after.slice(0, end))}${after.slice(end)}`;
      }
      return MEANS_SOMETHING.test(word) ? code(word) : word;
    })
    .join(' ');
}

/** A block of code that nothing in it can end: its fence is longer than any run of backticks inside. */
export function fenced(value: string, language = 'text'): string {
  const body = printable(value)
    .replace(new RegExp(`\`{${RUN_LIMIT + 1},}`, 'g'), '`'.repeat(RUN_LIMIT))
    .replace(/\n+$/, '');
  const fence = '`'.repeat(Math.max(3, longestRun(body) + 1));
  return `${fence}${language}\n${body}\n${fence}`;
}

const longestRun = (value: string): number =>
  (value.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);

/** Something to unfold; `summary` is a word of ours, `content` is Markdown. */
export const details = (summary: string, content: string): string =>
  `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;

export type Align = 'left' | 'right';

/**
 * A table of cells that are Markdown already. Every row gets as many cells as there are heads; rows over the limit
 * are counted in a last one.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly Align[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${head.map((_, index) => cells[index] || ' ').join(' | ')} |`;
  const rule = head.map((_, index) => (align[index] === 'right' ? '---:' : '---'));
  const more = rows.length - ROW_LIMIT;
  const shown = more > 0 ? [...rows.slice(0, ROW_LIMIT), [`… and ${more} more`]] : rows;
  return [line(head), line(rule), ...shown.map(line)].join('\n');
}

/** A link to an address of the plain kind; anything else is shown as code. */
export function link(url: string): string {
  const [, shown] = /^https?:\/\/([a-z0-9.-]+(?::\d+)?(?:\/[\w./-]*)?)$/i.exec(url) ?? [];
  return shown && shown.length < NAME_LIMIT ? `[${shown.replaceAll('_', '\\_')}](${url})` : code(url);
}
