import type { Phase, Result } from '../../../src/report/result.ts';

/** Phases one after another, as a pipeline has them. */
export function inARow(...lengths: readonly (readonly [name: string, ms: number])[]): Phase[] {
  let startMs = 0;
  return lengths.map(([name, durationMs]) => {
    const phase = { name, startMs, durationMs };
    startMs += durationMs;
    return phase;
  });
}

const PRODUCTION = { app: 'restaurant', environment: 'production' } as const;
const OLD = '20250101-090000-1a2b';
const NEW = '20250102-101500-9f3c';
const URL = 'https://restaurant.example.com';

export const deployed: Result = {
  ...PRODUCTION,
  command: 'deploy',
  outcome: 'deployed',
  durationMs: 20_000,
  phases: inARow(['connect', 1_000], ['prepare', 12_000], ['check', 6_000], ['switch', 50]),
  faults: [],
  release: NEW,
  previousRelease: OLD,
  version: 'v2.1',
  color: 'green',
  url: URL,
  requests: 12_345,
  failedRequests: 0,
  downtimeMs: 0,
  rollback: `restaurant-deploy rollback --environment production --release ${OLD}`,
  changes: {
    images: [
      { service: 'app', from: 'restaurant/app:aaaa', to: 'restaurant/app:bbbb' },
      { service: 'nginx', from: '', to: `nginx@sha256:${'ab'.repeat(32)}` },
    ],
    env: { added: ['CACHE_URL'], removed: [], changed: ['DJANGO_SECRET_KEY', 'DOMAIN_NAME'] },
  },
};

export const first: Result = {
  ...PRODUCTION,
  command: 'deploy',
  outcome: 'deployed',
  durationMs: 95_000,
  phases: [],
  faults: [],
  release: NEW,
  version: NEW,
  color: 'blue',
  url: URL,
  requests: 0,
  failedRequests: 0,
  downtimeMs: 0,
  changes: { images: [], env: { added: [], removed: [], changed: [] } },
};

export const unchanged: Result = {
  ...PRODUCTION,
  command: 'deploy',
  outcome: 'unchanged',
  durationMs: 950,
  phases: [],
  faults: [],
  release: OLD,
  previousRelease: OLD,
  color: 'blue',
  url: URL,
};

export const failed: Result = {
  ...PRODUCTION,
  command: 'deploy',
  outcome: 'failed',
  durationMs: 75_000,
  phases: inARow(['start', 15_000], ['check', 60_000]),
  faults: [
    {
      code: 'health-400',
      where: 'service nginx',
      what: 'The new release never answered /health well for restaurant.example.com: it answers 400 "Bad Request".',
      remedy: 'Allow the hostname in ALLOWED_HOSTS, or mend DOMAIN_NAME.',
      evidence: 'app-1  | Invalid HTTP_HOST header\napp-1  | ``` </details>',
    },
  ],
  release: OLD,
  previousRelease: OLD,
  attempted: NEW,
  version: 'v2.1',
  color: 'blue',
  url: URL,
  requests: 800,
  failedRequests: 0,
  downtimeMs: 0,
};

export const reverted: Result = {
  ...failed,
  outcome: 'reverted',
  phases: [],
  faults: [{ code: 'observe-breach', where: 'server 1', what: '9 of 100 answers failed.' }],
  requests: 1_100,
  failedRequests: 9,
  downtimeMs: 1_500,
};

export const rolledBack: Result = {
  ...PRODUCTION,
  command: 'rollback',
  outcome: 'rolled-back',
  durationMs: 640,
  phases: [],
  faults: [],
  release: OLD,
  previousRelease: NEW,
  color: 'blue',
  requests: 25,
  failedRequests: 0,
  downtimeMs: 0,
  rollback: `restaurant-deploy rollback --release ${NEW}`,
};

export const status: Result = {
  ...PRODUCTION,
  command: 'status',
  outcome: 'done',
  durationMs: 400,
  phases: [],
  faults: [],
  release: OLD,
  color: 'blue',
  url: URL,
  tables: [
    {
      title: 'Containers',
      head: ['Service', 'Color', 'State'],
      rows: [
        ['app', 'blue', 'Up 3 minutes (healthy)'],
        ['db', 'shared', 'Up 2 days'],
      ],
    },
  ],
  data: { active: 'blue' },
};

/** It did not get as far as reading the config. */
export const unknown: Result = {
  command: 'deploy',
  app: '',
  environment: 'production',
  outcome: 'failed',
  durationMs: 12,
  phases: [],
  faults: [
    {
      code: 'config-key',
      what: 'There is no key "rout".',
      remedy: 'Write routes.',
      file: 'deploy.yml',
      line: 3,
      column: 1,
    },
  ],
};
