import { DeployError, type Fault } from './errors.ts';
import { type RunEvent, runEvent } from './event.ts';
import type { InputSource } from './inputs.ts';

/** Events whose runs have the secrets of the repository, whoever wrote the code that they are about. */
const PRIVILEGED: readonly string[] = ['pull_request_target', 'workflow_run'];
/** Commands that run the code of the checkout: its Dockerfiles, its tests, its app. */
const RUNS_CODE: readonly string[] = ['deploy', 'build', 'preview'];
const BOT = 'dependabot[bot]';

/**
 * Whether a run may go on, looked at before anything else of it is read.
 * @returns why it ends here and is no failure; undefined when it goes on.
 * @throws DeployError event-untrusted when it would give the secrets to code of a stranger.
 */
export function gate({ get, env }: Pick<InputSource, 'get' | 'env'>): Fault | undefined {
  const event = runEvent(env);
  const command = get('command').trim();
  if (event.foreign && PRIVILEGED.includes(event.name ?? '') && RUNS_CODE.includes(command)) {
    throw new DeployError({
      code: 'event-untrusted',
      what: `This run was begun by ${event.name} for code of another repository, and has the secrets of this one: whoever wrote that code would get them.`,
      remedy:
        'Use the event pull_request. For a fork, read the code first, then start the preview by hand: workflow_dispatch with the number of the pull request.',
    });
  }
  const withoutSecrets = get('ssh-key').trim() === '' && (command === 'preview' || command === 'remove');
  if (!withoutSecrets || event.name !== 'pull_request') return undefined;
  if (event.foreign) return withoutPreview(event, 'comes from a fork');
  if (env.GITHUB_ACTOR === BOT) return withoutPreview(event, `was made by ${BOT}`);
  return undefined;
}

function withoutPreview({ pullRequest }: RunEvent, why: string): Fault {
  return {
    code: 'preview-skipped',
    what: `There is no preview: the pull request ${why}, and GitHub hands no secrets to such a run.`,
    remedy: `A maintainer who has read the code can start one by hand: the previews workflow, "Run workflow", with the number ${pullRequest?.number ?? ''}.`,
  };
}
