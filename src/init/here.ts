import { init } from './init.ts';
import { initHelp, initOptions } from './options.ts';
import { currentBranch, terminalAsk } from './terminal.ts';

/**
 * `init` for the person at this terminal, in the folder they are in.
 * @param words what follows the command
 * @param help whether the line asks for help
 */
export async function initHere(words: readonly string[], help: boolean): Promise<void> {
  const [input, output] = [process.stdin, process.stdout];
  const say = (line: string) => void output.write(`${line}\n`);
  if (help) return say(initHelp());
  const folder = process.cwd();
  const world = { folder, branch: currentBranch(folder), ask: terminalAsk(input, output), say };
  await init(initOptions(words), world);
}
