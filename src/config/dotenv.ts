import { VARIABLE } from './names.ts';
import type { Problem } from './problem.ts';

/** What is wrong with a line. It never holds anything of the line but a proper name. */
export interface BadLine extends Problem {
  readonly line: number;
}

const NAME = new RegExp(VARIABLE);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\', $: '$' };
const EXAMPLE = `Write NAME=value, or NAME='value' with a value in quotes when it has spaces, # or several lines.`;

/**
 * Reads dotenv lines: comments, `export`, values plain, in single quotes (literal) or in double quotes (with the
 * escapes \n \" \\ \$), over several lines in either. Nothing is ever interpolated. CRLF ends a line as LF does.
 */
export function parseDotenv(given: string): { values: ReadonlyMap<string, string>; bad: readonly BadLine[] } {
  const text = given.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const values = new Map<string, string>();
  const bad: BadLine[] = [];
  for (let at = 0, line = 1, next = 0; at < text.length; at = next + 1) {
    next = endOfLine(text, at);
    const entry = text.slice(at, next).trim();
    if (entry !== '' && !entry.startsWith('#')) {
      const read = readEntry(text, at, next);
      next = read.next ?? next;
      const problem = 'what' in read ? read : keep(values, read.name, read.value);
      if (problem) bad.push({ line, what: problem.what, remedy: problem.remedy });
    }
    for (let index = at; index <= next; index++) if (text[index] === '\n') line++;
  }
  return { values, bad };
}

type Entry = { readonly next?: number } & (Problem | { readonly name: string; readonly value: string });

/** The entry of the line from `at` to `end`; `next` is where its last line ends, when a value in quotes goes on. */
function readEntry(text: string, at: number, end: number): Entry {
  const equals = text.indexOf('=', at);
  if (equals < 0 || equals >= end) return { what: 'has no "="', remedy: EXAMPLE };
  const name = text
    .slice(at, equals)
    .trim()
    .replace(/^export\s+/, '');
  const plain = text.slice(equals + 1, end);
  const quote = plain.trimStart()[0];
  if (quote !== '"' && quote !== "'") return { name, value: plain.replace(/(^|\s)#.*$/, '').trim() };

  const start = text.indexOf(quote, equals) + 1;
  const close = closing(text, quote, start);
  if (close < 0) {
    const what = `begins a value with ${quote} that is never closed`;
    return { what, remedy: 'Close the quote at the end of the value.', next: text.length };
  }
  const next = endOfLine(text, close);
  if (!/^\s*(#.*)?$/.test(text.slice(close + 1, next))) {
    return { what: 'goes on after the closing quote', remedy: EXAMPLE, next };
  }
  const value = text.slice(start, close);
  return { name, value: quote === "'" ? value : unescaped(value), next };
}

function keep(values: Map<string, string>, name: string, value: string): Problem | undefined {
  // What stands before the "=" may be half of a secret: it is not shown.
  if (!NAME.test(name)) return { what: 'has no proper name before the "="', remedy: EXAMPLE };
  if (values.has(name)) return { what: `gives ${name} a second time`, remedy: 'Keep one of them.' };
  values.set(name, value);
  return undefined;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Where the closing quote stands, or -1. */
function closing(text: string, quote: string, from: number): number {
  if (quote === "'") return text.indexOf("'", from);
  for (let index = from; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === '"') return index;
  }
  return -1;
}

const unescaped = (text: string) =>
  text.replace(/\\([n"\\$])/g, (_, character: string) => ESCAPES[character] ?? character);
