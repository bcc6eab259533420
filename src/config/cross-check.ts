import type { Fault } from '../errors.ts';
import { type FaultAt, named } from './place.ts';
import { quoted } from './problem.ts';
import { type Path, select, type Tree } from './tree.ts';

/** What no single value shows: a name that is given twice. It looks at the tree, so it works beside other faults. */
export function crossCheck(tree: Tree, faultAt: FaultAt): readonly Fault[] {
  return [
    ...twice(
      texts(tree, ['routes', '*', 'hosts', '*'], lower),
      faultAt,
      'A hostname leads to one service: remove it here.',
    ),
    ...twice(texts(tree, ['hosts', '*'], server), faultAt, 'Remove it here.'),
    ...twice(texts(tree, ['shared', '*']), faultAt, 'Remove it here.'),
    ...twice(
      [...keys(tree, ['env', 'clear']), ...texts(tree, ['env', 'secret', '*'])],
      faultAt,
      'A variable is either clear or secret: keep one of them.',
    ),
    ...twice(
      [
        ...keys(tree, ['env', 'clear']),
        ...texts(tree, ['secrets', 'input', '*']),
        ...keys(tree, ['secrets', 'aws', 'values']),
        ...keys(tree, ['secrets', 'vault', 'values']),
        ...keys(tree, ['secrets', 'host']),
      ],
      faultAt,
      'A variable has one value: keep one of them.',
    ),
  ];
}

interface Name {
  readonly path: Path;
  readonly at: number;
  readonly text: string;
}

const lower = (text: string) => text.toLowerCase();
const server = (text: string) => text.replace(/:22$/, '');

function twice(names: readonly Name[], faultAt: FaultAt, remedy: string): Fault[] {
  const seen = new Map<string, Name>();
  const faults: Fault[] = [];
  for (const name of names) {
    const first = seen.get(name.text);
    if (first) {
      const what = `${named(name.path)} gives ${quoted(name.text)} again: ${named(first.path)} has it already`;
      faults.push(faultAt(name.at, 'config-twice', { what, remedy }));
    } else seen.set(name.text, name);
  }
  return faults;
}

function texts(tree: Tree, pattern: Path, same: (text: string) => string = String): Name[] {
  const names: Name[] = [];
  for (const [path, part] of select(tree, pattern)) {
    if (part.kind === 'leaf' && typeof part.value === 'string') {
      names.push({ path, at: part.at, text: same(part.value) });
    }
  }
  return names;
}

function keys(tree: Tree, pattern: Path): Name[] {
  const names: Name[] = [];
  for (const [path, part] of select(tree, pattern)) {
    if (part.kind !== 'branch') continue;
    for (const [text, entry] of part.entries) names.push({ path: [...path, text], at: entry.at, text });
  }
  return names;
}
