import type { Facts } from '../../../src/deploy/facts.ts';
import { pathsOf } from '../../../src/deploy/paths.ts';
import type { Entry, Journal, Release, State } from '../../../src/deploy/records.ts';
import { EMPTY_EDGE } from '../../../src/edge/state.ts';

/** Records of a server, complete, with what a test wants to be different. */
export const NOW = Date.parse('2026-01-02T03:04:05Z');

export const release = (id: string, more: Partial<Release> = {}): Release => ({
  id,
  app: 'shop',
  environment: 'production',
  version: `v-${id}`,
  commit: '',
  createdAt: `2026-01-01T00:00:00.000Z`,
  fingerprint: id,
  routes: [
    {
      hosts: ['www.example.com'],
      service: 'web',
      port: 80,
      health: { path: '/health', intervalMs: 250, inARow: 3, deadlineMs: 60_000 },
      tls: false,
      redirect: false,
    },
  ],
  targets: {
    blue: [{ service: 'web', connect: 'web', alias: 'shop-production-blue-web', port: 80, replicas: 1 }],
    green: [{ service: 'web', connect: 'web', alias: 'shop-production-green-web', port: 80, replicas: 1 }],
  },
  images: {},
  env: {},
  drainMs: 0,
  standby: 'stopped',
  standbyMs: 0,
  migrated: false,
  ...more,
});

export const entry = (id: string, more: Partial<Entry> = {}): Entry => ({
  at: '2026-01-01T00:00:00.000Z',
  kind: 'deploy',
  outcome: 'deployed',
  release: id,
  version: `v-${id}`,
  color: 'blue',
  by: 'maria',
  run: 'local',
  durationMs: 1,
  migrated: false,
  ...more,
});

export const journal = (more: Partial<Journal> = {}): Journal => ({
  kind: 'deploy',
  release: 'r2',
  color: 'green',
  from: { color: 'blue', release: 'r1' },
  at: '2026-01-02T03:00:00.000Z',
  by: 'maria',
  run: 'https://example.com/runs/2',
  ...more,
});

export const state = (more: Partial<State> = {}): State => ({
  active: 'blue',
  colors: { blue: { release: 'r1', since: '2026-01-01T00:00:00.000Z' } },
  by: 'maria',
  run: 'local',
  ...more,
});

export const facts = (
  more: Omit<Partial<Facts>, 'edge'> & { edge?: Partial<Facts['edge']> } = {},
): Facts => ({
  paths: pathsOf('/home/deploy', 'shop', 'production'),
  uid: 1000,
  architecture: 'x86_64',
  machine: { system: 'Linux', client: '/usr/bin/docker', podman: false, closed: [] },
  engine: '26.1.5',
  engineIs: { os: 'linux', architecture: 'amd64', parts: 'Engine,containerd,runc,docker-init,' },
  engineSaid: '',
  compose: '2.26.1',
  freeBytes: 1e12,
  availableBytes: 1e10,
  clockMs: NOW,
  dockerSocket: true,
  state: undefined,
  journal: undefined,
  ledger: [],
  releases: [],
  sharedSum: '',
  images: new Map(),
  containers: [],
  ...more,
  edge: {
    state: EMPTY_EDGE,
    seen: '',
    running: true,
    active: new Map(),
    listening: [],
    publishers: [],
    ...more.edge,
  },
});
