import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DeployError } from '../errors.ts';
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';
import { listed, nearest } from './nearest.ts';
import { quoted } from './problem.ts';

/** The names under which a compose file is looked for when none is given, as Compose itself does. */
export const COMPOSE_NAMES = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yaml',
  'docker-compose.yml',
] as const;

/**
 * The settings of one environment, from a file of the workspace.
 * @param file relative to the workspace
 * @throws DeployError when the file can not be read, or with every fault in it
 */
export function readConfig(workspace: string, file: string, environment: string): Config {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(workspace, file));
  } catch (cause) {
    throw notFound(workspace, file, cause);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const fault = {
      code: 'config-character',
      what: 'The file is not UTF-8 text.',
      remedy: 'Save it as UTF-8.',
      file,
    };
    throw new DeployError(fault, { cause });
  }
  return loadConfig(text, file, environment);
}

function notFound(workspace: string, file: string, cause: unknown): DeployError {
  const near = nearest(file, entries(workspace));
  const remedy = near
    ? `Is ${quoted(near)} meant? Name it in the input \`config\`.`
    : 'Is actions/checkout a step before this one? The input `config` names the file, from the root of the repository.';
  const what = `The file of settings ${quoted(file)} can not be read.`;
  return new DeployError({ code: 'config-not-found', what, where: 'input config', remedy }, { cause });
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * The compose files of an app, relative to the workspace: those of the settings, else the one with a usual name.
 * @throws DeployError when one is not there
 */
export function composeFiles(config: Config, workspace: string): readonly string[] {
  const there = (file: string) => existsSync(join(workspace, file));
  if (config.compose.length === 0) {
    const found = COMPOSE_NAMES.find(there);
    if (found) return [found];
    const what = `There is no compose file: none of ${listed(COMPOSE_NAMES)}.`;
    throw new DeployError({
      code: 'config-compose-missing',
      what,
      where: 'compose',
      remedy: 'Name it under "compose".',
    });
  }
  const missing = config.compose.filter((file) => !there(file));
  if (missing.length === 0) return config.compose;
  throw new DeployError(
    missing.map((file) => {
      const near = nearest(file, entries(workspace));
      const remedy = near ? `Write "${near}" under "compose".` : 'Paths begin at the root of the repository.';
      return {
        code: 'config-compose-missing',
        what: `There is no compose file ${quoted(file)}.`,
        where: 'compose',
        remedy,
      };
    }),
  );
}
