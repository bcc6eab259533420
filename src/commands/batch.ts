import { type Command, quote, render, script } from './command.ts';

/** What one command of a batch left. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Many independent reads for the price of one round trip: runs the commands side by side on the host and prints
 * each one's exit code and output in a frame of its own.
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
      return `echo "@${name} $(cat ${at}.c) $(wc -c <${at}.o) $(wc -c <${at}.e)"; cat ${at}.o ${at}.e`;
    }),
  ];
  return script(lines.join('\n'), args);
}

/**
 * Reads what `batch` printed.
 * @throws Error when a frame is cut: the output is not whole.
 */
export function readBatch(stdout: string): Map<string, Result> {
  const bytes = Buffer.from(stdout);
  const results = new Map<string, Result>();
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    const head = /^@(\S+) (\d+) +(\d+) +(\d+)$/.exec(bytes.toString('utf8', at, end < 0 ? undefined : end));
    if (!head) throw new Error(`no frame at byte ${at} of a batch's output`);
    const [out, err] = [Number(head[3]), Number(head[4])];
    const from = end + 1;
    if (from + out + err > bytes.length) throw new Error(`the frame of ${head[1]} is cut`);
    results.set(String(head[1]), {
      code: Number(head[2]),
      stdout: bytes.toString('utf8', from, from + out),
      stderr: bytes.toString('utf8', from + out, from + out + err),
    });
    at = from + out + err;
  }
  return results;
}
