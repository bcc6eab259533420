import type { Result } from './result.ts';

/** The outputs of the action by name, as action.yml describes them; empty where there is nothing to say. */
export function outputsOf(result: Result, metricsPath = ''): Record<string, string> {
  const number = (value: number | undefined) => (value === undefined ? '' : String(Math.round(value)));
  return {
    outcome: result.outcome,
    release: result.release ?? '',
    'previous-release': result.previousRelease ?? '',
    color: result.color ?? '',
    environment: result.environment,
    url: result.url ?? '',
    'duration-ms': number(result.durationMs),
    'downtime-ms': number(result.downtimeMs),
    requests: number(result.requests),
    'failed-requests': number(result.failedRequests),
    metrics: metricsPath,
    images: result.images ? JSON.stringify(result.images) : '',
    rollback: result.rollback ?? '',
  };
}
