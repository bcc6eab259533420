import { X509Certificate } from 'node:crypto';
import { type Command, script } from '../commands/command.ts';
import { type EdgeState, edgeStateSchema, type Slot } from './state.ts';

/** What the metrics of an environment tell of the edge. */
export interface EdgeNumbers {
  readonly slots: readonly Slot[];
  /** When the first of the environment's certificates ends, in milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

/**
 * Prints the edge's state, then the first certificate of each file: the leaf. Keys stay where they are.
 * @param dir the edge's folder.
 */
export function edgeNumbers(dir: string): Command {
  const source = `
cat "$1/edge.json" 2>/dev/null; echo
for file in "$1"/certs/*.pem; do
  [ ! -f "$file" ] || awk '/BEGIN CERTIFICATE/ { leaf = 1 } leaf; /END CERTIFICATE/ { exit }' "$file"
done`;
  return script(source, [dir]);
}

const LEAF = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads what that printed. What can not be read is not known: it is for numbers alone.
 * @param key the environment's name at the edge.
 */
export function readEdgeNumbers(printed: string, key: string): EdgeNumbers {
  const state = stateOf(printed.split('\n-----BEGIN')[0] ?? '');
  const leaves = (printed.match(LEAF) ?? []).flatMap((pem) => {
    try {
      return [new X509Certificate(pem)];
    } catch {
      return [];
    }
  });
  const ends = (state?.hosts ?? [])
    .filter(({ environment }) => environment === key)
    // Of several for one name the edge has the newest too.
    .map(({ host }) => leaves.filter((leaf) => leaf.checkHost(host)).map((leaf) => Date.parse(leaf.validTo)))
    .filter((all) => all.length > 0)
    .map((all) => Math.max(...all));
  return {
    slots: (state?.slots ?? []).filter(({ environment }) => environment === key),
    expiresAt: ends.length > 0 ? Math.min(...ends) : undefined,
  };
}

function stateOf(json: string): EdgeState | undefined {
  try {
    return edgeStateSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}
