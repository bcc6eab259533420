import { archive } from '../commands/archive.ts';
import { type Command, command, render, script } from '../commands/command.ts';
import type { ComposeModel } from '../compose/model.ts';
import type { Color } from '../edge/state.ts';
import { DeployError } from '../errors.ts';
import type { Activation } from './activate.ts';
import type { Bundle } from './bundle.ts';
import { ROLLBACK } from './by-hand.ts';
import type { Context } from './context.ts';
import { STILL_OURS } from './lease.ts';
import { projectName } from './paths.ts';
import { logsOf, RunningProject } from './project.ts';
import { REMOVE_PROJECT } from './project-shell.ts';
import type { Journal } from './records.ts';
import type { Server } from './server.ts';
import { WRITE_FILE } from './writes.ts';

const SHARED_MS = 120_000;

/**
 * The journal, the release's folder, the volumes, and an idle color without containers: in one command, since they
 * are all needed before anything can start. Standard input is a tar with the folders release/ and shared/, and the
 * script for a rollback by hand.
 */
export function prepareCommand(
  root: string,
  token: string,
  id: string,
  journal: string,
  idleProject: string,
  more: readonly Command[],
  tags: readonly Command[],
): Command {
  const source = `
set -u; umask 077
${STILL_OURS}
${WRITE_FILE}
${REMOVE_PROJECT}
still_ours "$1" "$2"; cd "$1" || exit 70
write_file journal.json "$4" || exit 70
remove_project "$1" "$5" & removing=$!
rm -rf releases/.new; mkdir -p "releases/.new" && tar -xpf - -C releases/.new || { rm -rf releases/.new; exit 71; }
find releases/.new -type f -exec sync {} + || exit 71
mkdir -p ../../../bin && mv releases/.new/rollback ../../../bin/rollback || exit 71
rm -rf "releases/$3"; mv releases/.new/release "releases/$3" || exit 71
if [ -d releases/.new/shared ]; then mkdir -p shared; cp -a releases/.new/shared/. shared/ || exit 71; fi
rm -rf releases/.new
umask 022
${[...more.map(render), ...tags.map(render)].map((line) => `${line} >/dev/null || exit 72`).join('\n')}
wait "$removing" || { echo 'the containers of the idle color could not be removed' >&2; exit 73; }`;
  return script(source, [root, token, id, journal, idleProject]);
}

/** Sends the release to a server and makes room for the color that will run it. */
export async function prepare(
  context: Context,
  server: Server,
  bundle: Bundle,
  color: Color,
  journal: Journal,
  token: string,
  tags: readonly Command[],
): Promise<void> {
  const { paths, sharedSum } = server.facts;
  const sharedChanged = bundle.sharedSum !== '' && bundle.sharedSum !== sharedSum;
  const split = bundle.splits[color];
  const entries = [
    { path: 'rollback', content: ROLLBACK, mode: 0o700 },
    ...bundle.entries.map((entry) => ({ ...entry, path: `release/${entry.path}` })),
    ...(sharedChanged
      ? bundle.sharedEntries.map((entry) => ({ ...entry, path: `shared/${entry.path}` }))
      : []),
  ];
  const things = [
    ...split.dataDirs.map((dir) => command('mkdir', '-p', dir)),
    ...split.volumes.map((volume) =>
      command(
        ...['docker', 'volume', 'create'],
        ...(volume.driver ? ['--driver', volume.driver] : []),
        ...Object.entries(volume.options ?? {}).flatMap(([key, value]) => ['--opt', `${key}=${value}`]),
        ...Object.entries(volume.labels ?? {}).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
        volume.name,
      ),
    ),
  ];
  const output = await server.host.run(
    prepareCommand(
      paths.root,
      token,
      bundle.release.id,
      JSON.stringify(journal),
      projectName(bundle.release.app, bundle.release.environment, color),
      things,
      tags,
    ),
    { input: archive(entries), signal: context.signal },
  );
  if (output.code !== 0) throw prepareFault(server, output.code, output.stderr.trim());
  if (bundle.splits.blue.shared)
    await startShared(context, server, bundle.splits.blue.shared, sharedChanged, token);
}

function prepareFault(server: Server, code: number, said: string): DeployError {
  const full = /no space left|disk quota/i.test(said);
  return new DeployError({
    code: full ? 'host-disk-full' : 'prepare',
    where: server.host.name,
    what: full
      ? 'The disk of the server is full.'
      : `The release could not be put on the server (${code}): ${said.split('\n').at(-1) ?? ''}`,
    remedy: full
      ? 'Make room (df -h and docker system df show where it went), then run the deploy again.'
      : `Check the rights of ${server.facts.paths.root}.`,
    evidence: said,
  });
}

/** Brings the shared services up when they are not, or were changed; otherwise they are not touched. */
async function startShared(
  context: Context,
  server: Server,
  model: ComposeModel,
  changed: boolean,
  token: string,
): Promise<void> {
  const there = server.facts.containers.filter((one) => one.color === 'shared' && one.state === 'running');
  const running = Object.keys(model.services).every((name) => there.some((one) => one.service === name));
  if (!changed && running) return;
  context.log.info(`starting the shared services: ${Object.keys(model.services).join(', ')}`);
  const { app, environment } = context.config;
  const request = {
    project: projectName(app, environment, 'shared'),
    dir: server.facts.paths.shared,
    file: 'compose.json',
    model,
    connect: [],
    routed: [],
    standing: false,
  };
  const project = new RunningProject(server, token, request, (line) => context.log.info(line));
  const deadline = AbortSignal.any([context.signal, AbortSignal.timeout(SHARED_MS)]);
  try {
    await project.until((picture) => {
      project.check(picture, server.host.name);
      return picture.up === 0 && picture.readiness.state === 'ready';
    }, deadline);
    // Only now: a start that was cut is done again by the next deploy.
    if (changed) {
      await server.must(script('mv "$1/sum.next" "$1/sum"', [request.dir]), {
        code: 'prepare',
        what: 'That the shared services run could not be written down.',
        remedy: `Check the disk and the rights of ${request.dir}.`,
      });
    }
  } catch (error) {
    if (!deadline.aborted || context.signal.aborted) throw error;
    throw new DeployError({
      code: 'shared-late',
      where: server.host.name,
      what: `The shared services were not ready after ${SHARED_MS / 1000} s (${project.waitingFor}).`,
      remedy: 'Their log below says why.',
      evidence: await logsOf(server, request.project),
    });
  } finally {
    project.stop();
  }
}

/** The journal, and an idle color that holds nothing but the release to go back to. */
export async function prepareRollback(
  server: Server,
  one: Activation,
  journal: Journal,
  standing: boolean,
): Promise<void> {
  const { app, environment } = one.release;
  const source = `
set -u; umask 077
${STILL_OURS}
${WRITE_FILE}
${REMOVE_PROJECT}
still_ours "$1" "$2"; cd "$1" || exit 70
write_file journal.json "$3" || exit 70
[ -z "$4" ] || remove_project "$1" "$4" || exit 73
shift 4
for image in "$@"; do docker image inspect "$image" >/dev/null 2>&1 || { echo "the image $image is gone" >&2; exit 72; }; done`;
  const remove = standing ? '' : projectName(app, environment, one.color);
  const images = standing ? [] : [...new Set(Object.values(one.release.images))];
  await server.must(
    script(source, [server.facts.paths.root, one.token, JSON.stringify(journal), remove, ...images]),
    {
      code: 'rollback-prepare',
      what: `The release ${one.release.id} can not be brought back.`,
      remedy: 'When its images are gone, deploy its commit instead.',
    },
  );
}
