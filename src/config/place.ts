import type { LineCounter } from 'yaml';
import type { Fault } from '../errors.ts';
import type { Problem } from './problem.ts';
import { quoted } from './problem.ts';
import type { Path } from './tree.ts';

/** Makes a fault that stands at an offset of the file. */
export type FaultAt = (at: number, code: string, problem: Problem) => Fault;

export function faultsIn(file: string, lines: LineCounter): FaultAt {
  return (at, code, { what, remedy }) => {
    const { line, col } = lines.linePos(at);
    // The counter knows no line before the first character, of an empty file for instance.
    return { code, what: `${what}.`, remedy, file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
}

const PLAIN_KEY = /^[A-Za-z0-9_-]{1,60}$/;

/** A path as people write it: `routes[0].hosts[1]`. */
export function named(path: Path): string {
  let name = '';
  for (const key of path) {
    if (typeof key === 'number') name += `[${key}]`;
    else name += `${name === '' ? '' : '.'}${PLAIN_KEY.test(key) ? key : quoted(key)}`;
  }
  return name;
}
