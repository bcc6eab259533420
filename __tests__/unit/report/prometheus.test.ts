import { readFileSync } from 'node:fs';
import { FAMILIES, isMeasured, MEASURED, prometheusText } from '../../../src/report/prometheus.ts';
import type { Result } from '../../../src/report/result.ts';
import { deployed, failed, reverted, rolledBack, status, unknown } from './results.ts';

const AT = Date.UTC(2025, 0, 2, 10, 15);
const OBJECTIVES = {
  changes: 4,
  deployed: 3,
  perDay: 0.1,
  successRate: 0.75,
  changeFailureRate: 0.25,
  medianDeployMs: 20_000,
  medianLeadMs: 90_500,
  medianRollbackMs: 640,
  medianRestoreMs: 12_000,
};
const full: Result = { ...deployed, objectives: OBJECTIVES };
const EDGE = { slots: [{ slot: 'slot7', color: 'green', service: 'nginx' }], expiresAt: AT };

/** Series -> value, and family -> type. */
function read(text: string) {
  const lines = text.split('\n');
  const matches = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.slice(1) ?? []);
  const pairs = (flat: string[]) =>
    Object.fromEntries(flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1] ?? '']] : [])));
  return {
    values: pairs(matches(/^(\w+\{.*\}) (\S+)$/)),
    types: pairs(matches(/^# TYPE (\w+) (\w+)$/)),
    helps: Object.keys(pairs(matches(/^# HELP (\w+) (.+)$/))),
  };
}

test('every family has its help, its type and its labels, in seconds and shares', () => {
  const { values, types, helps } = read(prometheusText(full, AT, EDGE));
  const names = FAMILIES.map(({ name }) => name);
  expect(Object.keys(types)).toEqual(names);
  expect(helps).toEqual(names);
  expect(new Set(Object.values(types))).toEqual(new Set(['gauge']));
  const of = 'app="restaurant",environment="production"';
  expect(values).toMatchObject({
    [`restaurant_deploy_timestamp_seconds{${of}}`]: String(AT / 1000),
    [`restaurant_deploy_outcome{${of},outcome="deployed"}`]: '1',
    [`restaurant_deploy_outcome{${of},outcome="failed"}`]: '0',
    [`restaurant_deploy_duration_seconds{${of},outcome="deployed"}`]: '20',
    [`restaurant_deploy_phase_duration_seconds{${of},phase="switch"}`]: '0.05',
    [`restaurant_deploy_downtime_seconds{${of}}`]: '0',
    [`restaurant_deploy_requests{${of}}`]: '12345',
    [`restaurant_deploy_active_color{${of},color="green"}`]: '1',
    [`restaurant_deploy_active_color{${of},color="blue"}`]: '0',
    [`restaurant_deploy_slot{${of},proxy="slot7",color="green",service="nginx"}`]: '1',
    [`restaurant_deploy_certificate_expiry_timestamp_seconds{${of}}`]: String(AT / 1000),
    [`restaurant_deploy_dora_lead_time_seconds{${of}}`]: '90.5',
    [`restaurant_deploy_dora_change_failure_ratio{${of}}`]: '0.25',
  });
});

test.each([deployed, failed, reverted, rolledBack])('$outcome is the one outcome that is 1', (result) => {
  const { values } = read(prometheusText(result, AT));
  const outcomes = Object.entries(values).filter(([series]) =>
    series.startsWith('restaurant_deploy_outcome{'),
  );
  expect(outcomes).toHaveLength(MEASURED.length);
  expect(outcomes.filter(([, value]) => value === '1').map(([series]) => series)).toEqual([
    expect.stringContaining(`outcome="${result.outcome}"`),
  ]);
});

test('what is not known has no series, and no family of its own', () => {
  const { requests, failedRequests, downtimeMs, color, ...rest } = failed;
  const text = prometheusText({ ...rest, phases: [] }, AT);
  expect(text).not.toMatch(/dora|requests|downtime|color|slot|phase|undefined|NaN/);
  expect(text).toMatch(/\n$/);
  expect(text).not.toContain('\n\n');
});

test('a phase that comes twice is one series', () => {
  const phases = [
    { name: 'push', startMs: 0, durationMs: 1_000 },
    { name: 'push', startMs: 5_000, durationMs: 500 },
  ];
  const { values } = read(prometheusText({ ...deployed, phases }, AT));
  const found = Object.entries(values).filter(([series]) => series.includes('phase='));
  expect(found.map(([, value]) => value)).toEqual(['1.5']);
});

test('no label holds what grows with time: a release, a version, a URL or a message', () => {
  const text = prometheusText(full, AT, EDGE) + prometheusText(failed, AT);
  for (const value of [deployed.release, deployed.previousRelease, 'v2.1', 'https://', 'health-400'])
    expect(text).not.toContain(value);
  const labels = [...text.matchAll(/(\w+)="/g)].map(([, name]) => name);
  expect([...new Set(labels)].sort()).toEqual(
    ['app', 'color', 'environment', 'outcome', 'phase', 'proxy', 'service'].sort(),
  );
});

test('a label may hold anything', () => {
  const phases = [{ name: 'test "a\\b"\n}', startMs: 0, durationMs: 1 }];
  expect(prometheusText({ ...deployed, phases }, AT)).toContain('phase="test \\"a\\\\b\\"\\n}"} 0.001\n');
});

test('a look is no change, nor is a run that did not get as far as its app', () => {
  expect([deployed, failed, reverted, rolledBack].map(isMeasured)).toEqual([true, true, true, true]);
  expect([status, unknown].map(isMeasured)).toEqual([false, false]);
  expect(isMeasured({ ...deployed, command: 'preview' })).toBe(false);
});

test('docs/metrics.md lists every metric, and none that there is not', () => {
  const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `(restaurant_deploy_\w+)` \|/gm)].map(([, name]) => name);
  expect(listed).toEqual(FAMILIES.map(({ name }) => name));
});
