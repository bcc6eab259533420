import { z } from 'zod';
import { replicasOf } from './conflicts.ts';
import type { ComposeModel } from './model.ts';

const probe = z.looseObject({ ExitCode: z.number(), Output: z.string() });

const container = z.looseObject({
  Name: z.string(),
  RestartCount: z.number(),
  State: z.looseObject({
    Status: z.string(),
    ExitCode: z.number(),
    OOMKilled: z.boolean().default(false),
    Error: z.string().default(''),
    StartedAt: z.string(),
    Health: z.looseObject({ Status: z.string(), Log: z.array(probe).nullish() }).nullish(),
  }),
  Config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }),
  HostConfig: z.looseObject({
    RestartPolicy: z.looseObject({ Name: z.string(), MaximumRetryCount: z.number().default(0) }),
  }),
});

export type Container = z.infer<typeof container>;

/**
 * Reads what `docker inspect` printed for containers.
 * @throws z.ZodError or SyntaxError when it is not that.
 */
export function readContainers(text: string): Container[] {
  return z.array(container).parse(JSON.parse(text));
}

/** A service that is not ready, and why. */
export interface Unready {
  readonly service: string;
  /** Container's name; undefined while there is none. */
  readonly container?: string;
  /** The end of a sentence that starts with the container's name. */
  readonly reason: string;
  /** What the container's health check printed last. */
  readonly evidence?: string;
}

export interface Readiness {
  /** `failed` is final: waiting longer would not help. */
  readonly state: 'ready' | 'waiting' | 'failed';
  readonly waiting: readonly Unready[];
  readonly failed: readonly Unready[];
}

export interface ReadinessQuestion {
  /** The project as it was started: says which services there must be, and how many of each. */
  readonly model: ComposeModel;
  readonly containers: readonly Container[];
  /** Services that the edge sends requests to: they must run, an end with 0 is not enough. */
  readonly routed: readonly string[];
  /** The host's clock, in milliseconds since 1970: the containers' times are the host's. */
  readonly now: number;
  /** Restarts that are forgiven: an app may fall over until what it needs is there. */
  readonly restarts: number;
}

/**
 * Decides whether a project is up: each container healthy, or running where it has no check, or ended with 0 where
 * that is its job.
 */
export function readiness({ model, containers, routed, now, restarts }: ReadinessQuestion): Readiness {
  const waiting: Unready[] = [];
  const failed: Unready[] = [];
  for (const [service, definition] of Object.entries(model.services)) {
    const own = containers.filter((one) => isOf(one, service));
    const wanted = definition.provider === undefined ? replicasOf(definition) : 0;
    for (const one of own) {
      const { verdict, ...why } = judge(one, routed.includes(service), now, restarts);
      const unready = { service, container: one.Name.replace(/^\//, ''), ...why };
      if (verdict === 'waiting') waiting.push(unready);
      if (verdict === 'failed') failed.push(unready);
    }
    if (own.length < wanted) waiting.push({ service, reason: missing(own.length, wanted) });
  }
  const state = failed.length > 0 ? 'failed' : waiting.length > 0 ? 'waiting' : 'ready';
  return { state, waiting, failed };
}

/** `docker compose run` leaves containers too; they are nobody's replica. */
function isOf({ Config }: Container, service: string): boolean {
  const labels = Config.Labels ?? {};
  return labels['com.docker.compose.service'] === service && labels['com.docker.compose.oneoff'] !== 'True';
}

interface Verdict {
  readonly verdict: 'ready' | 'waiting' | 'failed';
  readonly reason: string;
  readonly evidence?: string;
}

const READY: Verdict = { verdict: 'ready', reason: '' };
const waitingFor = (reason: string): Verdict => ({ verdict: 'waiting', reason });
const failedWith = (reason: string): Verdict => ({ verdict: 'failed', reason });

function judge(one: Container, routed: boolean, now: number, restarts: number): Verdict {
  if (isCrashLoop(one, restarts)) {
    // Between two crashes it runs, and then its exit code says nothing.
    const last = one.State.Status === 'running' ? '' : `, ${ending(one)}`;
    return failedWith(`crashes again and again: restarted ${times(one.RestartCount)}${last}`);
  }
  switch (one.State.Status) {
    case 'created':
      // The daemon could not start it (an unknown command, a mount that is not there), and says why.
      if (one.State.Error !== '') return failedWith(`could not be started: ${one.State.Error}`);
      return waitingFor('is not started yet, it waits for what it depends on');
    case 'running':
      return running(one, now);
    case 'restarting':
      return waitingFor(`failed and is tried again (${ending(one)})`);
    case 'exited':
      return exited(one, routed);
    case 'paused':
      return waitingFor('is paused');
    default:
      return failedWith(`is ${one.State.Status}`);
  }
}

/**
 * A container that Docker restarts again and again fails at once: what crashed so often crashes again. `on-failure:N`
 * asks for N tries and gets them; `on-failure` without a number is a loop without an end, like `always`.
 */
function isCrashLoop({ RestartCount, HostConfig }: Container, restarts: number): boolean {
  const { Name, MaximumRetryCount } = HostConfig.RestartPolicy;
  if (Name === 'on-failure' && MaximumRetryCount > 0) return false;
  return RestartCount > restarts;
}

/** Milliseconds that a container without a health check must have run: a crash at the start shows within them. */
const SETTLED = 1000;

function running({ State }: Container, now: number): Verdict {
  switch (State.Health?.Status) {
    case 'healthy':
      return READY;
    case 'starting':
      return waitingFor(`has not passed its health check yet${lastWords(State)}`);
    case 'unhealthy':
      return { ...failedWith('does not pass its health check'), ...evidence(State) };
    default:
      if (now - Date.parse(State.StartedAt) >= SETTLED) return READY;
      return waitingFor('has just started');
  }
}

function exited(one: Container, routed: boolean): Verdict {
  const { Name } = one.HostConfig.RestartPolicy;
  if (one.State.ExitCode !== 0) return failedWith(ending(one));
  if (routed) return failedWith('ended (exit code 0), but it is routed and must run');
  const isJob = Name === '' || Name === 'no' || Name === 'on-failure';
  return isJob ? READY : failedWith(`was stopped (exit code 0), but its restart policy is ${Name}`);
}

function ending({ State }: Container): string {
  if (State.OOMKilled) return 'was killed for lack of memory';
  return `ended with exit code ${State.ExitCode}${State.Error === '' ? '' : `: ${State.Error}`}`;
}

const times = (count: number) => (count > 1 ? `${count} times` : 'once');

const missing = (there: number, wanted: number) =>
  there === 0 ? 'has no container yet' : `has ${there} of ${wanted} containers`;

/** More of a health check's output than this is not read by anybody. */
const EVIDENCE_LIMIT = 2000;

function evidence(state: Container['State']): { evidence?: string } {
  const output = state.Health?.Log?.at(-1)?.Output.trim();
  return output ? { evidence: output.slice(-EVIDENCE_LIMIT) } : {};
}

function lastWords(state: Container['State']): string {
  const last = evidence(state).evidence?.split('\n').at(-1);
  return last ? `: ${last}` : '';
}
