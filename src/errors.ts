/**
 * One thing that is wrong, told so that a person can mend it: what, where, and the remedy.
 * `code` is stable: it names the entry in docs/troubleshooting.md.
 */
export interface Fault {
  readonly code: string;
  /** What is wrong, one sentence, without a secret in it. */
  readonly what: string;
  /** Where: a host, a service, a file. */
  readonly where?: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** Place in the user's repository, for an annotation; line and column count from 1. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Last lines of a log that show it. */
  readonly evidence?: string;
}

/**
 * An error that the user (or their server) can mend. Everything else that is thrown is a fault of this program
 * and is reported as such.
 */
export class DeployError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: Fault | readonly Fault[], options?: { cause?: unknown }) {
    const all: readonly Fault[] = 'code' in faults ? [faults] : faults;
    super(all.map(describe).join('\n'), options);
    this.name = 'DeployError';
    this.faults = all;
  }
}

/** A fault in one paragraph: place, what, remedy. */
export function describe(fault: Fault): string {
  const place = fault.file
    ? [fault.file, fault.line, fault.column].filter((part) => part !== undefined).join(':')
    : fault.where;
  return [place && `${place}: `, fault.what, fault.remedy && ` ${fault.remedy}`].filter(Boolean).join('');
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Another program's words as the end of a sentence of ours. */
export const ended = (said: string): string => `${said.replace(/[\s.]+$/, '')}.`;
