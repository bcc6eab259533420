/**
 * A command is a value: what will be run, decided by pure code, carried out by a host, equal or not in a test.
 * Secrets never stand in `argv` (a process list shows it): they travel through `stdin`.
 */
export interface Command {
  readonly argv: readonly string[];
  /** Bytes for the command's standard input; none means that it is closed at once. */
  readonly stdin?: string | Uint8Array;
}

/** Characters that mean nothing to a POSIX shell, so a word made of them needs no quotes. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;

/**
 * Quotes one word for a POSIX shell. It is the only place where quoting happens.
 * @throws RangeError when the word holds a NUL byte, which no argument can carry.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('a NUL byte can not be part of a command');
  if (PLAIN.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command as one line for a POSIX shell: what is sent over SSH. */
export function render(command: Command): string {
  return command.argv.map(quote).join(' ');
}

/** A command from its words. */
export function command(...argv: string[]): Command {
  return { argv };
}

/**
 * A shell program for the host. Values reach it as `$1`, `$2`, ... or through standard input, never by being pasted
 * into its text, so that no name from outside can change what is run.
 */
export function script(source: string, args: readonly string[] = [], stdin?: string | Uint8Array): Command {
  const argv = ['sh', '-c', source, 'restaurant-deploy', ...args];
  return stdin === undefined ? { argv } : { argv, stdin };
}
