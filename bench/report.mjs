/** The middle of several numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
}

const round = (number) => (number === null ? null : Math.round(number * 100) / 100);

/** Collects results: each is a JSON line on standard output, and a line for people on standard error. */
export class Report {
  broken = 0;

  /**
   * @param {{name: string, value: number, unit: string, floor?: number, limit?: number, budget?: string}} result
   *   floor: the same by bare means; limit: the most that value may be, which budget says in words
   */
  add({ name, value, unit, floor = null, limit, budget = 'none, for the record' }) {
    const ratio = floor === null ? null : value / floor;
    process.stdout.write(
      `${JSON.stringify({ name, value: round(value), unit, floor: round(floor), ratio: round(ratio) })}\n`,
    );
    const kept = limit === undefined || value <= limit;
    if (!kept) this.broken++;
    const against = floor === null ? '' : `, floor ${round(floor)} ${unit}`;
    process.stderr.write(
      `   ${kept ? 'ok    ' : 'BROKEN'} ${name}: ${round(value)} ${unit}${against} (budget: ${budget})\n`,
    );
  }
}
