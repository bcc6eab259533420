import { environmentName, server } from './config/names.ts';
import { previewName, previewNumber } from './config/preview.ts';
import { type Problem, quoted } from './config/problem.ts';
import { parseDuration } from './config/units.ts';
import { DeployError, type Fault } from './errors.ts';
import { contents, inDays, LIST, noBoolean, noTag, oneOf, PAIR, parseImages, TAG } from './input-values.ts';
import { checkedOut, type Environment, type RunFacts, runFacts } from './run-facts.ts';

export const COMMANDS = [
  'deploy',
  'build',
  'rollback',
  'preview',
  'remove',
  'prune',
  'status',
  'plan',
  'report',
  'unlock',
  'monitoring',
] as const;
export type CommandName = (typeof COMMANDS)[number];
export const SKIPPABLE = ['test', 'build', 'push'] as const;
/** What `monitoring` does with its stack. */
export const STACK_ENDS = ['up', 'remove'] as const;
export type Skippable = (typeof SKIPPABLE)[number];

/** One input: what action.yml, the README and `--help` say about it. */
export interface InputSpec {
  readonly description: string;
  readonly default?: string;
  readonly required?: boolean;
  /** Never an argument on a command line, where every process can read it: there it is the path of a file. */
  readonly secret?: boolean;
}

/** Every input there is. action.yml and the README are checked against this table (script/docs.mjs). */
export const INPUTS = {
  command: {
    description:
      'What to do: `deploy` (test, build, push, and switch to the new release), `build` (test, build and push alone, for a job of its own), `rollback` (back to the last good release, or to `release`), `preview` (an environment of its own for a pull request; of one that is closed, its end), `remove` (the end of a preview, or of another environment, with its data), `prune` (removes the previews of pull requests that are not open, and those that are too old), `status` (what is live), `plan` (what `deploy` would do), `report` (the deploys of a `period`, in numbers), `unlock` (end what a broken run left and free its lock), `monitoring` (a stack that watches the servers, see docs/monitoring.md).',
    default: 'deploy',
  },
  config: {
    description: 'The file of settings, from the root of the repository.',
    default: 'deploy.yml',
  },
  environment: {
    description: 'The environment to work on, such as `production` or `staging`.',
    default: 'production',
  },
  'pull-request': {
    description: 'For `preview` and `remove`: the number of the pull request. That of the event by default.',
  },
  host: {
    description:
      'The server as `user@host` or `user@host:port`; several lines for several servers. Replaces `hosts` of the file of settings.',
  },
  'ssh-key': {
    description:
      'The private key that logs in to the servers, in OpenSSH or PEM format, or the path of a file that holds it. `build` alone needs none.',
    required: true,
    secret: true,
  },
  'ssh-passphrase': {
    description: 'The passphrase of the private key, when it has one.',
    secret: true,
  },
  'ssh-known-hosts': {
    description:
      'The host keys of the servers: lines as `ssh-keyscan` prints them, or SHA256 fingerprints, one a line, or the path of a file that holds them. A server with any other key is refused, and the error shows the fingerprint that was seen.',
  },
  'jump-host': {
    description:
      'A server through which the others are reached, as `user@host` or `user@host:port`; the same key logs in there, and `ssh-known-hosts` has its host key too.',
  },
  'registry-username': {
    description:
      'The user that logs in to the registry of `push`, on the runner and, for the pull, on the servers. Without it docker uses the logins that it has there.',
  },
  'registry-password': {
    description:
      'The password or token of `registry-username`. It is kept for the run alone, in files that nobody else can read.',
    secret: true,
  },
  secrets: {
    description:
      'Values for `env.secret` of the file of settings: dotenv lines (`NAME=value`), or one JSON object, such as `toJSON(secrets)` makes. In double quotes `\\n`, `\\"`, `\\\\` and `\\$` are escapes; in single quotes nothing is.',
    secret: true,
  },
  version: {
    description: 'The version to deploy; it becomes the tag of the images. The commit by default.',
  },
  release: {
    description: 'For `rollback`: the release to go back to. The last good one by default.',
  },
  images: {
    description:
      'For `deploy`: images that `build` pushed in a job before, as its output `images` names them. They are not built again.',
  },
  skip: {
    description:
      'Steps of a deploy to leave out: any of `test`, `build` and `push`, separated by commas or spaces.',
  },
  period: {
    description: 'For `report`: how far to look back, such as `24h` or `30d`.',
    default: '30d',
  },
  monitoring: {
    description:
      'For `monitoring`: `up` starts the stack or brings it up to date, `remove` ends it, with what it has gathered.',
    default: 'up',
  },
  force: {
    description:
      'Go on where a safety stop would end the run: an older commit than the live one, a rollback over a migration, or the removal of `production`.',
    default: 'false',
  },
  'github-token': {
    description:
      "The token with which the run reports to GitHub. The job's own by default, whose `permissions` say what it may; `''` reports nothing there.",
    default: '${{ github.token }}',
    secret: true,
  },
} as const satisfies Record<string, InputSpec>;
export type InputName = keyof typeof INPUTS;

/** Everything that a run was given, read once. */
export interface Inputs {
  readonly command: CommandName;
  /** Path of the file of settings, relative to the workspace. */
  readonly config: string;
  /** For `preview` and `remove` that of the pull request. */
  readonly environment: string;
  /** What it is about, for `preview` and `remove`. */
  readonly pullRequest: number | undefined;
  /** The commit that is checked out, '' when none is known. */
  readonly commit: string;
  /** Servers that replace those of the settings; none when they are not replaced. */
  readonly hosts: readonly string[];
  readonly sshKey: string;
  readonly sshPassphrase: string | undefined;
  /** Lines of host keys or fingerprints; '' when none are known. */
  readonly sshKnownHosts: string;
  /** `user@host:port` of the server through which the others are reached. */
  readonly jumpHost: string | undefined;
  /** The login for the registry of `push`; undefined when docker's own is used. */
  readonly registryLogin: { readonly username: string; readonly password: string } | undefined;
  /** The text of the input; parseSecrets reads it. */
  readonly secrets: string;
  /** '' only where no version is needed. */
  readonly version: string;
  readonly release: string | undefined;
  /** Service -> image by digest, built by an earlier job; undefined when this run builds. */
  readonly images: ReadonlyMap<string, string> | undefined;
  readonly skip: ReadonlySet<Skippable>;
  readonly periodMs: number;
  readonly monitoring: (typeof STACK_ENDS)[number];
  readonly force: boolean;
  /** '' reports nothing to GitHub. */
  readonly githubToken: string;
  readonly run: RunFacts;
}

/** Where inputs come from: the runner or a command line. */
export interface InputSource {
  /** The text of an input as given; '' when it is not. */
  readonly get: (name: InputName) => string;
  readonly env: Environment;
  /** How errors call an input, at the start of a sentence. */
  readonly label: (name: InputName) => string;
  /** What to do about one that must be given and is not. */
  readonly remedy: (name: InputName) => string;
}

/** The inputs of an Action; `getInput` is that of @actions/core. */
export function actionSource(
  getInput: (name: string, options: { trimWhitespace: boolean }) => string,
  env: Environment,
): InputSource {
  return {
    get: (name) => getInput(name, { trimWhitespace: false }),
    env,
    label: (name) => `The input ${name}`,
    remedy: () =>
      'Give it as `${{ secrets.NAME }}` and set that secret in the repository; GitHub hands none to a workflow that a fork began.',
  };
}

/**
 * Reads and checks all inputs.
 * @throws DeployError (input-...) with every fault
 */
export function readInputs(source: InputSource): Inputs {
  const faults: Fault[] = [];
  const reject = (name: InputName, { what, remedy }: Problem) => {
    faults.push({ code: `input-${name}`, what: `${source.label(name)} ${what}.`, remedy });
  };
  const get = (name: InputName, needed = true): string => {
    const spec: InputSpec = INPUTS[name];
    const text = source.get(name);
    if (text.trim() !== '') return spec.secret ? text : text.trim();
    if (spec.required && needed) reject(name, { what: 'is missing or empty', remedy: source.remedy(name) });
    // A default that only the runner can fill in is nothing where there is none.
    return spec.default?.includes('${{') ? '' : (spec.default ?? '');
  };
  const run = runFacts(source.env);

  const asked = oneOf(COMMANDS, get('command'), (problem) => reject('command', problem));
  const { pullRequest } = run.event;
  // One step of a workflow does both: what a pull request needs while it is open, and at its end.
  const command = asked === 'preview' && pullRequest?.closed ? 'remove' : asked;
  const number = pullRequestOf(command, get('pull-request'), get('environment'), pullRequest?.number);
  if (typeof number === 'object') reject('pull-request', number);
  const environment = typeof number === 'number' ? previewName(number) : get('environment');
  if (command === 'remove' && environment === 'production' && get('force') !== 'true') {
    reject('environment', {
      what: 'is production, and removing it would delete its data',
      remedy: 'Name another environment, or a pull request. With force: true it is removed all the same.',
    });
  }
  const hosts = get('host')
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter(Boolean);
  const commit = (command === 'preview' && previewCommit(run, number)) || (run.sha ?? '');
  const version = get('version') || commit;
  const release = get('release') || undefined;
  const period = parseDuration(get('period'));
  const force = get('force');

  const environmentProblem = environmentName(environment);
  if (environmentProblem) reject('environment', environmentProblem);
  for (const problem of hosts.map(server)) if (problem) reject('host', problem);
  const jumpHost = get('jump-host') || undefined;
  const jumpProblem = jumpHost === undefined ? undefined : server(jumpHost);
  if (jumpProblem) reject('jump-host', jumpProblem);
  const needed = ['deploy', 'build', 'plan', 'preview'].includes(command);
  if (version === '' && needed)
    reject('version', { what: 'is not given, and no commit is known', remedy: 'Name it.' });
  if (version !== '' && !TAG.test(version)) reject('version', noTag(version));
  if (release && !TAG.test(release))
    reject('release', { what: `is no release: ${quoted(release)}`, remedy: LIST });
  if (typeof period !== 'number') reject('period', inDays(period, get('period')));
  if (force !== 'true' && force !== 'false') reject('force', noBoolean(force));
  const skip = get('skip')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((word) => oneOf(SKIPPABLE, word, (problem) => reject('skip', problem)));
  const username = get('registry-username');
  const password = get('registry-password').replace(/\r?\n$/, '');
  if (username === '' && password !== '')
    reject('registry-username', { what: 'is missing, and registry-password is given', remedy: PAIR });
  if (username !== '' && password === '')
    reject('registry-password', {
      what: 'is missing or empty, and registry-username is given',
      remedy: PAIR,
    });
  const textOrFile = (name: InputName) =>
    contents(get(name, command !== 'build'), run.workspace, (problem) => reject(name, problem));

  const inputs: Inputs = {
    command,
    config: get('config'),
    environment,
    pullRequest: typeof number === 'number' ? number : undefined,
    commit,
    hosts: Object.freeze(hosts),
    sshKey: textOrFile('ssh-key'),
    sshPassphrase: get('ssh-passphrase').replace(/\r?\n$/, '') || undefined,
    sshKnownHosts: textOrFile('ssh-known-hosts'),
    jumpHost,
    registryLogin: username === '' ? undefined : { username, password },
    secrets: get('secrets'),
    version,
    release,
    images: parseImages(get('images'), (problem) => reject('images', problem)),
    skip: new Set(skip),
    periodMs: Number(period),
    monitoring: oneOf(STACK_ENDS, get('monitoring'), (problem) => reject('monitoring', problem)),
    force: force === 'true',
    githubToken: get('github-token').trim(),
    run,
  };
  if (faults.length > 0) throw new DeployError(faults);
  return Object.freeze(inputs);
}

/** The pull request that a run is about; undefined for commands that are about none. */
function pullRequestOf(
  command: CommandName,
  given: string,
  environment: string,
  ofEvent: number | undefined,
): number | Problem | undefined {
  if (command !== 'preview' && command !== 'remove') return undefined;
  if (given !== '') {
    const number = previewNumber(`pr-${given}`);
    return (
      number ?? {
        what: `is no number of a pull request: ${quoted(given)}`,
        remedy: 'Write it as in #42: 42.',
      }
    );
  }
  // Another environment is removed by its name, also by a run that a pull request began.
  if (command === 'remove' && environment !== 'production') return undefined;
  if (ofEvent !== undefined || command === 'remove') return ofEvent;
  return {
    what: 'is missing, and the event that began this run has no pull request',
    remedy: 'Run it on the event pull_request, or give the number.',
  };
}

/**
 * The commit of a preview. Of a pull request that began the run it is that of its branch, which people know, not the
 * merge that GitHub made of it; of one that was only named it is what is checked out, not what the run stands on.
 */
function previewCommit({ event, workspace }: RunFacts, number: unknown): string {
  const { pullRequest } = event;
  return (pullRequest?.number === number ? pullRequest?.headSha : checkedOut(workspace)) ?? '';
}
