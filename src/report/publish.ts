import { randomUUID } from 'node:crypto';
import { appendFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { consoleOf } from './console.ts';
import { metricsOf } from './metrics.ts';
import { outputsOf } from './outputs.ts';
import type { Result } from './result.ts';
import { SUMMARY_LIMIT, summaryOf, wholeSummary } from './summary.ts';

/** Tells the result: outputs first, then the log's end, then the summary. It can not fail a run. */
export function publish(result: Result, log: Log, action: boolean): void {
  const attempt = (what: string, work: () => void) => {
    try {
      work();
    } catch (error) {
      log.warn({ code: 'report', what: `${what} could not be written: ${messageOf(error)}` });
    }
  };
  if (action) {
    attempt('The outputs', () => {
      const path = join(process.env.RUNNER_TEMP || '/tmp', `restaurant-deploy-${randomUUID()}.json`);
      writeFileSync(path, `${JSON.stringify(metricsOf(result), null, 1)}\n`, { mode: 0o600 });
      for (const [name, value] of Object.entries(outputsOf(result, path))) core.setOutput(name, value);
    });
  }
  for (const fault of result.faults) log.error(fault);
  for (const line of consoleOf(result)) log.info(line);
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (action && summary) attempt('The summary', () => writeSummary(summary, result, log));
}

/** What GitHub takes for one step, the bytes that are there already included. */
const MOST_BYTES = 1024 * 1024;

/** Measured, since GitHub drops a summary that is too long whole. What does not fit stands whole in a file beside it. */
function writeSummary(path: string, result: Result, log: Log): void {
  const there = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const limit = Math.min(SUMMARY_LIMIT, MOST_BYTES - there);
  const whole = wholeSummary(result, limit);
  if (whole === undefined) {
    appendFileSync(path, summaryOf(result, limit));
    return;
  }
  const file = join(process.env.RUNNER_TEMP || '/tmp', `restaurant-deploy-${randomUUID()}.md`);
  writeFileSync(file, whole, { mode: 0o600 });
  log.info(`the summary was cut; it is whole in ${file}, for actions/upload-artifact`);
  const notice = `\nThis summary was cut. It is whole in \`${file}\` on the runner, for actions/upload-artifact.\n`;
  const cut = summaryOf(result, limit - Buffer.byteLength(notice));
  // Not even the head fits: nothing is better than all of the step's summary dropped.
  if (Buffer.byteLength(cut + notice) <= limit) appendFileSync(path, cut + notice);
}
