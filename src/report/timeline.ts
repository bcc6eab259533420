import { duration, oneLine, percent } from './format.ts';
import { code, fenced, table } from './markdown.ts';
import type { Phase } from './result.ts';

const BAR_WIDTH = 20;
/** A gantt of more tasks than that is a wall. */
const TASK_LIMIT = 50;

/** The phases as a table: how long each took, and its share of the total with a bar. Readable without a picture. */
export function phasesTable(phases: readonly Phase[], totalMs: number): string {
  const rows = phases.map(({ name, durationMs }) => {
    const share = percent(durationMs, totalMs);
    return [
      code(name),
      duration(durationMs),
      `${Math.round(share)} %`,
      '█'.repeat(Math.round((share * BAR_WIDTH) / 100)),
    ];
  });
  return table(
    ['Phase', 'Time', 'Share', ''],
    [...rows, ['**Total**', `**${duration(totalMs)}**`, '', '']],
    ['left', 'right', 'right', 'left'],
  );
}

/** The phases as a picture over time, drawn by mermaid. Empty without phases. */
export function timeline(phases: readonly Phase[], totalMs: number): string {
  if (phases.length === 0) return '';
  const tasks = phases.slice(0, TASK_LIMIT).map(({ name, startMs, durationMs }) => {
    // Mermaid draws nothing for a task without a length.
    const length = Math.max(1, Math.round(durationMs));
    return `    ${taskName(name)} ${duration(durationMs)} :${Math.max(0, Math.round(startMs))}, ${length}ms`;
  });
  return fenced(
    [
      'gantt',
      '    dateFormat x',
      // Seconds and milliseconds since 0: clock time would depend on the reader's time zone.
      totalMs < 5_000 ? '    axisFormat %Q ms' : '    axisFormat %s s',
      '    todayMarker off',
      ...tasks,
    ].join('\n'),
    'mermaid',
  );
}

/** Words that begin a statement of a gantt, whatever their case. */
const STATEMENTS =
  /^(?:gantt|title|section|click|call|href|dateformat|axisformat|tickinterval|todaymarker|excludes|includes|inclusiveenddates|topaxis|weekday|weekend|acctitle|accdescr)/i;

/** A name that mermaid reads as text: no colon, semicolon, hash or percent sign, and no word of its own in front. */
function taskName(name: string): string {
  const plain = oneLine(name.replace(/[^\p{L}\p{N} ._-]/gu, ' '), 40).replace('…', '');
  if (plain === '') return 'phase';
  return STATEMENTS.test(plain) ? `the ${plain}` : plain;
}
