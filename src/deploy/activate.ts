import type { ComposeModel } from '../compose/model.ts';
import { type Color, otherColor } from '../edge/state.ts';
import type { SlotStats } from '../edge/stats.ts';
import { DeployError, messageOf } from '../errors.ts';
import { Candidate } from './candidate.ts';
import type { Context } from './context.ts';
import { drained } from './drain.ts';
import { prepareEdge } from './edge-changes.ts';
import { guardOf } from './guard.ts';
import { observe } from './observe.ts';
import { composeFile, projectName } from './paths.ts';
import { logsOf, type Picture, RunningProject } from './project.ts';
import type { Release } from './records.ts';
import type { Server } from './server.ts';
import { enableSlots, slotFor } from './slots.ts';
import type { Steps } from './steps.ts';
import { bringCertificates } from './tls.ts';
import { together } from './together.ts';
import { bothColors, counted, pointTo } from './traffic.ts';

/** A release on its way to the traffic, on one server. */
export interface Activation {
  readonly server: Server;
  readonly release: Release;
  readonly color: Color;
  /** The color's project, for what has to be ready. */
  readonly model: ComposeModel;
  /** Color and release that serve now; undefined at a first deploy. */
  readonly from: { readonly color: Color; readonly release: string } | undefined;
  readonly token: string;
}

/** How long an app without routes, which has no deadline of its own, may take to be ready. */
const WORKERS_MS = 60_000;

export interface Served {
  readonly requests: number;
  readonly failed: number;
}

/**
 * Brings releases up beside the active ones, checks them through the edge, and moves the traffic: on all servers
 * together, so that one that is not ready keeps all of them from switching. Nothing old has been stopped when this
 * returns; when it throws after a switch, the traffic is back where it was.
 */
export async function activate(context: Context, steps: Steps, all: readonly Activation[]): Promise<Served> {
  const each = <T>(work: (one: Activation) => Promise<T>) => Promise.all(all.map(work));
  const projects = new Map<Activation, RunningProject>();
  const before = new Map<Activation, Record<Color, SlotStats>>();
  const atSwitch = new Map<Activation, Record<Color, SlotStats>>();
  const last = new Map<Activation, Record<Color, SlotStats>>();
  const stopWatching = () => {
    for (const project of projects.values()) project.stop();
  };

  try {
    await steps.phase('start', () =>
      each(async (one) => {
        const { server, release, color } = one;
        // The two have nothing to wait for in each other.
        const project = startColor(context, one);
        projects.set(one, project);
        if (release.routes.length > 0) {
          await prepareEdge(context, server, release, color, guardOf(context));
          await bringCertificates(context, server);
          before.set(one, await bothColors(server, release));
        }
      }),
    );
    await steps.phase('check', () => each((one) => check(context, one, projects.get(one) as RunningProject)));
    try {
      await steps.phase('switch', async () => {
        // Until now the new color answered nobody but our own checks, some of them before it was ready. The edge
        // is asked for its counters before it is told to switch, though nobody waits in between.
        const reading = each(async (one) => {
          const start = before.get(one);
          if (!start) return;
          const now = await bothColors(one.server, one.release);
          atSwitch.set(one, now);
          start[one.color] = now[one.color];
        });
        await together([reading, switchAll(all)]);
      });
      await steps.phase('observe', () =>
        each(async (one) => {
          const seen = await observe(context, one, projects.get(one) as RunningProject, atSwitch.get(one));
          if (seen) last.set(one, seen);
        }),
      );
    } catch (error) {
      await revert(context, steps, all, error);
    }
    // The new color has the traffic and does well: from here on a cancel only makes the rest quick.
    const [{ release, color }] = all as [Activation];
    steps.commit({ release: release.id, color });
    stopWatching();
    const served = await steps.phase('drain', () =>
      each(async (one) => {
        const start = before.get(one);
        return start ? counted(start, await drain(context, one, last.get(one))) : { requests: 0, failed: 0 };
      }),
    );
    return {
      requests: served.reduce((sum, one) => sum + one.requests, 0),
      failed: served.reduce((sum, one) => sum + one.failed, 0),
    };
  } finally {
    stopWatching();
  }
}

function startColor(context: Context, { server, release, color, model, token }: Activation): RunningProject {
  const request = {
    project: projectName(release.app, release.environment, color),
    dir: server.facts.paths.release(release.id),
    file: composeFile(color),
    model,
    connect: unique(release.targets[color].map(({ connect, alias }) => ({ service: connect, alias }))),
    routed: release.targets[color].map(({ connect }) => connect),
    standing: server.facts.state?.colors[color]?.release === release.id,
  };
  return new RunningProject(server, token, request, (line) => context.log.info(line));
}

const unique = <T>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [JSON.stringify(one), one] as const)).values(),
];

/**
 * Waits until the color is ready and answers every public hostname through the edge. Both run side by side: an app
 * is asked from the moment it runs, so that its own health check costs no time on top.
 */
async function check(context: Context, one: Activation, project: RunningProject): Promise<void> {
  const { server, release, color } = one;
  const candidate = new Candidate(
    server,
    release.routes,
    (service, port) => slotFor(server, release, color, service, port).slot,
  );
  const deadlines = release.routes.map((route) => route.health.deadlineMs);
  const deadlineMs = deadlines.length > 0 ? Math.max(...deadlines) : WORKERS_MS;
  const deadline = AbortSignal.any([context.signal, AbortSignal.timeout(deadlineMs)]);
  const stop = new AbortController();
  const wake = new EventTarget();
  let slots: { readonly all: Promise<void> } | undefined;
  const targets = release.targets[color];
  const hasAddresses = ({ addresses }: Picture) =>
    targets.every(({ connect, replicas }) => (addresses.get(connect)?.length ?? 0) >= replicas);

  try {
    if (targets.length > 0) {
      const picture = await project.until((now) => {
        project.check(now, server.host.name);
        return hasAddresses(now);
      }, deadline);
      server.candidate.dial();
      const latest = () => (project.picture ?? picture).addresses;
      // A cancel waits for none of it: the runner gives a run only some seconds to end.
      const left = AbortSignal.any([stop.signal, context.signal]);
      slots = await enableSlots(context, server, release, color, latest, left);
      candidate.run(stop.signal, context.sleep, () => wake.dispatchEvent(new Event('answer')));
    }
    const ready = (picture: Picture) => {
      project.check(picture, server.host.name);
      return picture.up === 0 && picture.readiness.state === 'ready' && candidate.good;
    };
    await Promise.race([
      project.until(ready, deadline),
      onAnswer(wake, () => project.picture !== undefined && ready(project.picture)),
    ]);
    await slots?.all;
  } catch (error) {
    if (context.signal.aborted) throw error;
    const evidence = await logsOf(server, project.request.project);
    if (deadline.aborted && !(error instanceof DeployError))
      throw lateFault(one, project, candidate, deadlineMs, evidence);
    throw withEvidence(error, evidence);
  } finally {
    stop.abort();
  }
}

/** Resolves at the first answer after which `good` holds; a throw of \`good\` is the watch's to tell. */
function onAnswer(wake: EventTarget, good: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    wake.addEventListener('answer', () => {
      try {
        if (good()) resolve();
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Tells what was missing when the time was up. */
function lateFault(
  one: Activation,
  project: RunningProject,
  candidate: Candidate,
  ms: number,
  evidence: string,
): DeployError {
  const picture = project.picture;
  const ready = picture?.readiness.state === 'ready' && picture.up === 0;
  if (ready && !candidate.good) return withEvidence(candidate.faults(), evidence);
  const { server } = one;
  return withEvidence(
    new DeployError({
      code: 'app-late',
      where: server.host.name,
      what: `The new release was not ready after ${ms / 1000} s (${project.waitingFor}).`,
      remedy: 'Its log below says why. When it only needs longer, raise routes[].health.deadline.',
    }),
    evidence,
  );
}

function withEvidence(error: unknown, evidence: string): DeployError {
  if (!(error instanceof DeployError)) throw error;
  const [first, ...rest] = error.faults;
  if (!first) return error;
  const shown = [first.evidence, evidence].filter(Boolean).join('\n');
  return new DeployError([{ ...first, evidence: shown }, ...rest], { cause: error });
}

/** Moves the traffic of every server; all are tried, so that all can go back when one does not confirm. */
async function switchAll(all: readonly Activation[]): Promise<void> {
  const routed = all.filter((one) => one.release.routes.length > 0);
  const results = await Promise.allSettled(
    routed.map((one) => pointTo(one.server, one.release, one.color, one.token)),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/**
 * Puts the traffic back on what served before, and throws what was wrong. When even that fails, the new color is the
 * one that may have the traffic: then nothing is taken away, and the journal leaves the rest to the next run.
 */
async function revert(
  context: Context,
  steps: Steps,
  all: readonly Activation[],
  cause: unknown,
): Promise<never> {
  const began = context.now();
  try {
    await Promise.all(
      all.map(async ({ server, release, from, token }) => {
        if (release.routes.length > 0) await pointTo(server, release, from?.color, token);
      }),
    );
  } catch (error) {
    steps.commit({});
    throw new DeployError(
      [
        ...(cause instanceof DeployError ? cause.faults : []),
        {
          code: 'revert-failed',
          what: `The traffic could not be put back: ${messageOf(error)}`,
          remedy:
            'Both colors still run. The next run, command: unlock or status on the server bring it to an end.',
        },
      ],
      { cause: error },
    );
  }
  steps.reverted = true;
  context.log.info(`the traffic is back where it was after ${context.now() - began} ms`);
  throw cause;
}

/** Waits, for as long as the config allows, for the old color; at a first deploy there is none to wait for. */
function drain(
  context: Context,
  { server, release, color, from }: Activation,
  seen: Record<Color, SlotStats> | undefined,
): Promise<Record<Color, SlotStats>> {
  const limitMs = from ? context.config.drain.timeoutMs : 0;
  return drained(context, server, release, otherColor(color), limitMs, seen);
}
