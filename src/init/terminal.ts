import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { DeployError } from '../errors.ts';
import type { Ask } from './init.ts';

/** Questions on a terminal: an empty answer takes what is proposed, a wrong one is asked again. */
export function terminalAsk(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Ask | undefined {
  return input.isTTY && output.isTTY ? linesAsk(input, output) : undefined;
}

/**
 * The same for any lines; several may come at once.
 * @throws DeployError init-ended when there are no more
 */
export function linesAsk(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Ask {
  let lines: AsyncIterator<string> | undefined;
  return async (question, proposed, check) => {
    lines ??= createInterface({ input, terminal: false })[Symbol.asyncIterator]();
    for (;;) {
      output.write(`${question}${proposed ? ` [${proposed}]` : ''}: `);
      const { value, done } = await lines.next();
      if (done) {
        throw new DeployError({
          code: 'init-ended',
          what: 'The answers ended before the questions did.',
          where: question,
          remedy: 'Nothing was written. Answer each, or take what is proposed with --yes.',
        });
      }
      const answer = value.trim() || proposed;
      const problem = check(answer);
      if (!problem) return answer;
      output.write(`  That ${problem.what}. ${problem.remedy}\n`);
    }
  };
}

/** The branch that is checked out; `main` where git knows none. */
export function currentBranch(folder: string): string {
  const { status, stdout } = spawnSync('git', ['symbolic-ref', '--short', 'HEAD'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : 'main';
}
