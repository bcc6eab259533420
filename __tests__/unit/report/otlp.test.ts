import { traceOf } from '../../../src/report/otlp.ts';
import type { Result } from '../../../src/report/result.ts';
import { deployed, failed, reverted } from './results.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number };
  readonly attributes: readonly { key: string; value: unknown }[];
}

const AT = 1_735_812_900_000;
let next = 0;
const ids = (bytes: number) => (++next).toString(16).padStart(bytes * 2, '0');

const trace = (result: Result) =>
  traceOf(result, AT, ids) as {
    resourceSpans: [{ resource: { attributes: unknown[] }; scopeSpans: [{ spans: Span[] }] }];
  };
const spans = (result: Result) => trace(result).resourceSpans[0].scopeSpans[0].spans;

test('a span for the change, and one below it for each phase, at their times', () => {
  const [whole, ...phases] = spans(deployed);
  expect(whole?.name).toBe('deploy');
  expect(phases.map(({ name }) => name)).toEqual(['connect', 'prepare', 'check', 'switch']);
  expect(new Set(phases.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([whole?.spanId]));
  expect(whole?.parentSpanId).toBeUndefined();
  const begun = BigInt(AT - 20_000) * 1_000_000n;
  expect([whole?.startTimeUnixNano, whole?.endTimeUnixNano]).toEqual([
    String(begun),
    String(BigInt(AT) * 1_000_000n),
  ]);
  expect([phases[1]?.startTimeUnixNano, phases[1]?.endTimeUnixNano]).toEqual([
    String(begun + 1_000n * 1_000_000n),
    String(begun + 13_000n * 1_000_000n),
  ]);
});

test('ids are hex of the length that they must have, and every span has its own', () => {
  const all = spans(deployed);
  expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
  expect(new Set(all.map(({ spanId }) => spanId)).size).toBe(all.length);
  for (const span of all) {
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
  }
});

test('app and environment are those of the resource, numbers are texts of whole numbers', () => {
  expect(trace(deployed).resourceSpans[0].resource.attributes).toEqual([
    { key: 'service.name', value: { stringValue: 'restaurant-deploy' } },
    { key: 'restaurant_deploy.app', value: { stringValue: 'restaurant' } },
    { key: 'deployment.environment.name', value: { stringValue: 'production' } },
  ]);
  expect(spans(deployed)[0]?.attributes).toContainEqual({
    key: 'restaurant_deploy.requests',
    value: { intValue: '12345' },
  });
});

test.each([
  [deployed, 1],
  [failed, 2],
  [reverted, 2],
])('$outcome has its status, and tells codes of faults alone', (result, code) => {
  expect(spans(result)[0]?.status).toEqual({ code });
  expect(JSON.stringify(trace(result))).not.toMatch(/Invalid HTTP_HOST|ALLOWED_HOSTS|answers failed/);
});

test('a fraction of a millisecond is no fraction of a nanosecond', () => {
  const [whole] = spans({ ...deployed, phases: [], durationMs: 1_234.567_8 });
  expect(whole?.startTimeUnixNano).toMatch(/^\d{19}$/);
});
