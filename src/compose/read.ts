import { type Command, command } from '../commands/command.ts';
import { DeployError, type Fault } from '../errors.ts';
import { configFault, startFault } from './failures.ts';
import { type ComposeModel, readModel } from './model.ts';

/** Which compose files are read, and as what. */
export interface ComposeSource {
  /** Relative to `projectDir`, or absolute. */
  readonly files: readonly string[];
  readonly profiles: readonly string[];
  /** Absolute; relative paths in the files are resolved against it. */
  readonly projectDir: string;
  readonly projectName: string;
}

/** Runs a program on the runner to its end; rejects when it can not be started. */
export type RunLocally = (
  argv: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;

export interface ReadRequest extends ComposeSource {
  /** All that Compose sees: make it with `interpolationEnv`. */
  readonly env: Readonly<Record<string, string>>;
  readonly run: RunLocally;
}

/** `docker compose config`: the user's files as one model, with variables and paths resolved. */
export function composeConfig(source: ComposeSource): Command {
  return config(source, '--format', 'json');
}

/** The profiles that the files know, one a line. */
export function composeProfiles(source: ComposeSource): Command {
  return config(source, '--profiles');
}

function config({ files, profiles, projectDir, projectName }: ComposeSource, ...options: string[]): Command {
  return command(
    ...['docker', 'compose', '--project-name', projectName, '--project-directory', projectDir],
    ...files.flatMap((file) => ['--file', file]),
    ...profiles.flatMap((profile) => ['--profile', profile]),
    ...['config', ...options],
  );
}

/**
 * The variables that Compose may fill in: the given ones, and of the runner's environment only what docker itself
 * needs to start and to find its daemon. Nothing else of the runner leaks into a release.
 */
export function interpolationEnv(
  runner: Readonly<Record<string, string | undefined>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const needed = Object.entries(runner).flatMap(([name, value]) =>
    value !== undefined && (name === 'PATH' || name === 'HOME' || name.startsWith('DOCKER_'))
      ? [[name, value] as const]
      : [],
  );
  return { ...given, ...Object.fromEntries(needed) };
}

/**
 * Reads the user's compose files into one model.
 * @throws DeployError with codes `compose-...`: whatever Compose refuses, and each variable that is not set.
 */
export async function readCompose(request: ReadRequest): Promise<ComposeModel> {
  const first = await execute(request, composeConfig(request));
  const model = first.code === 0 ? parse(first.stdout, request) : undefined;
  const missing = missingVariables(first.stderr);
  const needed = [
    ...(missing.length > 0 ? await neededVariables(request, missing) : []),
    ...(model ? missingSources(model, request.env) : []),
  ];
  const faults: Fault[] = [];
  if (needed.length > 0) faults.push(variablesFault(request, needed));
  // What Compose says of a file with holes in it may be due to the holes, so it comes second.
  if (!model) faults.push(configFault(first, request));
  if (!model || faults.length > 0) throw new DeployError(faults);
  if (Object.keys(model.services).length === 0) throw new DeployError(await emptyFault(request));
  return model;
}

async function execute(request: ReadRequest, { argv }: Command, more: Readonly<Record<string, string>> = {}) {
  try {
    return await request.run(argv, { env: { ...more, ...request.env }, cwd: request.projectDir });
  } catch (error) {
    const fault = startFault(error, request.env);
    throw fault ? new DeployError(fault, { cause: error }) : error;
  }
}

function parse(stdout: string, source: ComposeSource): ComposeModel {
  try {
    return readModel(stdout);
  } catch (error) {
    throw new DeployError(
      {
        code: 'compose-output',
        what: 'What `docker compose config` printed is not understood.',
        where: source.files.join(', '),
        remedy: 'Compose 2.24 or newer is needed on the runner; `docker compose version` tells which it is.',
      },
      { cause: error },
    );
  }
}

/** Compose only warns of a variable that is not set, and goes on with an empty one. */
function missingVariables(stderr: string): string[] {
  const names = [...stderr.matchAll(/The \\?"([^"\\]+)\\?" variable is not set/g)].map(
    ([, name = '']) => name,
  );
  return [...new Set(names)].sort();
}

/** Of `secrets: {token: {environment: TOKEN}}` Compose looks the variable up when the container starts, not before. */
function missingSources(
  { services, configs, secrets }: ComposeModel,
  env: Readonly<Record<string, string>>,
): string[] {
  const used = (kind: 'configs' | 'secrets') =>
    Object.values(services).flatMap((service) => (service[kind] ?? []).map((grant) => grant.source));
  const sources = [
    ...used('configs').map((name) => configs?.[name]?.environment),
    ...used('secrets').map((name) => secrets?.[name]?.environment),
  ];
  const names = sources.filter((name) => name !== undefined);
  return [...new Set(names)].filter((name) => !Object.hasOwn(env, name));
}

/**
 * Compose warns of variables that only services of other profiles use, too; those harm nobody. So it is asked again
 * with a number in place of each (a number is fit for a port as well), and what of that shows in the model is needed.
 * When even that fails, nothing is known, and all are taken for needed.
 */
async function neededVariables(request: ReadRequest, missing: readonly string[]): Promise<readonly string[]> {
  const marks = missing.map((name, index) => [name, String(FIRST_MARK + index)] as const);
  const { code, stdout } = await execute(request, composeConfig(request), Object.fromEntries(marks));
  if (code !== 0) return missing;
  const { services, networks, volumes, configs, secrets } = parse(stdout, request);
  const text = JSON.stringify({ services, networks, volumes, configs, secrets });
  return marks.filter(([, mark]) => text.includes(mark)).map(([name]) => name);
}

/** Not a number that people use, and with room for some thousands of variables below the highest port. */
const FIRST_MARK = 57_314;

function variablesFault(source: ComposeSource, names: readonly string[]): Fault {
  const [first, ...others] = [...names].sort();
  const listed = [first, ...others].join(', ');
  return {
    code: 'compose-variable-missing',
    what:
      others.length === 0
        ? `The variable ${listed} is used but not set.`
        : `The variables ${listed} are used but not set.`,
    where: source.files.join(', '),
    remedy:
      'Give each in `env.clear` or `env.secret` of deploy.yml, or a default in the compose file ' +
      `(\`\${${first}:-}\`). Where a literal dollar is meant write \`$$${first}\`, and in an env file put the ` +
      'value into single quotes.',
  };
}

async function emptyFault(request: ReadRequest): Promise<Fault> {
  const { stdout } = await execute(request, composeProfiles(request));
  const profiles = stdout.split('\n').filter((line) => line !== '');
  const chosen = request.profiles.length === 0 ? 'no profile' : `profiles ${request.profiles.join(', ')}`;
  return {
    code: 'compose-no-services',
    what:
      profiles.length === 0
        ? 'The compose file has no services.'
        : `With ${chosen} chosen, the compose file has no services.`,
    where: request.files.join(', '),
    remedy:
      profiles.length === 0
        ? 'Name the right file in `compose` of deploy.yml.'
        : `Choose in \`profiles\` of deploy.yml among: ${profiles.join(', ')}.`,
  };
}
