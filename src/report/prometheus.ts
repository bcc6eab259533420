import { DORA_DAYS } from './objectives.ts';
import type { Outcome, Result } from './result.ts';

/** How a change can end; what a state set has a series for each of. */
export const MEASURED = [
  'deployed',
  'unchanged',
  'rolled-back',
  'reverted',
  'failed',
] as const satisfies Outcome[];

/** Whether a result is that of a change, which has numbers worth keeping; a look has none. */
export const isMeasured = ({ command, outcome, app }: Result): boolean =>
  app !== '' &&
  (command === 'deploy' || command === 'rollback') &&
  (MEASURED as readonly Outcome[]).includes(outcome);

/** What is known on a server alone. */
export interface EdgeFacts {
  /** The environment's slots, and what stands behind them. */
  readonly slots: readonly { readonly slot: string; readonly color: string; readonly service: string }[];
  /** When the first of its certificates ends, in milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}
const NO_EDGE: EdgeFacts = { slots: [], expiresAt: undefined };

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number | undefined;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: (result: Result, at: number, edge: EdgeFacts) => readonly Sample[];
}

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
const one = (value: number | undefined): readonly Sample[] => [{ value }];

/**
 * Every metric there is; docs/metrics.md lists the same. All are gauges: they tell of the last change, and a change is
 * an event, which no process lives on to count. Each has the labels app and environment besides its own; all of their
 * values come from deploy.yml or from a fixed list, so that the number of series does not grow with time.
 */
export const FAMILIES: readonly Family[] = [
  {
    name: 'restaurant_deploy_timestamp_seconds',
    help: 'When the last change ended, in seconds since 1970.',
    samples: (_, at) => one(at / 1000),
  },
  {
    name: 'restaurant_deploy_outcome',
    help: 'How the last change ended: 1 for what it was, 0 for all else.',
    samples: ({ outcome }) =>
      MEASURED.map((name) => ({ labels: { outcome: name }, value: name === outcome ? 1 : 0 })),
  },
  {
    name: 'restaurant_deploy_duration_seconds',
    help: 'How long the last change took.',
    samples: ({ outcome, durationMs }) => [{ labels: { outcome }, value: seconds(durationMs) }],
  },
  {
    name: 'restaurant_deploy_phase_duration_seconds',
    help: 'How long each phase of the last change took. Phases can run side by side.',
    samples: ({ phases }) =>
      [...Map.groupBy(phases, ({ name }) => name)].map(([phase, all]) => ({
        labels: { phase },
        value: seconds(all.reduce((sum, { durationMs }) => sum + durationMs, 0)),
      })),
  },
  {
    name: 'restaurant_deploy_downtime_seconds',
    help: 'How long no color could answer during the last change.',
    samples: ({ downtimeMs }) => one(seconds(downtimeMs)),
  },
  {
    name: 'restaurant_deploy_requests',
    help: 'Requests that the edge answered during the last change.',
    samples: ({ requests }) => one(requests),
  },
  {
    name: 'restaurant_deploy_failed_requests',
    help: 'Requests that failed during the last change.',
    samples: ({ failedRequests }) => one(failedRequests),
  },
  {
    name: 'restaurant_deploy_active_color',
    help: 'Which color serves after the last change: 1 for that one, 0 for the other.',
    samples: ({ color }) =>
      color === undefined
        ? []
        : ['blue', 'green'].map((name) => ({ labels: { color: name }, value: name === color ? 1 : 0 })),
  },
  {
    name: 'restaurant_deploy_slot',
    help: 'Which slot of the edge (its label proxy) belongs to which color and service; always 1.',
    samples: (_result, _at, { slots }) =>
      slots.map(({ slot, color, service }) => ({ labels: { proxy: slot, color, service }, value: 1 })),
  },
  {
    name: 'restaurant_deploy_certificate_expiry_timestamp_seconds',
    help: 'When the first certificate of the environment ends, in seconds since 1970.',
    samples: (_result, _at, { expiresAt }) => one(seconds(expiresAt)),
  },
  {
    name: 'restaurant_deploy_dora_deploys',
    help: `Deploys that went live in the last ${DORA_DAYS} days.`,
    samples: ({ objectives }) => one(objectives?.deployed),
  },
  {
    name: 'restaurant_deploy_dora_lead_time_seconds',
    help: `From commit to live, median of the last ${DORA_DAYS} days.`,
    samples: ({ objectives }) => one(seconds(objectives?.medianLeadMs)),
  },
  {
    name: 'restaurant_deploy_dora_change_failure_ratio',
    help: `Share of live deploys that were reverted or rolled back in the last ${DORA_DAYS} days, 0 to 1.`,
    samples: ({ objectives }) => one(objectives?.changeFailureRate),
  },
  {
    name: 'restaurant_deploy_dora_restore_seconds',
    help: `From a bad change to the next good one, median of the last ${DORA_DAYS} days.`,
    samples: ({ objectives }) => one(seconds(objectives?.medianRestoreMs)),
  },
  {
    name: 'restaurant_deploy_dora_rollback_seconds',
    help: `How long a rollback took, median of the last ${DORA_DAYS} days.`,
    samples: ({ objectives }) => one(seconds(objectives?.medianRollbackMs)),
  },
  {
    name: 'restaurant_deploy_dora_success_ratio',
    help: `Share of deploys that ended live in the last ${DORA_DAYS} days, 0 to 1.`,
    samples: ({ objectives }) => one(objectives?.successRate),
  },
];

/**
 * A change as Prometheus' text format, version 0.0.4. What is not known has no series.
 * @param at when the change ended, in milliseconds since 1970.
 */
export function prometheusText(result: Result, at: number, edge: EdgeFacts = NO_EDGE): string {
  const { app, environment } = result;
  const lines = FAMILIES.flatMap(({ name, help, samples }) => {
    const known = samples(result, at, edge).filter(({ value }) => Number.isFinite(value));
    if (known.length === 0) return [];
    return [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      ...known.map(
        ({ labels = {}, value }) => `${name}{${labelled({ app, environment, ...labels })}} ${value}`,
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}

const labelled = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
    .join(',');
