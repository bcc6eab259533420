/** What the edge counted for one slot since it started. */
export interface SlotStats {
  readonly requests: number;
  /** Answers with a 5xx status, the edge's own 502 to 504 among them. */
  readonly errors: number;
  /** Answers that the app cut in the middle. */
  readonly cut: number;
  /** Sessions open now, WebSockets included. */
  readonly sessions: number;
  /** Average time to the answer over the last 1,024 requests, in milliseconds. */
  readonly responseMs: number;
}

export const NO_STATS: SlotStats = { requests: 0, errors: 0, cut: 0, sessions: 0, responseMs: 0 };

/** The runtime command that reads one backend's counters. */
export const statCommand = (slot: string): string => `show stat ${slot} 2 -1`;

/**
 * Reads the CSV of `show stat` for one backend.
 * Fields: HAProxy Management Guide, section 9.1.
 * @throws Error when the edge answered something else.
 */
export function readStats(csv: string): SlotStats {
  const [head = '', row = ''] = csv.split('\n');
  const names = head.replace(/^# /, '').split(',');
  const cells = row.split(',');
  if (!names.includes('hrsp_5xx') || row === '') throw new Error(`no statistics: ${csv.slice(0, 80)}`);
  const at = (name: string) => Number(cells[names.indexOf(name)] || 0);
  return {
    requests: at('req_tot'),
    errors: at('hrsp_5xx'),
    cut: at('srv_abrt'),
    sessions: at('scur'),
    responseMs: at('rtime'),
  };
}

/** What happened between two readings. A restart of the edge begins anew at zero: then all of it is new. */
export function since(before: SlotStats, now: SlotStats): SlotStats {
  const counters = ['requests', 'errors', 'cut'] as const;
  const { requests, errors, cut } = counters.some((key) => now[key] < before[key]) ? NO_STATS : before;
  return { ...now, requests: now.requests - requests, errors: now.errors - errors, cut: now.cut - cut };
}
