import type { Fault } from '../errors.ts';
import { duration, printable, thousands } from './format.ts';
import { code, details, fenced, link, table, text } from './markdown.ts';
import { doraLine } from './objectives.ts';
import { changesText, ICONS } from './parts.ts';
import type { Result, Table } from './result.ts';
import { phasesTable, timeline } from './timeline.ts';
import { headline, type Style, standing, wentWrong } from './words.ts';

/** GitHub drops a summary over 1 MiB (1,048,576 bytes) whole; this stays below it, in bytes of UTF-8. */
export const SUMMARY_LIMIT = 1_000_000;

const FAULT_LIMIT = 20;
/** Bytes that the frame of a piece of evidence may take: the details around it, two fences, the notice of a cut. */
const EVIDENCE_FRAME = 400;

const MARKDOWN: Style = { name: code, url: link };

interface Section {
  readonly title: string;
  readonly body: string;
}

/**
 * The step summary as Markdown, what a tired person needs first: how it ended and what serves, what is wrong and the
 * remedy, the way back; then what changed and where the time went. At most `limit` bytes: logs are cut first, from
 * their beginning, then sections are left out from the end, and both are said.
 */
export function summaryOf(result: Result, limit = SUMMARY_LIMIT): string {
  const without = written(sectionsOf(result, 0));
  const pieces = result.faults.slice(0, FAULT_LIMIT).filter(({ evidence }) => evidence).length;
  const room = limit - bytes(without) - pieces * EVIDENCE_FRAME;
  return fitted(sectionsOf(result, Math.max(0, room)), limit);
}

/** The same without a limit, for a file beside the summary; undefined when the summary is whole. */
export function wholeSummary(result: Result, limit = SUMMARY_LIMIT): string | undefined {
  const whole = summaryOf(result, Number.MAX_SAFE_INTEGER);
  return bytes(whole) > limit ? whole : undefined;
}

function sectionsOf(result: Result, evidenceBytes: number): Section[] {
  const { faults, rollback, rollbackWorkflow, changes, tables = [], phases, durationMs } = result;
  const sections: Section[] = [
    { title: '', body: head(result) },
    { title: 'What is wrong', body: faultsText(faults, evidenceBytes) },
    { title: 'The way back', body: rollback ? wayBack(rollback, rollbackWorkflow) : '' },
    { title: 'What changed', body: changes ? changesText(changes) : '' },
    ...tables.map((one) => ({ title: text(one.title), body: tableText(one) })),
    {
      title: 'Where the time went',
      body:
        phases.length === 0
          ? ''
          : `${phasesTable(phases, durationMs)}\n\n${details('Timeline', timeline(phases, durationMs))}`,
    },
  ];
  return sections.filter(({ body }) => body !== '');
}

function head(result: Result): string {
  const stands = standing(result, MARKDOWN);
  const parts = [
    `## ${ICONS[result.outcome]} ${headline(result, MARKDOWN)}`,
    // What goes on serving is the first thing to know when a change did not work out.
    wentWrong(result) ? `**${stands}**` : stands,
    result.attempted ? `The release that did not make it: ${code(result.attempted)}.` : '',
    numbers(result),
    result.objectives ? doraLine(result.objectives) : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function numbers({ requests, failedRequests: failed, downtimeMs, durationMs }: Result): string {
  const counted = (value: number, shown: string) => `${value > 0 ? '⚠️ ' : ''}**${shown}**`;
  const all = requests === undefined ? '' : `${thousands(requests)} requests`;
  const parts = [
    failed === undefined ? all : `${counted(failed, thousands(failed))} failed${all && ` of ${all}`}`,
    downtimeMs === undefined ? '' : `${counted(downtimeMs, duration(downtimeMs))} down`,
    `**${duration(durationMs)}** in all`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** By a workflow of the repository, its form filled in as far as GitHub lets a link or a command do that; by hand. */
function wayBack(rollback: string, workflow: Result['rollbackWorkflow']): string {
  if (!workflow) return fenced(rollback, 'sh');
  const fields = Object.entries(workflow.inputs).map(([name, value]) => `${code(name)}: ${code(value)}`);
  const form = fields.length > 0 ? `, with ${fields.join(' and ')}` : '';
  return [
    `${link(workflow.url)}: "Run workflow"${form}. The same as a command, and without GitHub:`,
    fenced(`${workflow.command}\n${rollback}`, 'sh'),
  ].join('\n\n');
}

function faultsText(faults: readonly Fault[], evidenceBytes: number): string {
  const shown = faults.slice(0, FAULT_LIMIT);
  const cuts = shares(
    shown.map(({ evidence }) => bytes(printable(evidence ?? ''))),
    evidenceBytes,
  );
  const parts = shown.map((fault, index) => faultText(fault, cuts[index] ?? 0));
  const more = faults.length - shown.length;
  if (more > 0) parts.push(`… and ${more} more, all of them in the log.`);
  return parts.join('\n\n');
}

function faultText(
  { code: id, what, where, remedy, file, line, column, evidence }: Fault,
  room: number,
): string {
  const place = file ? [file, line, column].filter((part) => part !== undefined).join(':') : where;
  const parts = [`**${code(id)}**${place ? ` at ${code(place)}` : ''}: ${text(what)}`];
  if (remedy) parts.push(`**Remedy:** ${text(remedy)}`);
  if (evidence) parts.push(details('Log', fenced(endOf(printable(evidence), room))));
  return parts.join('\n\n');
}

const tableText = ({ head: heads, rows }: Table): string =>
  heads.length === 0
    ? ''
    : table(
        heads.map(text),
        rows.map((row) => row.map(text)),
      );

const bytes = (value: string): number => Buffer.byteLength(value);

/** The end of a text in at most `room` bytes, whole lines where it can be, with a first line that tells of the cut. */
function endOf(value: string, room: number): string {
  const all = Buffer.from(value);
  if (all.length <= room) return value;
  let start = all.length - room;
  // A character is not cut in its middle.
  while (start < all.length && ((all[start] ?? 0) & 0xc0) === 0x80) start += 1;
  const lineEnd = all.subarray(0, -1).indexOf('\n', start);
  if (lineEnd !== -1) start = lineEnd + 1;
  return `[the first ${thousands(start)} bytes were cut; the log of the run has them]\n${all.toString('utf8', start)}`;
}

/** Divides `room` among what asks for it: who asks for less than an equal part leaves the rest to the others. */
function shares(wanted: readonly number[], room: number): number[] {
  const granted = wanted.map(() => 0);
  let left = room;
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  order.forEach((index, done) => {
    const part = Math.min(wanted[index] ?? 0, Math.floor(left / (order.length - done)));
    granted[index] = part;
    left -= part;
  });
  return granted;
}

const writtenSection = ({ title, body }: Section): string =>
  title === '' ? body : `### ${title}\n\n${body}`;

const written = (sections: readonly Section[]): string => `${sections.map(writtenSection).join('\n\n')}\n`;

/** Leaves out, from the end, what does not fit. */
function fitted(sections: readonly Section[], limit: number): string {
  const kept = [...sections];
  let left = 0;
  let summary = written(kept);
  while (bytes(summary) > limit && kept.length > 1) {
    kept.pop();
    left += 1;
    const notice = `${left === 1 ? 'One section was' : `${left} sections were`} left out: the summary would be too long.`;
    summary = written([...kept, { title: '', body: notice }]);
  }
  return summary;
}
