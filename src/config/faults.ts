import type * as z from 'zod';
import type { Fault } from '../errors.ts';
import { listed, nearest } from './nearest.ts';
import { childOf, placesOf, shapeOf } from './outline.ts';
import { type FaultAt, named } from './place.ts';
import { type Problem, quoted, untold } from './problem.ts';
import { find, type Path, type Tree } from './tree.ts';

type Issue = z.core.$ZodIssue;

/** What zod found in a tree, as faults at their places. `schema` is the one that the tree was held against. */
export function issueFaults(
  issues: readonly Issue[],
  tree: Tree,
  schema: z.ZodType,
  faultAt: FaultAt,
): readonly Fault[] {
  const faultOf = (issue: Issue, above: Path): readonly Fault[] => {
    const path: Path = [...above, ...(issue.path as (string | number)[])];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) =>
        faultAt(keyPlace(tree, [...path, key]), 'config-unknown-key', unknownKey(key, path, schema)),
      );
    }
    if (issue.code === 'custom' && issue.params?.ofKey) {
      return [faultAt(keyPlace(tree, path), 'config-key', untold(issue.message))];
    }
    if (issue.code === 'invalid_union') {
      const meant = meantKind(issue.errors);
      if (meant) return meant.flatMap((inner) => faultOf(inner, path));
    }
    const { what, remedy } = untold(issue.message);
    const problem = { what: `${named(path)} ${what}`, remedy };
    const part = find(tree, path);
    if (!part) return [faultAt(keyPlace(tree, path.slice(0, -1)), 'config-missing', problem)];
    if (part.value.kind === 'leaf' && part.value.broken) return [];
    // A value that is nothing has no place of its own; its key has.
    const empty = part.value.kind === 'leaf' && part.value.value === null;
    return [faultAt(empty ? part.at : part.value.at, 'config-value', problem)];
  };
  return issues.flatMap((issue) => faultOf(issue, []));
}

const keyPlace = (tree: Tree, path: Path): number => find(tree, path)?.at ?? tree.at;

/** Of a union, the kind whose type the value has, so that its own errors say more than "neither of the two". */
function meantKind(kinds: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return kinds.find((issues) =>
    issues.every((issue) => issue.path.length > 0 || !/^invalid_(type|union)$/.test(issue.code)),
  );
}

function unknownKey(key: string, path: Path, schema: z.ZodType): Problem {
  const map = path.reduce<z.ZodType | undefined>((at, part) => at && childOf(at, part), schema);
  const here = Object.keys(map ? shapeOf(map) : {});
  const what = `There is no key ${quoted(key)} ${path.length === 0 ? 'at the top' : `in ${named(path)}`}`;
  const elsewhere = placesOf(key, schema);
  if (elsewhere.length > 0) {
    const places = elsewhere.map((place) => (place === '' ? 'the top of the file' : `"${place}"`));
    return { what, remedy: `It belongs under ${places.join(' or ')}.` };
  }
  const meant = nearest(key, here);
  if (meant) return { what, remedy: `Write "${meant}".` };
  return {
    what,
    remedy: `${here.length === 1 ? 'The one key here is' : 'The keys here are'} ${listed(here)}.`,
  };
}
