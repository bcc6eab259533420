import { duration } from './format.ts';
import type { Table } from './result.ts';

/** A change that ended, as the ledger keeps it; times in milliseconds. */
export interface LedgerLine {
  readonly at: string;
  readonly kind: 'deploy' | 'rollback';
  readonly outcome: 'deployed' | 'rolled-back' | 'reverted' | 'failed';
  readonly durationMs: number;
  readonly leadMs?: number | undefined;
}

/** The numbers by which deploying is judged, over a period. Undefined where nothing was there to measure. */
export interface Objectives {
  readonly changes: number;
  readonly deployed: number;
  readonly perDay: number;
  /** Share of deploys that ended live, 0 to 1. */
  readonly successRate: number | undefined;
  /** Share of live deploys that were reverted or rolled back, 0 to 1. */
  readonly changeFailureRate: number | undefined;
  readonly medianDeployMs: number | undefined;
  readonly medianLeadMs: number | undefined;
  readonly medianRollbackMs: number | undefined;
  /** From a bad change to the next good one: median of reverted or failed to the next deployed or rolled-back. */
  readonly medianRestoreMs: number | undefined;
}

/** The seed's goals, to hold the numbers against. */
const GOALS = { deployMs: 180_000, rollbackMs: 30_000, restoreMs: 120_000, successRate: 0.95 };

/** @param from start of the period; lines before it are left out. */
export function objectivesOf(all: readonly LedgerLine[], from: number, to: number): Objectives {
  const lines = all.filter((one) => Date.parse(one.at) >= from && Date.parse(one.at) <= to);
  const deploys = lines.filter((one) => one.kind === 'deploy');
  const live = deploys.filter((one) => one.outcome === 'deployed' || one.outcome === 'reverted');
  const deployed = deploys.filter((one) => one.outcome === 'deployed');
  const backs = lines.filter((one) => one.outcome === 'rolled-back');
  const bad = lines.filter((one) => one.outcome === 'reverted').length + backs.length;
  const restores = lines.flatMap((one, at) => {
    if (one.outcome !== 'reverted' && one.outcome !== 'failed') return [];
    const next = lines
      .slice(at + 1)
      .find((later) => later.outcome === 'deployed' || later.outcome === 'rolled-back');
    return next ? [Date.parse(next.at) - Date.parse(one.at)] : [];
  });
  const share = (part: number, whole: number) => (whole === 0 ? undefined : Math.min(1, part / whole));
  return {
    changes: lines.length,
    deployed: deployed.length,
    perDay: deployed.length / Math.max(1, (to - from) / 86_400_000),
    successRate: share(deployed.length, deploys.length),
    changeFailureRate: share(bad, live.length),
    medianDeployMs: median(deployed.map((one) => one.durationMs)),
    medianLeadMs: median(deployed.flatMap((one) => one.leadMs ?? [])),
    medianRollbackMs: median(backs.map((one) => one.durationMs)),
    medianRestoreMs: median(restores),
  };
}

/** Days that the line of a summary looks back. */
export const DORA_DAYS = 30;

/** The four numbers of DORA in a line of Markdown; those that nothing was measured for are left out. */
export function doraLine(found: Objectives): string {
  const share = (value: number) => `${Math.round(value * 100)} %`;
  const parts = [
    `${found.deployed} deploys (${found.perDay.toFixed(1)} a day)`,
    found.medianLeadMs === undefined ? '' : `lead time ${duration(found.medianLeadMs)}`,
    found.changeFailureRate === undefined ? '' : `change failure rate ${share(found.changeFailureRate)}`,
    found.medianRestoreMs === undefined ? '' : `time to restore ${duration(found.medianRestoreMs)}`,
  ];
  return `Over ${DORA_DAYS} days: ${parts.filter((part) => part !== '').join(' · ')}.`;
}

/** The middle value; of an even number, the lower of the two in the middle. */
export function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

/** The objectives against their goals, and a small chart of what became of the last changes. */
export function objectiveTables(found: Objectives, all: readonly LedgerLine[]): Table[] {
  const percent = (share: number | undefined) =>
    share === undefined ? '-' : `${(share * 100).toFixed(0)} %`;
  const seconds = (ms: number | undefined) => (ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`);
  const met = (value: number | undefined, good: boolean) =>
    value === undefined ? '-' : good ? 'met' : 'missed';
  const under = (value: number | undefined, goal: number) => met(value, value !== undefined && value <= goal);
  const marks = { deployed: '+', 'rolled-back': '<', reverted: '!', failed: 'x' };
  const chart = all
    .slice(-60)
    .map((one) => marks[one.outcome])
    .join('');
  return [
    {
      title: 'Objectives',
      head: ['objective', 'value', 'goal', ''],
      rows: [
        ['deploys', `${found.deployed} (${found.perDay.toFixed(1)} a day)`, '', ''],
        [
          'time of a deploy (median)',
          seconds(found.medianDeployMs),
          '180 s',
          under(found.medianDeployMs, GOALS.deployMs),
        ],
        [
          'success without a hand',
          percent(found.successRate),
          '95 %',
          met(found.successRate, (found.successRate ?? 0) >= GOALS.successRate),
        ],
        ['change failure rate', percent(found.changeFailureRate), '', ''],
        ['lead time, commit to live (median)', seconds(found.medianLeadMs), '', ''],
        [
          'time of a rollback (median)',
          seconds(found.medianRollbackMs),
          '30 s',
          under(found.medianRollbackMs, GOALS.rollbackMs),
        ],
        [
          'time to restore (median)',
          seconds(found.medianRestoreMs),
          '120 s',
          under(found.medianRestoreMs, GOALS.restoreMs),
        ],
      ],
    },
    {
      title: 'The last changes, oldest first',
      head: ['+ deployed, < rolled back, ! reverted, x failed'],
      rows: [[chart || '-']],
    },
  ];
}
