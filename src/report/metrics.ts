import type { Result } from './result.ts';

/**
 * Every number of a run, as the file that the output `metrics` names. Keys always stand in this order and are never
 * missing: what is not known is null. A key that is added leaves `schema_version`, one that changes raises it.
 */
export interface Metrics {
  readonly schema_version: 1;
  readonly command: string;
  readonly outcome: string;
  readonly app: string;
  readonly environment: string;
  readonly release: string | null;
  readonly previous_release: string | null;
  readonly attempted_release: string | null;
  readonly version: string | null;
  readonly color: string | null;
  readonly duration_ms: number;
  readonly downtime_ms: number | null;
  readonly requests: number | null;
  readonly failed_requests: number | null;
  readonly phases: readonly {
    readonly name: string;
    readonly start_ms: number;
    readonly duration_ms: number;
  }[];
  readonly changed_images: number | null;
  readonly added_variables: number | null;
  readonly removed_variables: number | null;
  readonly changed_variables: number | null;
  /** Codes of the faults, as docs/troubleshooting.md has them. */
  readonly faults: readonly string[];
  /** What `status` and `report` tell, as data. */
  readonly data: unknown;
}

/** What a run was about, as each file and message of ours names it; what is not known is null. */
export const subjectOf = (result: Result) => ({
  command: result.command,
  outcome: result.outcome,
  app: result.app,
  environment: result.environment,
  release: result.release ?? null,
  previous_release: result.previousRelease ?? null,
  attempted_release: result.attempted ?? null,
  version: result.version ?? null,
  color: result.color ?? null,
});

/** The numbers of a run; times in whole milliseconds. */
export function metricsOf(result: Result): Metrics {
  const { changes, downtimeMs } = result;
  return {
    schema_version: 1,
    ...subjectOf(result),
    duration_ms: Math.round(result.durationMs),
    downtime_ms: downtimeMs === undefined ? null : Math.round(downtimeMs),
    requests: result.requests ?? null,
    failed_requests: result.failedRequests ?? null,
    phases: result.phases.map(({ name, startMs, durationMs }) => ({
      name,
      start_ms: Math.round(startMs),
      duration_ms: Math.round(durationMs),
    })),
    changed_images: changes?.images.length ?? null,
    added_variables: changes?.env.added.length ?? null,
    removed_variables: changes?.env.removed.length ?? null,
    changed_variables: changes?.env.changed.length ?? null,
    faults: result.faults.map(({ code }) => code),
    data: result.data ?? null,
  };
}
