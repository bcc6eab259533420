import { secretVariables } from '../build/build-model.ts';
import type { ComposeModel } from '../compose/model.ts';
import { absentIn, resolveEnv } from '../config/env.ts';
import type { Context } from './context.ts';
import { openHosts } from './session.ts';
import { readModelOf } from './user-model.ts';
import { secretsWith } from './with-secrets.ts';

type Built = Pick<ComposeModel, 'services' | 'secrets'>;

/** Secrets that images are built with and that are not there: in arguments, or as secrets of the build. */
export function absentForBuilds(model: Built, filling: Readonly<Record<string, string>>): string[] {
  const sections = Object.values(model.services).flatMap(({ build, image }) =>
    build ? [[build, image]] : [],
  );
  const there = (name: string) => (filling[name] ?? '') !== '' && absentIn(filling[name] ?? '').length === 0;
  const files = secretVariables(model).filter((name) => !there(name));
  return [...new Set([...absentIn(JSON.stringify(sections)), ...files])];
}

/**
 * The user's model for a run that builds and deploys nothing: of the stores it asks for what its images need, and for no
 * more, since such a job may have no way to the others.
 * @throws DeployError secrets-... with all that can not be had
 */
export async function readForBuild(
  given: Context,
  project: string,
): Promise<{ readonly context: Context; readonly model: ComposeModel }> {
  const model = await readModelOf(given, project);
  const needed = given.skipBuild ? [] : absentForBuilds(model, given.filling);
  const secrets = await secretsWith(given, needed, () => openHosts(given));
  if (secrets === given.secrets) return { context: given, model };
  const { values, filling } = resolveEnv(given.config, new Map(Object.entries(secrets)));
  const context: Context = {
    ...given,
    secrets,
    env: { ...given.env, ...values },
    filling: { ...given.filling, ...filling },
  };
  return { context, model: await readModelOf(context, project) };
}
