import { SaxesParser } from 'saxes';

/** A test that did not pass. */
export interface FailedTest {
  /** Its suite or class, and its own name. */
  readonly name: string;
  /** What was expected and was not so: the report's first words. */
  readonly message: string;
  /** The beginning of the rest: usually where it happened. */
  readonly text: string;
  /** Where the report says that the test is; line counts from 1. */
  readonly file?: string;
  readonly line?: number;
}

/** What a report in the format of JUnit tells. */
export interface JunitReport {
  readonly tests: number;
  readonly failed: number;
  readonly skipped: number;
  /** The first of those that failed. */
  readonly failures: readonly FailedTest[];
  /** The first fault of the file as XML; it is read on all the same. */
  readonly fault?: string;
}

/** Failed tests that are kept; all are counted. */
const MOST_FAILURES = 100;
/** Characters kept of a name, and of what a test left. */
const MOST_NAME = 300;
const MOST_TEXT = 8_000;

interface Case {
  readonly attributes: Readonly<Record<string, string>>;
  state: 'passed' | 'failed' | 'skipped';
  message: string;
  text: string;
}

/**
 * Reads a report piece by piece, so that its size costs time and no memory. Entities of the file itself are not taken
 * in, nothing is fetched, and what is no XML is passed over: some programs write bytes that XML forbids.
 */
export class JunitReader {
  readonly #parser = new SaxesParser();
  readonly #failures: FailedTest[] = [];
  #tests = 0;
  #failed = 0;
  #skipped = 0;
  #fault: string | undefined;
  #case: Case | undefined;
  /** Whether the text is that of a failure. */
  #inFailure = false;

  constructor() {
    const parser = this.#parser;
    parser.on('error', (error) => {
      this.#fault ??= error.message;
    });
    parser.on('opentag', ({ name, attributes }) => this.#open(name, attributes as Record<string, string>));
    parser.on('closetag', ({ name }) => this.#close(name));
    const text = (piece: string) => {
      if (this.#inFailure && this.#case && this.#case.text.length < MOST_TEXT)
        this.#case.text += piece.slice(0, MOST_TEXT);
    };
    parser.on('text', text);
    parser.on('cdata', text);
  }

  write(piece: string): void {
    this.#parser.write(piece);
  }

  end(): JunitReport {
    this.#parser.close();
    return {
      tests: this.#tests,
      failed: this.#failed,
      skipped: this.#skipped,
      failures: this.#failures,
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
    };
  }

  #open(name: string, attributes: Record<string, string>): void {
    if (name === 'testcase') {
      this.#case = { attributes, state: 'passed', message: '', text: '' };
    } else if (this.#case && (name === 'failure' || name === 'error')) {
      this.#inFailure = this.#case.state !== 'failed';
      this.#case.state = 'failed';
      this.#case.message ||= attributes.message || attributes.type || '';
    } else if (this.#case && name === 'skipped' && this.#case.state === 'passed') {
      this.#case.state = 'skipped';
    }
  }

  #close(name: string): void {
    if (name === 'failure' || name === 'error') this.#inFailure = false;
    if (name !== 'testcase' || !this.#case) return;
    const { attributes, state, message, text } = this.#case;
    this.#case = undefined;
    this.#tests++;
    if (state === 'skipped') this.#skipped++;
    if (state !== 'failed') return;
    this.#failed++;
    if (this.#failures.length >= MOST_FAILURES) return;
    const line = Number(attributes.line);
    this.#failures.push({
      name: [attributes.classname, attributes.name].filter(Boolean).join(' ').slice(0, MOST_NAME) || 'a test',
      message: (message || firstLine(text) || 'it failed').slice(0, MOST_NAME),
      text: text.slice(0, MOST_TEXT),
      ...(attributes.file ? { file: attributes.file } : {}),
      ...(Number.isInteger(line) && line > 0 ? { line } : {}),
    });
  }
}

const firstLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '') ?? '';

/** A place in a file, line counting from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/**
 * Where a failed test went wrong, in the repository: by the traces of the common languages, else by what the report says
 * of the test.
 * @param find the path in the repository of a file that a trace names; undefined when it is not there.
 */
export function placeOf(
  { text, message, file, line }: FailedTest,
  find: (path: string) => string | undefined,
): Place | undefined {
  const said = `${message}\n${text}`;
  const known = (path: string | undefined, at: string | undefined): Place[] => {
    const found = path === undefined ? undefined : find(path);
    return found === undefined ? [] : [{ file: found, line: Number(at) }];
  };
  // Python tells the call that failed last, the others first.
  const python = [...said.matchAll(/File "([^"\n]{1,500})", line (\d{1,7})/g)];
  const [called] = python.reverse().flatMap(([, path, at]) => known(path, at));
  if (called) return called;
  const others = said.matchAll(/([\w@./+-]{1,300}\.\w{1,6}):(\d{1,7})\b/g);
  for (const [, path, at] of others) {
    const [place] = known(path, at);
    if (place) return place;
  }
  const stated = file === undefined ? undefined : find(file);
  return stated === undefined ? undefined : { file: stated, line: line ?? 1 };
}
