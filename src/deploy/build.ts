import { DeployError } from '../errors.ts';
import { readForBuild } from './build-secrets.ts';
import type { Context } from './context.ts';
import { enterRegistry, takeMade } from './made.ts';
import { testAndBuild } from './make.ts';
import type { Part } from './part.ts';
import { releaseId } from './read.ts';
import { imageSources } from './source.ts';
import type { Steps } from './steps.ts';
import { together } from './together.ts';
import { projectOf } from './user-model.ts';

/**
 * Tests, builds and pushes, and goes to no server: the first jobs of a workflow whose last one deploys. What was built
 * is handed over by digest.
 * @throws DeployError build-no-registry, build-nothing.
 */
export async function build(given: Context, steps: Steps): Promise<Part> {
  if (given.config.push === 'ssh') {
    throw new DeployError({
      code: 'build-no-registry',
      what: 'What is built here has no way to the job that deploys: push is ssh.',
      remedy: 'Name a registry in deploy.yml, such as push: ghcr.io/org, or build in the job that deploys.',
    });
  }
  const project = projectOf(given);
  const id = releaseId(given.now(), given.version);
  const [{ context, model }, registry] = await steps.phase('connect', () =>
    together([readForBuild(given, project), enterRegistry(given)]),
  );
  const sources = imageSources(model, project, id, context.version);
  const architectures = () => Promise.resolve([]);
  const baked = await testAndBuild({ context, id, model, registry, architectures }, steps);
  const { pins, references } = await takeMade(context, steps, registry, model, sources, baked, []);
  const images = Object.fromEntries(
    Object.entries(pins).flatMap(([service, pin]) => {
      const reference = references.get(pin);
      return reference ? [[service, reference]] : [];
    }),
  );
  if (Object.keys(images).length === 0) {
    throw new DeployError({
      code: 'build-nothing',
      what: 'No image was built: no service has a build section, or skip leaves the build out.',
      remedy: 'Leave this job out; deploy needs it for images that are built alone.',
    });
  }
  const rows = Object.entries(images);
  return {
    outcome: 'built',
    version: context.version,
    images,
    tables: [{ title: 'Images', head: ['service', 'image'], rows }],
  };
}
