import { execFileSync, spawnSync } from 'node:child_process';

/** The POSIX shells of this machine, as the words that start each: what is sent over SSH may meet any of them. */
export const SHELLS: string[][] = [['sh'], ['dash'], ['bash', '--posix'], ['busybox', 'sh']].filter(
  ([name = '']) => spawnSync(name, name === 'busybox' ? ['true'] : ['-c', ':']).status === 0,
);

/** What a shell prints for one line of source. */
export function shell([program = '', ...words]: readonly string[], source: string, input = ''): string {
  return execFileSync(program, [...words, '-c', source], { encoding: 'utf8', input, maxBuffer: 1 << 26 });
}
