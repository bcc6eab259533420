import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { outputsOf } from '../../../src/report/outputs.ts';
import { deployed, failed, unknown } from './results.ts';

test('a deploy fills every output', () => {
  expect(outputsOf(deployed, '/tmp/metrics.json')).toEqual({
    outcome: 'deployed',
    release: '20250102-101500-9f3c',
    'previous-release': '20250101-090000-1a2b',
    color: 'green',
    environment: 'production',
    url: 'https://restaurant.example.com',
    'duration-ms': '20000',
    'downtime-ms': '0',
    requests: '12345',
    'failed-requests': '0',
    metrics: '/tmp/metrics.json',
    images: '',
    rollback: 'restaurant-deploy rollback --environment production --release 20250101-090000-1a2b',
  });
});

test('the outputs are those that action.yml declares, whatever is known', () => {
  const action = parse(readFileSync('action.yml', 'utf8')) as { outputs: Record<string, unknown> };
  for (const result of [deployed, failed, unknown]) {
    expect(Object.keys(outputsOf(result))).toEqual(Object.keys(action.outputs));
  }
});

test('what is not known is empty, not zero', () => {
  expect(outputsOf(unknown)).toEqual({
    outcome: 'failed',
    release: '',
    'previous-release': '',
    color: '',
    environment: 'production',
    url: '',
    'duration-ms': '12',
    'downtime-ms': '',
    requests: '',
    'failed-requests': '',
    metrics: '',
    images: '',
    rollback: '',
  });
});

test('the release is the one that is live, not the one that failed', () => {
  expect(outputsOf(failed).release).toBe('20250101-090000-1a2b');
});

test('times are whole milliseconds', () => {
  expect(outputsOf({ ...deployed, durationMs: 12.6, downtimeMs: 0.2 })).toMatchObject({
    'duration-ms': '13',
    'downtime-ms': '0',
  });
});

test('no host gets in from faults, tables or data', () => {
  const host = 'deploy@203.0.113.7';
  const result = {
    ...failed,
    faults: [{ code: 'a', what: host, where: host, remedy: host, evidence: host }],
    tables: [{ title: host, head: [host], rows: [[host]] }],
    data: { host },
  };
  expect(JSON.stringify(outputsOf(result))).not.toContain('203.0.113.7');
});

test('what was built goes out as JSON that the input takes', () => {
  const image = `ghcr.io/org/shop-web@sha256:${'a'.repeat(64)}`;
  expect(outputsOf({ ...unknown, outcome: 'built', images: { web: image } })).toMatchObject({
    outcome: 'built',
    images: `{"web":"${image}"}`,
  });
});
