import { resolve } from 'node:path';
import { beside } from '../build/beside.ts';
import { build } from '../build/build.ts';
import { buildModel, dockerfileOf } from '../build/build-model.ts';
import { builtServices } from '../build/images.ts';
import { runTests, type TestOutcome, testEnvironment } from '../build/tests.ts';
import type { ComposeModel } from '../compose/model.ts';
import { interpolationEnv } from '../compose/read.ts';
import { absentIn, missingSecrets } from '../config/env.ts';
import { fillIn } from './bundle.ts';
import type { Context } from './context.ts';
import type { Steps } from './steps.ts';
import { composeSource, projectOf } from './user-model.ts';

/**
 * Tests and builds on the runner, side by side: a test that fails ends the build, and the other way round.
 * @param docker the runner's environment with the login of the registry, for base images that are private.
 * @param first what has to be in order before, in the same phase.
 * @throws DeployError test-failed, build-failed.
 */
export async function testAndBuild(
  context: Context,
  steps: Steps,
  id: string,
  model: ComposeModel,
  docker: NodeJS.ProcessEnv | undefined,
  first: () => Promise<void>,
): Promise<void> {
  const building = !context.skipBuild && !context.images && builtServices(model).length > 0;
  const tests = context.skipTest ? [] : context.config.test;
  if (tests.length === 0 && !building) return;
  // Lines that come from one place alone are shown as they come; those of several would be a muddle.
  const live = tests.length === 1 && !building;
  const ended: TestOutcome[] = [];
  const name = [tests.length > 0 ? 'test' : '', building ? 'build' : ''].filter(Boolean).join(' and ');
  try {
    await steps.phase(name, async () => {
      await first();
      const runner = {
        local: context.local,
        env: testEnvironment(process.env),
        folder: (path: string) => {
          const absolute = resolve(context.workspace, path);
          return context.existing(absolute) === 'directory' ? absolute : undefined;
        },
        now: context.now,
        onLine: (_: string, line: string) => {
          if (live) context.log.info(line);
        },
        onEnd: (outcome: TestOutcome) => {
          ended.push(outcome);
          context.log.info(titleOf(outcome));
        },
      };
      await beside(context.signal, [
        (stop) => runTests(runner, tests, stop),
        ...(building ? [(stop: AbortSignal) => buildImages(context, model, id, docker, stop)] : []),
      ]);
    });
  } finally {
    if (!live) for (const outcome of ended) await show(context, outcome);
  }
}

const titleOf = ({ name, result, ms }: TestOutcome) =>
  `test ${name}: ${result} after ${(ms / 1000).toFixed(1)} s`;

/** All that a step printed, in a group of its own. */
const show = ({ log }: Context, outcome: TestOutcome): Promise<void> =>
  log.group(titleOf(outcome), async () => {
    for (const line of outcome.lines) log.info(line);
  });

async function buildImages(
  context: Context,
  model: ComposeModel,
  id: string,
  docker: NodeJS.ProcessEnv = process.env,
  signal: AbortSignal,
): Promise<void> {
  const { projectDir } = composeSource(context, projectOf(context));
  const late = { COLOR: 'blue', RELEASE: id, IMAGE_TAG: context.version };
  const env = interpolationEnv(docker, { ...context.filling, ...late });
  const filled = buildModel(fillIn(model, late), projectOf(context), ({ build: section }) =>
    dockerfileOf(section, context.readFile),
  );
  const absent = absentIn(JSON.stringify(filled));
  if (absent.length > 0) throw missingSecrets(absent);
  await build(context.local, { model: filled, projectDir, env }, context.log, signal);
}
