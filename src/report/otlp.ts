import type { Result } from './result.ts';
import { wentWrong } from './words.ts';

/** The ids of a trace: random bytes as hex, by their number. */
export type Ids = (bytes: number) => string;

/**
 * A change as a trace: one span for all of it, below it one for each phase.
 * Source: OpenTelemetry's protocol (OTLP 1.x), "JSON Protobuf Encoding": ids are hex, times are texts of nanoseconds.
 * @param at when the change ended, in milliseconds since 1970.
 */
export function traceOf(result: Result, at: number, ids: Ids): unknown {
  const traceId = ids(16);
  const parentSpanId = ids(8);
  const begun = at - result.durationMs;
  const failed = wentWrong(result);
  const common = { traceId, kind: INTERNAL };
  const whole = {
    ...common,
    spanId: parentSpanId,
    name: result.command,
    startTimeUnixNano: nanoseconds(begun),
    endTimeUnixNano: nanoseconds(at),
    attributes: attributes({
      'restaurant_deploy.outcome': result.outcome,
      'restaurant_deploy.release': result.release,
      'restaurant_deploy.previous_release': result.previousRelease,
      'restaurant_deploy.attempted_release': result.attempted,
      'restaurant_deploy.version': result.version,
      'restaurant_deploy.color': result.color,
      'restaurant_deploy.requests': result.requests,
      'restaurant_deploy.failed_requests': result.failedRequests,
      'restaurant_deploy.downtime_ms': result.downtimeMs && Math.round(result.downtimeMs),
      // Codes alone: the words of a fault may hold what the user's own programs said.
      'restaurant_deploy.faults': result.faults.map(({ code }) => code).join(' ') || undefined,
    }),
    status: { code: failed ? ERROR : OK },
  };
  const phases = result.phases.map(({ name, startMs, durationMs }) => ({
    ...common,
    spanId: ids(8),
    parentSpanId,
    name,
    startTimeUnixNano: nanoseconds(begun + startMs),
    endTimeUnixNano: nanoseconds(begun + startMs + durationMs),
    attributes: [],
    status: { code: UNSET },
  }));
  const resource = attributes({
    'service.name': 'restaurant-deploy',
    'restaurant_deploy.app': result.app,
    'deployment.environment.name': result.environment,
  });
  return {
    resourceSpans: [
      {
        resource: { attributes: resource },
        scopeSpans: [{ scope: { name: 'restaurant-deploy' }, spans: [whole, ...phases] }],
      },
    ],
  };
}

const INTERNAL = 1;
const [UNSET, OK, ERROR] = [0, 1, 2];

/** Whole microseconds are as exact as a double is here. */
const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);

/** What is not known is left out. */
function attributes(known: Readonly<Record<string, string | number | undefined>>) {
  return Object.entries(known).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } }];
  });
}
