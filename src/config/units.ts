import { type Problem, quoted } from './problem.ts';

/** The units of a duration, the longest first, in milliseconds. */
const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
type Unit = keyof typeof UNITS;

/** A duration in a pattern that JSON Schema understands too: `1h30m`, the longer unit first. */
export const DURATION = '^(?=\\d)(\\d{1,9}d)?(\\d{1,9}h)?(\\d{1,9}m)?(\\d{1,9}s)?(\\d{1,9}ms)?$';
export const PERCENTAGE = '^\\d{1,3}(\\.\\d{1,6})?%$';

export const SIZE = '^[1-9]\\d{0,5}[kmg]$';

const duration = new RegExp(DURATION);
const percentage = new RegExp(PERCENTAGE);

/** Milliseconds of a duration such as `250ms`, `30s`, `10m`, `72h`, `1h30m`, `30d`, or what is wrong with it. */
export function parseDuration(text: string): number | Problem {
  if (duration.test(text)) return sum(text);
  const meant = guess(text);
  return {
    what:
      meant !== undefined && /^[\d.]+$/.test(text)
        ? `needs a unit: ${quoted(text)} is a bare number`
        : `must be a duration, not ${quoted(text)}`,
    remedy:
      meant === undefined
        ? 'Write whole numbers with units, the longest first, such as "250ms", "30s", "10m" or "1h30m".'
        : `Write "${meant}".`,
  };
}

/** The shortest way to write a number of milliseconds. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const [unit, length] of Object.entries(UNITS)) {
    // Days read well only when nothing follows them.
    if (unit === 'd' && rest % length !== 0) continue;
    const count = Math.floor(rest / length);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * length;
  }
  return text === '' ? '0s' : text;
}

/** A fraction (0 to 1) of a percentage such as `1%` or `0.5%`, or what is wrong with it. */
export function parsePercentage(text: string): number | Problem {
  const percent = Number.parseFloat(text);
  if (percentage.test(text) && percent <= 100) return percent / 100;
  const bare = /^\d+(\.\d+)?$/.test(text);
  // Nobody watches for a hundredth of a percent: a bare 0.01 is meant as a fraction, a bare 1 as a percentage.
  const meant = bare && percent < 1 ? percent * 100 : percent;
  return {
    what: bare
      ? `needs a unit: ${quoted(text)} is a bare number`
      : `must be a percentage, not ${quoted(text)}`,
    remedy:
      meant >= 0 && meant <= 100 && /^\s*[\d.]+\s*(%|percent)?\s*$/.test(text)
        ? `Write "${Number(meant.toPrecision(6))}%".`
        : 'Write a number from 0 to 100 with a percent sign, such as "1%".',
  };
}

/** Bytes of a size such as `512m` or `2g`, as compose files write it, or what is wrong with it. */
export function parseSize(text: string): number | Problem {
  const [, count, unit = ''] = new RegExp(SIZE).test(text) ? (/^(\d+)(.)$/.exec(text) ?? []) : [];
  if (count !== undefined) return Number(count) * ({ k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[unit] ?? 0);
  const [, number, letter] = /^\s*(\d{1,6})\s*([kmg])i?b?\s*$/i.exec(text) ?? [];
  const bare = /^\d+$/.test(text);
  return {
    what: bare ? `needs a unit: ${quoted(text)} is a bare number` : `must be a size, not ${quoted(text)}`,
    remedy:
      number && Number(number) > 0 && letter
        ? `Write "${Number(number)}${letter.toLowerCase()}".`
        : 'Write a whole number with k, m or g, such as "512m" or "2g".',
  };
}

function sum(text: string): number {
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([a-z]+)/g)) total += Number(count) * UNITS[unit as Unit];
  return total;
}

/** What a duration in another spelling is meant to be: `30`, `1.5h`, `10 min`, `30m1h`. */
function guess(text: string): string | undefined {
  const numbers = /(\d+(?:\.\d+)?)\s*([a-z]*)\s*/gi;
  if (text.length > 40 || !/^\s*\d/.test(text) || text.trim().replace(numbers, '') !== '') return undefined;
  let total = 0;
  for (const [, count, word = ''] of text.matchAll(numbers)) {
    const unit = unitOf(word.toLowerCase());
    if (unit === undefined) return undefined;
    total += Number(count) * UNITS[unit];
  }
  return total <= 1000 * UNITS.d ? formatDuration(total) : undefined;
}

function unitOf(word: string): Unit | undefined {
  if (word === '') return 's';
  if (/^(ms|msecs?|millis|milliseconds?)$/.test(word)) return 'ms';
  if (/^(s|secs?|seconds?)$/.test(word)) return 's';
  if (/^(m|mins?|minutes?)$/.test(word)) return 'm';
  if (/^(h|hrs?|hours?)$/.test(word)) return 'h';
  return /^(d|days?)$/.test(word) ? 'd' : undefined;
}
