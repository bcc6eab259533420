import type { Run } from './action.ts';
import type { LoadReport } from './load.ts';

/** The run went well, and came to this outcome; a failure of the test shows the log. */
export function expectGood(run: Run, outcome = 'deployed'): Run {
  if (run.code !== 0 || run.outputs.outcome !== outcome) {
    throw new Error(`expected ${outcome}, got ${run.outputs.outcome} (exit code ${run.code}):\n${run.log}`);
  }
  expect(run.errors).toEqual([]);
  return run;
}

/** Each request of the load got its right answer; `atLeast` says how many there must have been to mean anything. */
export function expectNothingFailed(report: LoadReport, atLeast = 20): LoadReport {
  expect({ failures: report.failures, first: report.first }).toEqual({ failures: {}, first: [] });
  expect(report.failed).toBe(0);
  expect(report.websockets.broken).toBe(0);
  expect(report.requests).toBeGreaterThanOrEqual(atLeast);
  return report;
}

/** What a fault has to say. */
export interface Expected {
  /** Its code: the title of the annotation. */
  readonly code: string;
  /** What is wrong, where, and the remedy, in this order in one message. */
  readonly says: RegExp;
  /** Last lines of a log, which are shown below the error. */
  readonly evidence?: RegExp;
  readonly outcome?: string;
}

/** The run failed with one clear error and said so everywhere. */
export function expectFailed(run: Run, { code, says, evidence, outcome = 'failed' }: Expected): Run {
  if (run.code !== 1 || run.outputs.outcome !== outcome) {
    throw new Error(`expected ${outcome}, got ${run.outputs.outcome} (exit code ${run.code}):\n${run.log}`);
  }
  expect(run.errors.map((one) => `${one.properties.title}: ${one.message}`)).toHaveLength(1);
  expect(run.errors[0]?.properties.title).toBe(code);
  expect(run.errors[0]?.message).toMatch(says);
  if (evidence) expect(run.log).toMatch(evidence);
  return run;
}
