/** Longer words are nobody's slip of the finger, and comparing them costs time. */
const LONGEST = 48;

/** Number of single-character slips (added, missing, wrong, two swapped) between two words. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + cost,
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, (before[column - 2] ?? 0) + 1);
      line.push(best);
    }
    before = above;
    above = line;
  }
  return above[b.length] ?? 0;
}

/** `before_switch`, `beforeSwitch` and `BEFORE-SWITCH` are the same word to a person. */
const plain = (word: string) => word.toLowerCase().replace(/[-_ ]/g, '');

/** The name that was most likely meant by `word`, if one is near enough: about a third of it may be wrong. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  let best: { name: string; slips: number } | undefined;
  for (const name of names) {
    const slips = distance(plain(word), plain(name));
    if (slips <= Math.max(1, Math.floor(name.length / 3)) && slips < (best?.slips ?? Infinity)) {
      best = { name, slips };
    }
  }
  return best?.name;
}

/** `"a", "b" and "c"`, or with "or". */
export function listed(names: readonly string[], joint: 'and' | 'or' = 'and'): string {
  const words = names.map((name) => `"${name}"`);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} ${joint} ${last}`;
}
