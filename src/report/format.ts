/** 1234567 -> "1,234,567"; the same on every machine, whatever its locale. */
export const thousands = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** Milliseconds as a person says them: "812 ms", "23.4 s", "3 min 20 s", "2 h 5 min". */
export function duration(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  // What would be rounded up to "60.0 s" is told as a minute.
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return joined([Math.floor(seconds / 60), 'min'], [seconds % 60, 's']);
  const minutes = Math.round(seconds / 60);
  return joined([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min']);
}

const joined = (...parts: (readonly [number, string])[]): string =>
  parts
    .filter(([value], index) => index === 0 || value !== 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');

/** A part of a whole in percent, from 0 to 100; 0 of nothing is 0. */
export const percent = (part: number, whole: number): number =>
  whole > 0 ? Math.min(100, Math.max(0, (part / whole) * 100)) : 0;

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: they are what has to go.
const TERMINAL = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
/** Control characters but tab and line feed, and what turns the direction of writing or can not be seen. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above.

/** Text of several lines from outside, without terminal colors and without what can not be seen. */
export const printable = (value: string): string =>
  value
    .toWellFormed()
    .replace(TERMINAL, '')
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(UNSEEN, '');

/** The same on one line of at most `limit` characters. */
export function oneLine(value: string, limit: number): string {
  const line = printable(value).replace(/\s+/g, ' ').trim();
  // By characters, not by UTF-16 units: half a character is none.
  const characters = line.length > limit ? [...line.slice(0, 2 * limit + 2)] : [];
  return characters.length > limit ? `${characters.slice(0, limit).join('')}…` : line;
}
