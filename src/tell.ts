import { setTimeout as sleep } from 'node:timers/promises';
import { previewNumber } from './config/preview.ts';
import { DeployError, type Fault } from './errors.ts';
import { githubFault, type Permission } from './github/answers.ts';
import type { Github } from './github/client.ts';
import { stickComment } from './github/comment.ts';
import {
  createDeployment,
  type Deployment,
  type DeploymentSpec,
  type DeploymentState,
  retireAll,
  setState,
} from './github/deployment.ts';
import { stateOf } from './github/outcome.ts';
import { openPulls } from './github/pulls.ts';
import type { Inputs } from './inputs.ts';
import type { Log } from './log.ts';
import { commentOf, markerOf } from './report/comment.ts';
import type { Result } from './report/result.ts';
import * as state from './state.ts';

/** What a change works on, as GitHub shall know it. */
export interface Subject {
  readonly app: string;
  readonly environment: string;
  /** The commit. */
  readonly ref: string;
  readonly transient: boolean;
}

/** Milliseconds. */
const END_MS = 20_000;

/**
 * Tells GitHub of a change while it goes on. It works beside the change, in the order in which things happened, so a
 * slow GitHub makes no deploy slower; and whatever goes wrong here is a warning.
 */
export class Teller {
  readonly #inputs: Inputs;
  readonly #log: Log;
  readonly #endMs: number;
  /** One thing after the other. */
  #told: Promise<void> = Promise.resolve();
  #deployment: Deployment | undefined;
  #begun = false;
  #working = false;
  #late = false;
  readonly #warned = new Set<string>();

  /** @param endMs how long the end of a run waits for what is still to be told. */
  constructor(inputs: Inputs, log: Log, endMs = END_MS) {
    this.#inputs = inputs;
    this.#log = log;
    this.#endMs = endMs;
  }

  /** The change is about to begin. Nothing is told where there is no token and no repository. */
  begin(subject: Subject): void {
    const inputs = this.#inputs;
    const { repository, runUrl, runAttempt, actor } = inputs.run;
    if (this.#begun || inputs.githubToken === '' || !repository || !runUrl || subject.ref === '') return;
    this.#begun = true;
    const spec: DeploymentSpec = {
      ...subject,
      task: inputs.command === 'rollback' ? 'rollback' : 'deploy',
      runUrl,
      attempt: runAttempt,
      description: `${inputs.command} of ${subject.app}${actor ? ` by ${actor}` : ''}`,
    };
    this.#then(async () => {
      this.#deployment = await createDeployment(await githubOf(inputs), spec);
      if (this.#deployment) state.reported(JSON.stringify(this.#deployment));
      else this.#log.info(`GitHub reports this itself: the job has environment: ${subject.environment}`);
    });
    this.#set('queued');
  }

  /** The work itself is under way: nothing is waited for any more. */
  working(): void {
    if (this.#working) return;
    this.#working = true;
    this.#set('in_progress');
  }

  /** Tells how it ended, and waits until all is told, but not for ever. */
  async end(result: Result): Promise<void> {
    const { githubToken, run, command } = this.#inputs;
    if (this.#begun) {
      const { state: ended, ...more } = stateOf(result);
      this.#set(ended, more);
    }
    if (githubToken !== '' && run.repository) {
      if (command === 'preview') this.#comment(result, this.#inputs.pullRequest);
      for (const environment of result.removed ?? []) this.#gone(result, environment);
    }
    const told = new AbortController();
    const limit = sleep(this.#endMs, true, { signal: told.signal }).catch(() => false);
    this.#late = await Promise.race([this.#told.then(() => false), limit]);
    if (this.#late) {
      this.#warn({
        code: 'github-down',
        what: `GitHub was not told within ${this.#endMs / 1000} s how it ended.`,
        remedy: 'See githubstatus.com; what is on the servers is not concerned.',
      });
    }
    told.abort();
  }

  /** @param make whether one is made when there is none yet. */
  #comment(result: Result, pullRequest: number | undefined, make = true): void {
    // A run that did not get as far as the app's name has no comment that it could find again.
    if (pullRequest === undefined || result.app === '') return;
    const { run, commit } = this.#inputs;
    const body = commentOf(result, { at: Date.now(), runUrl: run.runUrl, commit });
    const marker = markerOf(result.app, result.environment);
    this.#then(
      async () => stickComment(await githubOf(this.#inputs), pullRequest, marker, body, make),
      'The comment of the pull request could not be written',
      'pull-requests: write',
    );
  }

  /** An environment that is gone: its deployments are inactive, and the comment of its pull request says so. */
  #gone({ app }: Result, environment: string): void {
    const { repository, runUrl } = this.#inputs.run;
    if (!runUrl || !repository) return;
    this.#then(async () => retireAll(await githubOf(this.#inputs), environment, app, runUrl));
    const gone: Result = {
      command: 'remove',
      app,
      environment,
      outcome: 'removed',
      durationMs: 0,
      phases: [],
      faults: [],
    };
    this.#comment(gone, previewNumber(environment), false);
  }

  #set(next: DeploymentState, more: { description?: string; url?: string } = {}): void {
    this.#then(async () => {
      if (!this.#deployment) return;
      await setState(await githubOf(this.#inputs), this.#deployment, next, more);
    });
  }

  #then(
    work: () => Promise<void>,
    undone = 'The deployment could not be told to GitHub',
    needs: Permission = 'deployments: write',
  ): void {
    this.#told = this.#told
      .then(() => (this.#late ? undefined : work()))
      .catch((error) => this.#warn(githubFault(error, undone, needs)));
  }

  /** Each kind of trouble once: three statuses that are refused are one thing to mend. */
  #warn(fault: Fault): void {
    const kind = `${fault.code} ${fault.remedy}`;
    if (!this.#warned.has(kind)) this.#log.warn(fault);
    this.#warned.add(kind);
  }
}

/** Ends at GitHub what a killed main had begun to tell. Never throws. */
export async function tellAbandoned(inputs: Inputs, log: Log): Promise<void> {
  const told = state.unfinishedReport();
  if (!told || inputs.githubToken === '' || !inputs.run.repository) return;
  try {
    const deployment: Deployment = JSON.parse(told);
    await setState(await githubOf(inputs), deployment, 'error', { description: 'the run was killed' });
  } catch (error) {
    log.warn(
      githubFault(error, 'The end of the deployment could not be told to GitHub', 'deployments: write'),
    );
  }
}

/**
 * The open pull requests, for what depends on them.
 * @throws DeployError: to remove something without knowing would be worse than to remove nothing.
 */
export async function openPullsOf(inputs: Inputs): Promise<ReadonlySet<number>> {
  if (inputs.githubToken === '' || !inputs.run.repository) {
    throw new DeployError({
      code: 'prune-github',
      what: 'Which pull requests are open is not known: there is no token for GitHub, or no repository.',
      remedy:
        'Run it in a workflow, with github-token at its default. A single preview is removed by command: remove.',
    });
  }
  try {
    return await openPulls(await githubOf(inputs));
  } catch (error) {
    const undone = 'The open pull requests could not be asked for';
    throw new DeployError(githubFault(error, undone, 'pull-requests: read'), { cause: error });
  }
}

/** Loaded when it is needed, from a chunk of the bundle: a run that reports nothing does not start Octokit. */
async function githubOf({ githubToken, run }: Inputs): Promise<Github> {
  const { openGithub } = await import('./github/client.ts');
  return openGithub({
    token: githubToken,
    repository: run.repository ?? '',
    apiUrl: run.apiUrl,
    now: Date.now,
    sleep: (ms) => sleep(ms),
  });
}
