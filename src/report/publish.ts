import { randomUUID } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { consoleOf } from './console.ts';
import { metricsOf } from './metrics.ts';
import { outputsOf } from './outputs.ts';
import type { Result } from './result.ts';
import { summaryOf } from './summary.ts';

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
  if (action && summary) attempt('The summary', () => appendFileSync(summary, summaryOf(result)));
}
