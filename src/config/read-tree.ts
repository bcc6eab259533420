import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from 'yaml';
import type { Fault } from '../errors.ts';
import type { FaultAt } from './place.ts';
import { quoted } from './problem.ts';
import { EXPRESSION } from './syntax.ts';
import type { Branch, Entry, Leaf, Tree } from './tree.ts';

/** With every alias written out, so that a bomb of aliases is no more than too many parts. */
const MOST_PARTS = 50_000;
const MOST_DEPTH = 64;

/** The tree of a document, with aliases and merge keys resolved, and the faults that were seen on the way. */
export function readTree(document: Document.Parsed, faultAt: FaultAt): { tree: Tree; faults: Fault[] } {
  const faults: Fault[] = [];
  const anchors = new Map<string, Node>();
  /** Nodes that are being read: an alias to one of them never ends. */
  const open = new Set<Node>();
  let parts = 0;

  const fault = (at: number, code: string, what: string, remedy: string) => {
    faults.push(faultAt(at, code, { what, remedy }));
  };
  const nothing = (at: number): Leaf => ({ kind: 'leaf', at, value: null, source: '' });
  const broken = (at: number): Leaf => ({ ...nothing(at), broken: true });

  function read(node: Node | null, depth: number, fallback: number): Tree {
    const at = node?.range?.[0] ?? fallback;
    if (node === null) return nothing(at);
    if (++parts > MOST_PARTS || depth > MOST_DEPTH) {
      const what = 'The file has too many parts, aliases written out';
      if (parts <= MOST_PARTS + 1) fault(at, 'config-too-large', what, 'Use fewer aliases and levels.');
      parts = MOST_PARTS + 1;
      return broken(at);
    }
    if (isAlias(node)) return { ...aliased(node.source, depth, at), at };
    if (node.anchor) anchors.set(node.anchor, node);
    open.add(node);
    const tree = isMap(node)
      ? branch(node.items as Pair<Node, Node | null>[], depth, at)
      : isSeq(node)
        ? { kind: 'list' as const, at, items: node.items.map((item) => read(item as Node, depth + 1, at)) }
        : leaf(node as Scalar, at);
    open.delete(node);
    return tree;
  }

  function aliased(name: string, depth: number, at: number): Tree {
    const node = anchors.get(name);
    if (node && !open.has(node)) return read(node, depth + 1, at);
    fault(
      at,
      'config-alias',
      node
        ? `The alias ${quoted(`*${name}`)} stands inside of what it names`
        : `There is no anchor ${quoted(`&${name}`)} above this alias`,
      'Define the anchor before its first use, outside of it; a text that begins with "*" wants quotes.',
    );
    return broken(at);
  }

  function branch(pairs: readonly Pair<Node, Node | null>[], depth: number, at: number): Branch {
    const entries = new Map<string, Entry>();
    const merged: Branch[] = [];
    for (const { key, value } of pairs) {
      const keyAt = key?.range?.[0] ?? at;
      const node = isAlias(key) ? anchors.get(key.source) : key;
      const name = isScalar(node) ? textOf(node) : '';
      if (isScalar(node) && node.type === Scalar.PLAIN && name === '<<') {
        merged.push(...mergeable(read(value, depth + 1, keyAt)));
        continue;
      }
      const tree = read(value, depth + 1, keyAt);
      const before = entries.get(name);
      if (name === '' || name === '__proto__' || name.includes('\0')) {
        fault(keyAt, 'config-key', 'This can not be a key', 'Write a name before the colon.');
      } else if (name.includes('${{')) faults.push(faultAt(keyAt, 'config-expression', EXPRESSION));
      else if (before) {
        const first = faultAt(before.at, '', { what: '', remedy: '' });
        const what = `The key ${quoted(name)} stands here twice, first in line ${first.line}`;
        fault(keyAt, 'config-duplicate-key', what, 'Keep one of them.');
      } else entries.set(name, { at: keyAt, value: tree });
    }
    // Keys of the map itself win, then those of the map that was merged first.
    for (const { entries: more } of merged) {
      for (const [name, entry] of more) if (!entries.has(name)) entries.set(name, entry);
    }
    return { kind: 'branch', at, entries };
  }

  function mergeable(tree: Tree): Branch[] {
    if (tree.kind === 'branch') return [tree];
    if (tree.kind === 'leaf' && tree.broken) return [];
    if (tree.kind === 'list' && tree.items.every((item) => item.kind === 'branch')) return [...tree.items];
    fault(tree.at, 'config-alias', '"<<" merges maps only', 'Write "<<: *name", where &name is a map.');
    return [];
  }

  function leaf(node: Scalar, at: number): Leaf {
    const source = textOf(node);
    const before = faults.length;
    if (source.includes('${{')) faults.push(faultAt(at, 'config-expression', EXPRESSION));
    if (source.includes('\0') || !source.isWellFormed()) {
      const what = 'The value holds a NUL or half a character, which no variable or command can carry';
      fault(at, 'config-character', what, 'Remove the escape.');
    }
    if (faults.length > before) return broken(at);
    return { kind: 'leaf', at, value: node.value as Leaf['value'], source };
  }

  const tree = read(document.contents as Node | null, 0, 0);
  return { tree, faults };
}

/** A scalar as written: 1.10 and yes stay what they are. */
function textOf(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value ?? ''));
}
