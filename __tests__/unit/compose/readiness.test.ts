import { type ComposeModel, readModel } from '../../../src/compose/model.ts';
import { type Container, readContainers, readiness } from '../../../src/compose/readiness.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const ago = (ms: number) => new Date(NOW - ms).toISOString();

interface Shape {
  readonly service?: string;
  readonly status?: string;
  readonly exit?: number;
  readonly restarts?: number;
  readonly policy?: string;
  readonly tries?: number;
  readonly health?: string;
  readonly output?: string;
  readonly startedMs?: number;
  readonly oom?: boolean;
  readonly error?: string;
  readonly oneoff?: boolean;
}

/** What `docker inspect` prints of a container, in the keys that count and one that does not. */
function container(shape: Shape = {}): Container {
  const [one] = readContainers(
    JSON.stringify([
      {
        Name: `/app-${shape.service ?? 'web'}-1`,
        Image: 'sha256:1',
        RestartCount: shape.restarts ?? 0,
        State: {
          Status: shape.status ?? 'running',
          ExitCode: shape.exit ?? 0,
          OOMKilled: shape.oom ?? false,
          Error: shape.error ?? '',
          StartedAt: ago(shape.startedMs ?? 5000),
          ...(shape.health
            ? { Health: { Status: shape.health, Log: [{ ExitCode: 1, Output: shape.output ?? '' }] } }
            : {}),
        },
        Config: {
          Labels: {
            'com.docker.compose.service': shape.service ?? 'web',
            'com.docker.compose.oneoff': shape.oneoff ? 'True' : 'False',
          },
        },
        HostConfig: { RestartPolicy: { Name: shape.policy ?? 'no', MaximumRetryCount: shape.tries ?? 0 } },
      },
    ]),
  );
  if (!one) throw new Error('no container');
  return one;
}

const model = (services: object): ComposeModel => readModel(JSON.stringify({ services }));
const webOnly = model({ web: { image: 'a' } });

function judge(shape: Shape, routed: readonly string[] = []) {
  const { state, waiting, failed } = readiness({
    model: webOnly,
    containers: [container(shape)],
    routed,
    now: NOW,
    restarts: 2,
  });
  return [state, ...[...waiting, ...failed].map(({ reason }) => reason)];
}

test.each<[string, Shape]>([
  ['healthy', { health: 'healthy', startedMs: 10 }],
  ['running for a while without a check', { startedMs: 1000 }],
  ['running for a while with its check switched off', { health: 'none' }],
  ['a job that ended well', { status: 'exited' }],
  [
    'a job that ended well at its second try',
    { status: 'exited', policy: 'on-failure', tries: 3, restarts: 1 },
  ],
  ['running at its second try, where tries were asked for', { policy: 'on-failure', tries: 3, restarts: 1 }],
])('ready: %s', (_, shape) => {
  expect(judge(shape)).toEqual(['ready']);
});

test.each<[Shape, string]>([
  [{ status: 'created' }, 'is not started yet, it waits for what it depends on'],
  [{ startedMs: 999 }, 'has just started'],
  [{ health: 'starting' }, 'has not passed its health check yet'],
  [{ health: 'starting', output: 'curl: (7)\nrefused\n' }, 'has not passed its health check yet: refused'],
  [{ status: 'paused' }, 'is paused'],
  [
    { status: 'restarting', policy: 'always', restarts: 2, exit: 1 },
    'failed and is tried again (ended with exit code 1)',
  ],
  [
    { status: 'restarting', policy: 'on-failure', tries: 3, restarts: 1, exit: 2 },
    'failed and is tried again (ended with exit code 2)',
  ],
])('waiting: %j', (shape, reason) => {
  expect(judge(shape)).toEqual(['waiting', reason]);
});

test.each<[Shape, string]>([
  [{ health: 'unhealthy' }, 'does not pass its health check'],
  [{ status: 'exited', exit: 3 }, 'ended with exit code 3'],
  [{ status: 'exited', exit: 137, oom: true }, 'was killed for lack of memory'],
  [{ status: 'exited', exit: 127, error: 'no such file' }, 'ended with exit code 127: no such file'],
  [{ status: 'exited', policy: 'always' }, 'was stopped (exit code 0), but its restart policy is always'],
  [{ status: 'exited', exit: 2, policy: 'on-failure', tries: 3, restarts: 3 }, 'ended with exit code 2'],
  [
    { status: 'restarting', policy: 'always', restarts: 3, exit: 1 },
    'crashes again and again: restarted 3 times, ended with exit code 1',
  ],
  [
    { policy: 'unless-stopped', restarts: 4, exit: 0, health: 'starting' },
    'crashes again and again: restarted 4 times',
  ],
  [
    { policy: 'on-failure', restarts: 3, status: 'restarting', exit: 1 },
    'crashes again and again: restarted 3 times, ended with exit code 1',
  ],
  [{ status: 'created', error: 'mount: no such file' }, 'could not be started: mount: no such file'],
  [{ status: 'dead' }, 'is dead'],
])('failed: %j', (shape, reason) => {
  expect(judge(shape)).toEqual(['failed', reason]);
});

test('a routed service must run', () => {
  expect(judge({ status: 'exited' }, ['web'])).toEqual([
    'failed',
    'ended (exit code 0), but it is routed and must run',
  ]);
});

test('what the health check printed is evidence, its end when it is long', () => {
  const { failed } = readiness({
    model: webOnly,
    containers: [container({ health: 'unhealthy', output: `${'x'.repeat(5000)}the end\n` })],
    routed: [],
    now: NOW,
    restarts: 2,
  });
  expect(failed[0]).toMatchObject({ service: 'web', container: 'app-web-1' });
  expect(failed[0]?.evidence).toHaveLength(2000);
  expect(failed[0]?.evidence).toMatch(/the end$/);
});

test('every service is expected as often as it is to run', () => {
  const several = model({
    web: { image: 'a', deploy: { replicas: 3 } },
    worker: { image: 'a', scale: 2 },
    off: { image: 'a', scale: 0 },
    none: { image: 'a', deploy: { replicas: '0' } },
    elsewhere: { provider: { type: 'x' } },
  });
  const one = (service: string) => container({ service });
  const ask = (containers: Container[]) =>
    readiness({ model: several, containers, routed: [], now: NOW, restarts: 2 });
  expect(ask([one('web'), one('web')])).toEqual({
    state: 'waiting',
    waiting: [
      { service: 'web', reason: 'has 2 of 3 containers' },
      { service: 'worker', reason: 'has no container yet' },
    ],
    failed: [],
  });
  expect(ask(['web', 'web', 'web', 'worker', 'worker'].map(one)).state).toBe('ready');
});

test('containers of `run` and of services that are gone do not count', () => {
  const containers = [
    container({ oneoff: true, status: 'exited', exit: 1 }),
    container({ service: 'gone', status: 'exited', exit: 1 }),
  ];
  expect(readiness({ model: webOnly, containers, routed: [], now: NOW, restarts: 2 }).waiting).toEqual([
    { service: 'web', reason: 'has no container yet' },
  ]);
});

test('one failure decides, whatever else is still waiting', () => {
  const containers = [container({ startedMs: 1 }), container({ status: 'exited', exit: 1 })];
  const { state, waiting, failed } = readiness({
    model: webOnly,
    containers,
    routed: [],
    now: NOW,
    restarts: 2,
  });
  expect([state, waiting.length, failed.length]).toEqual(['failed', 1, 1]);
});

test('what is no inspection is refused', () => {
  expect(() => readContainers('[{"Name": "/a"}]')).toThrow();
});
