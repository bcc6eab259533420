import { inert } from '../inert.ts';
import { duration, oneLine, percent, thousands } from './format.ts';
import type { Result } from './result.ts';
import { headline, type Style, standing, wentWrong } from './words.ts';

const VALUE_LIMIT = 1_000;
const plain = (value: string): string => inert(oneLine(value, VALUE_LIMIT));
const PLAIN: Style = { name: plain, url: plain };

/** The end of the log: what a person at a terminal wants to read. Nothing in it is a command to the runner. */
export function consoleOf(result: Result): string[] {
  const { release, version, previousRelease, attempted, color, url, rollback, tables = [] } = result;
  const called = version && version !== release && !attempted ? ` (version ${plain(version)})` : '';
  return [
    ...labelled('outcome', `${headline(result, PLAIN)} (${duration(result.durationMs)})`),
    // The lines below say the same of a change that went well.
    ...labelled('now', wentWrong(result) && standing(result, PLAIN)),
    ...labelled('release', release && `${plain(release)}${called}`),
    ...labelled('previous', previousRelease && plain(previousRelease)),
    ...labelled('attempted', attempted && plain(attempted)),
    ...labelled('color', color && plain(color)),
    ...labelled('url', url && plain(url)),
    ...labelled('requests', traffic(result)),
    ...labelled('phases', ...phases(result)),
    ...tables.flatMap(({ title, head, rows }) =>
      labelled(plain(title).toLowerCase(), ...columns([head, ...rows].map((row) => row.map(plain)))),
    ),
    ...labelled('way back', rollback && plain(rollback)),
  ];
}

const LABEL_WIDTH = 11;

/** Values under each other behind one label; nothing when there is none. */
function labelled(label: string, ...values: (string | false | undefined)[]): string[] {
  const shown = values.filter((value) => value !== undefined && value !== false && value !== '');
  if (label.length < LABEL_WIDTH) {
    return shown.map((value, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${value}`);
  }
  return shown.length === 0
    ? []
    : [` ${label}`, ...shown.map((value) => `${' '.repeat(LABEL_WIDTH)}${value}`)];
}

function traffic({ requests, failedRequests, downtimeMs }: Result): string {
  return [
    requests !== undefined && `${thousands(requests)} served`,
    failedRequests !== undefined && `${thousands(failedRequests)} failed`,
    downtimeMs !== undefined && `${duration(downtimeMs)} down`,
  ]
    .filter(Boolean)
    .join(', ');
}

const phases = ({ phases: all, durationMs: total }: Result): string[] =>
  columns(
    all.map(({ name, durationMs }) => [
      plain(name),
      `${thousands(durationMs)} ms`,
      `${Math.round(percent(durationMs, total))} %`,
    ]),
    new Set([1, 2]),
  );

/** Rows with their cells under each other; those of the columns `right` end under each other. */
function columns(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) =>
        right.has(index) ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
