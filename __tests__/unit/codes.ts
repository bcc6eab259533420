import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The sources by path, without their comments. */
export function sources(): Map<string, string> {
  const files = globSync('src/**/*.ts', { cwd: root }).sort();
  return new Map(
    files.map((path) => [
      path,
      readFileSync(`${root}/${path}`, 'utf8')
        .replace(/^\s*\/\*[\s\S]*?\*\//gm, '')
        .replace(/^\s*\/\/.*$/gm, ''),
    ]),
  );
}

/** Codes that are put together at run time, by how they begin: what they can come out as in the docs. */
const MADE: Readonly<Record<string, readonly string[]>> = {
  'input-': ['input-NAME'],
  'health-': ['health-4xx', 'health-5xx'],
  // Written out by `say`, below.
  'compose-mount-': [],
};

/**
 * Every code that a fault can have, as the sources write them: as a property, in a call of a function that takes a
 * code, or in a pair that begins with one.
 */
export function faultCodes(): Set<string> {
  const codes = new Set<string>();
  for (const text of sources().values()) {
    const all = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
    for (const value of all(/\bcode: ([^,\n]+)/g)) {
      for (const [, code = ''] of value.matchAll(/'([a-z0-9-]+)'/g)) codes.add(code);
    }
    const calls =
      /\b(?:fault|faultAt|told|unknownService)\(\s*(?:[^'"`;]{0,80}?,\s*)?'([a-z]+(?:-[a-z0-9]+)+)',/g;
    for (const code of all(calls)) codes.add(code);
    for (const code of all(/\bsay\(\s*'\w+',\s*'([a-z]+)'/g)) codes.add(`compose-mount-${code}`);
    if (/\[code: string/.test(text))
      for (const code of all(/\[\s*'([a-z]+(?:-[a-z0-9]+)+)',/g)) codes.add(code);
    for (const start of all(/(?:code: |\bfault\(\s*)`([a-z-]+)\$\{/g)) {
      const made = MADE[start];
      if (!made)
        throw new Error(`codes that begin with ${start} are made at run time: say in MADE which there are`);
      for (const code of made) codes.add(code);
    }
  }
  // zod's word for an issue of our own, which is no fault yet.
  codes.delete('custom');
  return codes;
}
