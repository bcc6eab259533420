import { metricsOf } from '../../../src/report/metrics.ts';
import { deployed, failed, status, unknown } from './results.ts';

test('every number of a deploy', () => {
  expect(metricsOf(deployed)).toEqual({
    schema_version: 1,
    command: 'deploy',
    outcome: 'deployed',
    app: 'restaurant',
    environment: 'production',
    release: '20250102-101500-9f3c',
    previous_release: '20250101-090000-1a2b',
    attempted_release: null,
    version: 'v2.1',
    color: 'green',
    duration_ms: 20_000,
    downtime_ms: 0,
    requests: 12_345,
    failed_requests: 0,
    phases: [
      { name: 'connect', start_ms: 0, duration_ms: 1_000 },
      { name: 'prepare', start_ms: 1_000, duration_ms: 12_000 },
      { name: 'check', start_ms: 13_000, duration_ms: 6_000 },
      { name: 'switch', start_ms: 19_000, duration_ms: 50 },
    ],
    changed_images: 2,
    added_variables: 1,
    removed_variables: 0,
    changed_variables: 2,
    faults: [],
    data: null,
  });
});

test('a run that knows nothing says null, with the same keys in the same order', () => {
  const metrics = metricsOf(unknown);
  expect(JSON.stringify(metrics)).toBe(
    '{"schema_version":1,"command":"deploy","outcome":"failed","app":"","environment":"production",' +
      '"release":null,"previous_release":null,"attempted_release":null,"version":null,"color":null,' +
      '"duration_ms":12,"downtime_ms":null,"requests":null,"failed_requests":null,"phases":[],' +
      '"changed_images":null,"added_variables":null,"removed_variables":null,"changed_variables":null,' +
      '"faults":["config-key"],"data":null}',
  );
  expect(Object.keys(metrics)).toEqual(Object.keys(metricsOf(deployed)));
});

test('faults are told by their codes alone, and times are whole', () => {
  expect(metricsOf({ ...failed, durationMs: 1.5, downtimeMs: 2.4 })).toMatchObject({
    faults: ['health-400'],
    attempted_release: '20250102-101500-9f3c',
    duration_ms: 2,
    downtime_ms: 2,
  });
  expect(JSON.stringify(metricsOf(failed))).not.toContain('HTTP_HOST');
});

test('what status tells is there as data', () => {
  expect(metricsOf(status).data).toEqual({ active: 'blue' });
});
