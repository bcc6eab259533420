import { Composer, type Document, Lexer, LineCounter, Parser, type YAMLError } from 'yaml';
import { type Fault, messageOf } from '../errors.ts';
import { type FaultAt, faultsIn } from './place.ts';
import { type Problem, quoted } from './problem.ts';

/** A page of settings is some thousand characters; these bounds only keep a mistake from taking time and memory. */
const MOST_CHARACTERS = 1_250_000;
const MOST_LEXEMES = 50_000;
const MOST_DEPTH = 64;

const COMPOSER = { schema: 'core', merge: false, resolveKnownTags: false, uniqueKeys: false } as const;
/** What no YAML may hold, a carriage return without its line feed and half a character included. */
const UNPRINTABLE = /(?![\t\n\r\x85])\p{Cc}|\r(?!\n)|\p{Cs}/u;

/** A document, or the faults of its syntax; of a document with mere oddities both. */
export interface Parsed {
  readonly document?: Document.Parsed;
  readonly faults: readonly Fault[];
  readonly faultAt: FaultAt;
}

/** Parses one YAML document without ever throwing. `text` has no byte order mark. */
export function parse(text: string, file: string): Parsed {
  const lines = new LineCounter();
  const faultAt = faultsIn(file, lines);
  const failed = (...faults: Fault[]): Parsed => ({ faults, faultAt });

  lines.addNewLine(0);
  if (text.length > MOST_CHARACTERS) {
    const what = `The file has ${text.length} characters, more than ${MOST_CHARACTERS}`;
    return failed(faultAt(0, 'config-too-large', { what, remedy: TOO_LARGE }));
  }
  const unprintable = UNPRINTABLE.exec(text);
  if (unprintable) {
    addLines(lines, text, unprintable.index);
    return failed(faultAt(unprintable.index, 'config-character', foreign(unprintable[0])));
  }
  const limit: Limit = {};
  try {
    const [first, second] = [
      ...new Composer(COMPOSER).compose(tokens(text, lines, limit), true, text.length),
    ];
    if (limit.passed) {
      return failed(faultAt(limit.passed.at, 'config-too-large', { ...limit.passed, remedy: TOO_LARGE }));
    }
    if (!first || first.errors.length > 0) {
      return failed(...syntaxFaults(first?.errors ?? [], text, lines, faultAt));
    }
    if (second) return failed(faultAt(second.range[0], 'config-documents', SECOND));
    return { document: first, faults: syntaxFaults(first.warnings, '', lines, faultAt), faultAt };
  } catch (error) {
    // The parser promises not to throw; if it does all the same, the text is at fault and not the user's luck.
    const what = `The file can not be read as YAML: ${oneLine(messageOf(error))}`;
    return failed(faultAt(0, 'config-syntax', { what, remedy: 'Make the file simpler.' }));
  }
}

const TOO_LARGE = 'A deploy.yml is a page of settings; is this the right file?';
const SECOND: Problem = {
  what: 'The file holds a second YAML document',
  remedy: 'Remove the line "---" above it, or put environments under "environments".',
};

/** Which bound was passed, and where. */
interface Limit {
  passed?: { readonly at: number; readonly what: string };
}

/** The parts of a text, up to a bound. */
function* tokens(text: string, lines: LineCounter, limit: Limit) {
  const parser = new Parser((at) => at > 0 && lines.addNewLine(at));
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    // A wrong escape is an error of its own, and each costs as much as a key.
    lexemes += lexeme.startsWith('"') ? lexeme.split('\\').length : 1;
    const at = parser.offset;
    if (lexemes > MOST_LEXEMES) limit.passed = { at, what: 'The file has too many parts' };
    if (parser.stack.length > MOST_DEPTH) limit.passed = { at, what: 'The file is nested too deeply' };
    if (limit.passed) return;
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** Counts the lines that the parser never came to see. */
function addLines(lines: LineCounter, text: string, end: number): void {
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
    lines.addNewLine(at + 1);
  }
}

function foreign(character: string): Problem {
  const point = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return {
    what: `The file holds the character U+${point}, which YAML does not allow`,
    remedy: 'Save the file as plain UTF-8 text; write such a character as an escape in double quotes.',
  };
}

/** One fault a line: what follows a first error on it is mostly its echo. */
function syntaxFaults(
  errors: readonly YAMLError[],
  text: string,
  lines: LineCounter,
  faultAt: FaultAt,
): Fault[] {
  const byLine = new Map<number, Fault>();
  for (const error of errors) {
    const { line } = lines.linePos(error.pos[0]);
    if (byLine.has(line)) continue;
    const start = text.lastIndexOf('\n', error.pos[0] - 1) + 1;
    const end = text.indexOf('\n', start);
    byLine.set(line, syntaxFault(error, text.slice(start, end < 0 ? undefined : end), faultAt));
  }
  // Text that is no YAML has no values to look at, but these are seen without.
  for (const { 0: before, index } of text.matchAll(/^[^#\n]*?\$\{\{/gm)) {
    const at = index + before.length - 3;
    const { line } = lines.linePos(at);
    if (!byLine.has(line)) byLine.set(line, faultAt(at, 'config-expression', EXPRESSION));
  }
  return [...byLine.values()];
}

function syntaxFault(error: YAMLError, line: string, faultAt: FaultAt): Fault {
  const at = error.pos[0];
  if (line.includes('${{')) return faultAt(at, 'config-expression', EXPRESSION);
  if (error.code === 'TAB_AS_INDENT' || /^ *\t/.test(line)) {
    return faultAt(at, 'config-tab', {
      what: 'A tab stands where YAML wants spaces',
      remedy: 'Indent with spaces.',
    });
  }
  return faultAt(at, 'config-syntax', {
    what: `This is no proper YAML: ${oneLine(error.message)}`,
    remedy: remedyFor(error),
  });
}

export const EXPRESSION = {
  what: '${{ }} is filled in by GitHub in a workflow file only, never in this one',
  remedy: 'Give the value through an input of the action, such as `host` or `secrets`, or write it out.',
};

function remedyFor({ code, message }: YAMLError): string {
  switch (code) {
    case 'BAD_INDENT':
      return 'Let what belongs together begin in the same column.';
    case 'BAD_SCALAR_START':
    case 'BAD_DQ_ESCAPE':
      return 'Put the value in single quotes.';
    case 'TAG_RESOLVE_FAILED':
      return 'Remove the tag: a text in quotes needs none.';
    case 'MISSING_CHAR':
      return message.includes('quote')
        ? 'Close the quote.'
        : 'Add what is missing, with its space or bracket.';
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'Write "key: value", with a colon and a space, one pair a line; a value that holds ": " wants quotes.';
    default:
      return 'Look at the quotes, brackets and columns of this line and of the one above.';
  }
}

const oneLine = (message: string) => quoted(message.replace(/\s+/g, ' '), 160).slice(1, -1);
