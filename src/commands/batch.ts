import { type Command, quote, render, script } from './command.ts';

/** What one command of a batch left. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Exit code of a batch whose answers found no room on the host. */
const NO_ROOM = 71;

/**
 * Many independent reads for the price of one round trip: runs the commands side by side on the host and prints
 * each one's exit code and output in a frame of its own. A frame counts lines, not bytes: what is no UTF-8 changes
 * its length on the way, but never its lines.
 * @param first sh source that runs before the others; when it fails, its exit code is that of the batch.
 */
export function batch(
  commands: Readonly<Record<string, Command>>,
  first = ':',
  args: readonly string[] = [],
): Command {
  const entries = Object.entries(commands);
  const lines = [
    `${first} || exit $?`,
    'd=$(mktemp -d) || exit 70',
    'trap \'rm -rf "$d"\' EXIT',
    ...entries.map(([name, one]) => {
      const at = `"$d"/${quote(name)}`;
      return `{ ${render(one)} >${at}.o 2>${at}.e </dev/null; echo $? >${at}.c; } &`;
    }),
    'wait',
    ...entries.map(([name]) => {
      const at = `"$d"/${quote(name)}`;
      return [
        `[ -s ${at}.c ] || { echo "no space left for the answers in $d" >&2; exit ${NO_ROOM}; }`,
        `echo "@${name} $(cat ${at}.c) $(wc -l <${at}.o) $(wc -l <${at}.e)"`,
        `cat ${at}.o; echo; cat ${at}.e; echo`,
      ].join('\n');
    }),
  ];
  return script(lines.join('\n'), args);
}

/**
 * Reads what `batch` printed.
 * @throws Error when a frame is cut: the output is not whole.
 */
export function readBatch(stdout: string): Map<string, Result> {
  const lines = stdout.split('\n');
  // What follows the last newline is no line: nothing, or one that is cut.
  const count = lines.length - 1;
  const results = new Map<string, Result>();
  for (let at = 0; at < count; ) {
    const head = /^@(\S+) (\d+) +(\d+) +(\d+)$/.exec(lines[at] ?? '');
    if (!head) throw new Error(`no frame at line ${at + 1} of a batch's output`);
    const [, name = '', code] = head;
    const err = at + 1 + Number(head[3]) + 1;
    const end = err + Number(head[4]) + 1;
    if (end > count) throw new Error(`the frame of ${name} is cut`);
    const text = (from: number, to: number) => lines.slice(from, to).join('\n');
    results.set(name, { code: Number(code), stdout: text(at + 1, err), stderr: text(err, end) });
    at = end;
  }
  if (lines[count] !== '') throw new Error("the end of a batch's output is cut");
  return results;
}
