import { resolve } from 'node:path';
import { readReports, type StepReport } from '../build/test-reports.ts';
import type { TestOutcome } from '../build/tests.ts';
import type { TestStep } from '../config/config.ts';
import type { Table } from '../report/result.ts';
import type { Context } from './context.ts';

/** Annotations that a runner shows of one kind; the step that failed has one of its own. */
const MOST_ANNOTATIONS = 9;
/** Rows of a table. */
const MOST_ROWS = 50;

/** How a step ended, as a title. */
export const titleOf = ({ name, result, ms }: TestOutcome): string =>
  `test ${name}: ${result} after ${(ms / 1000).toFixed(1)} s`;

/**
 * Tells of the tests that ended: what they printed, each in a group of its own, where it was not shown as it came; and
 * what their reports say, as annotations.
 * @returns tables for the summary; none when no step has a report.
 */
export async function tellTests(
  context: Context,
  steps: readonly TestStep[],
  ended: readonly TestOutcome[],
  shown: boolean,
): Promise<Table[]> {
  const { log, workspace } = context;
  const rows: string[][] = [];
  const failures: string[][] = [];
  let left = MOST_ANNOTATIONS;
  for (const outcome of ended) {
    if (!shown) {
      await log.group(titleOf(outcome), async () => {
        for (const line of outcome.lines) log.info(line);
      });
    }
    const step = steps.find((one) => one.name === outcome.name);
    // What a step that was ended has left may be half a report.
    const reported = step && step.report.length > 0 && outcome.result !== 'ended';
    const report = reported
      ? await readReports(step, workspace, resolve(workspace, step.in), outcome.began)
      : undefined;
    rows.push([outcome.name, outcome.result, ...counts(report), `${(outcome.ms / 1000).toFixed(1)} s`]);
    if (!report) continue;
    for (const trouble of report.troubles) log.warn(trouble);
    for (const fault of report.failures) {
      const place = fault.file ? `${fault.file}:${fault.line}` : '';
      failures.push([outcome.name, place, fault.what]);
      // A step that passed all the same knows what it does.
      if (left-- > 0 && outcome.result === 'failed') log.error(fault);
      else if (left >= 0) log.warn(fault);
      else log.info(`${place} ${fault.what}`.trim());
    }
  }
  if (steps.every((step) => step.report.length === 0)) return [];
  const more = failures.length - MOST_ROWS;
  return [
    { title: 'Tests', head: ['step', 'result', 'tests', 'failed', 'skipped', 'time'], rows },
    ...(failures.length === 0
      ? []
      : [
          {
            title: more > 0 ? `Failed tests (${more} more are in the log)` : 'Failed tests',
            head: ['step', 'where', 'what'],
            rows: failures.slice(0, MOST_ROWS),
          },
        ]),
  ];
}

const counts = (report: StepReport | undefined): string[] =>
  report ? [report.tests, report.failed, report.skipped].map(String) : ['', '', ''];
