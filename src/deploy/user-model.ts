import { dirname, resolve } from 'node:path';
import { isolated, writtenBeside } from '../compose/isolate.ts';
import { limited } from '../compose/limit.ts';
import type { ComposeModel } from '../compose/model.ts';
import { interpolationEnv, readCompose } from '../compose/read.ts';
import { composeFiles } from '../config/read.ts';
import { PLACEHOLDERS } from './bundle.ts';
import type { Context } from './context.ts';

/** Compose's project on the runner: names the images that have no name of their own. */
export const projectOf = ({ config }: Context): string => `${config.app}-${config.environment}`;

/** Where the user's compose files are and how they are read. */
export function composeSource(context: Context, project: string) {
  const files = composeFiles(context.config, context.workspace).map((file) =>
    resolve(context.workspace, file),
  );
  // Relative paths in a compose file begin at the folder of the first one, as they do for Compose itself.
  const projectDir = dirname(files[0] ?? context.workspace);
  return { files, profiles: context.config.profiles, projectDir, projectName: project };
}

/** The user's compose files as one model, with the stand-ins in it, and within the bounds of the environment. */
export async function readModelOf(context: Context, project: string): Promise<ComposeModel> {
  const { isolate, limits } = context.config;
  const model = await readCompose({
    ...composeSource(context, project),
    env: interpolationEnv(process.env, { ...context.filling, ...PLACEHOLDERS }),
    run: (argv, { env, cwd }) => context.local.run({ argv }, { env, cwd, signal: context.signal }),
  });
  if (isolate) {
    for (const { service = '', ...notice } of writtenBeside(model, context))
      context.log.warn({ ...notice, where: `compose file, service ${service}` });
  }
  const own = isolate ? isolated(model, context) : model;
  return limits ? limited(own, limits) : own;
}
