import type * as z from 'zod';
import { childOf, isVerbatim } from './outline.ts';

/** A YAML document whose every part knows where in the text it stands (`at` is an offset). */
export type Tree = Leaf | List | Branch;
export type Path = readonly (string | number)[];

export interface Leaf {
  readonly kind: 'leaf';
  readonly at: number;
  readonly value: string | number | boolean | null;
  /** The text as written, without quotes. */
  readonly source: string;
  /** A fault was seen in reading it, so there is nothing to judge. */
  readonly broken?: true;
}
export interface List {
  readonly kind: 'list';
  readonly at: number;
  readonly items: readonly Tree[];
}
export interface Branch {
  readonly kind: 'branch';
  readonly at: number;
  readonly entries: ReadonlyMap<string, Entry>;
}
export interface Entry {
  /** Where the key stands. */
  readonly at: number;
  readonly value: Tree;
}

/** The plain value for a schema; where the schema keeps a value verbatim, a number or a boolean is its source text. */
export function plain(tree: Tree, schema: z.ZodType | undefined): unknown {
  const child = (key: string | number) => schema && childOf(schema, key);
  if (tree.kind === 'list') return tree.items.map((item, index) => plain(item, child(index)));
  if (tree.kind === 'branch') {
    const value: Record<string, unknown> = {};
    for (const [key, entry] of tree.entries) value[key] = plain(entry.value, child(key));
    return value;
  }
  return schema && tree.value !== null && isVerbatim(schema) ? tree.source : tree.value;
}

/** The base with an overlay on it: maps are merged key by key, all else is replaced. */
export function merge(base: Tree, overlay: Tree): Tree {
  if (base.kind !== 'branch' || overlay.kind !== 'branch') return overlay;
  const entries = new Map(base.entries);
  for (const [key, entry] of overlay.entries) {
    const below = base.entries.get(key);
    entries.set(key, below ? { at: entry.at, value: merge(below.value, entry.value) } : entry);
  }
  return { kind: 'branch', at: overlay.at, entries };
}

/** A map without one of its keys. */
export function without(tree: Tree, key: string): Tree {
  if (tree.kind !== 'branch') return tree;
  return { ...tree, entries: new Map([...tree.entries].filter(([name]) => name !== key)) };
}

/** The part at a path, with the offset of its key (or of itself, in a list). */
export function find(tree: Tree, path: Path): Entry | undefined {
  let found: Entry = { at: tree.at, value: tree };
  for (const key of path) {
    const part = found.value;
    if (part.kind === 'branch' && typeof key === 'string') {
      const entry = part.entries.get(key);
      if (!entry) return undefined;
      found = entry;
    } else if (part.kind === 'list' && typeof key === 'number') {
      const item = part.items[key];
      if (!item) return undefined;
      found = { at: item.at, value: item };
    } else return undefined;
  }
  return found;
}

/** All parts whose path fits a pattern, where `*` stands for any key or index. */
export function* select(tree: Tree, pattern: Path, path: Path = []): Generator<[path: Path, part: Tree]> {
  const [next, ...rest] = pattern;
  if (next === undefined) yield [path, tree];
  else if (tree.kind === 'list' && next === '*') {
    for (const [index, item] of tree.items.entries()) yield* select(item, rest, [...path, index]);
  } else if (tree.kind === 'branch') {
    for (const [key, entry] of tree.entries) {
      if (next === '*' || next === key) yield* select(entry.value, rest, [...path, key]);
    }
  }
}
