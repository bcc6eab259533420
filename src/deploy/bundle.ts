import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../commands/archive.ts';
import { dotenv } from '../compose/dotenv.ts';
import { type ComposeModel, writeModel } from '../compose/model.ts';
import { splitCompose } from '../compose/split.ts';
import type { Split } from '../compose/types.ts';
import type { Config } from '../config/config.ts';
import { COLORS, type Color } from '../edge/state.ts';
import type { Origin } from '../secrets/provider.ts';
import { byHand } from './by-hand.ts';
import { composeFile, type Paths } from './paths.ts';
import { alwaysOf } from './project-shell.ts';
import type { Release } from './records.ts';

/**
 * Stand-ins for what is known late or differs by color. The compose model is read once with these in it, and each
 * color's and release's model is made by putting the true values in their place.
 */
export const PLACEHOLDERS = {
  COLOR: 'rd0color0placeholder',
  RELEASE: 'rd0release0placeholder',
  IMAGE_TAG: 'rd0image0tag0placeholder',
} as const;

type Late = { readonly [name in keyof typeof PLACEHOLDERS]: string };

/** The model with the stand-ins replaced. */
export function fillIn(model: ComposeModel, late: Late): ComposeModel {
  let text = JSON.stringify(model);
  for (const name of Object.keys(PLACEHOLDERS) as (keyof Late)[]) {
    // A function, since "$&" in a text would stand for what is replaced.
    text = text.replaceAll(PLACEHOLDERS[name], () => JSON.stringify(late[name]).slice(1, -1));
  }
  return JSON.parse(text) as ComposeModel;
}

export interface BundleRequest {
  readonly config: Config;
  /** The user's model, with the stand-ins in it. */
  readonly model: ComposeModel;
  readonly id: string;
  readonly version: string;
  readonly commit: string;
  readonly committedAt: number | undefined;
  readonly createdAt: string;
  /** Variables of the containers, and all that the compose file may use. */
  readonly env: Readonly<Record<string, string>>;
  readonly filling: Readonly<Record<string, string>>;
  /** Where the values of the stores came from. */
  readonly origins: Readonly<Record<string, Origin>>;
  readonly images: Readonly<Record<string, string>>;
  readonly paths: Paths;
  /** Folder of the first compose file; relative paths were resolved against it. */
  readonly projectDir: string;
  readonly workspace: string;
  readonly existing: (path: string) => 'file' | 'directory' | undefined;
}

/** A release, ready to be sent: its record, its files, and both colors' projects. */
export interface Bundle {
  readonly release: Release;
  readonly splits: Readonly<Record<Color, Split>>;
  /** Files of the release's folder. */
  readonly entries: readonly Entry[];
  /** Files of the shared folder; empty without shared services. */
  readonly sharedEntries: readonly Entry[];
  /** A hash of them: the same means that the shared services stay untouched. */
  readonly sharedSum: string;
}

/** Makes the bundle. Reads the files that travel, to hash them; changes nothing. */
export function makeBundle(request: BundleRequest): Bundle {
  const { config, env, filling } = request;
  const split = (color: Color, id: string, version: string) => {
    const late = { COLOR: color, RELEASE: id, IMAGE_TAG: version };
    return splitCompose({
      model: fillIn(request.model, late),
      app: config.app,
      environment: config.environment,
      color,
      release: id,
      shared: config.shared,
      routes: config.routes,
      env: { ...env, ...late },
      images: request.images,
      projectDir: request.projectDir,
      workspace: request.workspace,
      root: request.paths.root,
      existing: request.existing,
    });
  };
  const splits = {
    blue: split('blue', request.id, request.version),
    green: split('green', request.id, request.version),
  };
  const routes = config.routes.map(({ hosts, service, port, health, tls }) => ({
    hosts: [...hosts],
    service,
    port,
    health,
    tls: tls !== undefined,
    redirect: tls?.redirect ?? false,
  }));
  // What names the release itself is left out of the fingerprint: a new name alone is no change.
  const neutral = split('blue', 'same', 'same');
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([neutral.color, neutral.shared, neutral.volumes, routes, config.hooks]))
    .update(neutral.files.map(({ from, to }) => `${to} ${hashTree(from)}`).join('\n'))
    .update(JSON.stringify(neutral.variables.map(({ variable }) => [variable, filling[variable]])))
    .digest('hex');

  const release: Release = {
    id: request.id,
    app: config.app,
    environment: config.environment,
    version: request.version,
    commit: request.commit,
    ...(request.committedAt === undefined ? {} : { committedAt: request.committedAt }),
    createdAt: request.createdAt,
    fingerprint,
    routes,
    targets: { blue: [...splits.blue.edge], green: [...splits.green.edge] },
    images: { ...request.images },
    env: Object.fromEntries(
      Object.entries(filling).map(([name, value]) => [name, sha256(`${name}=${value}`).slice(0, 16)]),
    ),
    secrets: { ...request.origins },
    drainMs: config.drain.timeoutMs,
    standby: config.standby.keep,
    standbyMs: config.standby.forMs,
    migrated: config.hooks.beforeSwitch !== undefined,
  };
  const sharedFile = splits.blue.shared ? writeModel(splits.blue.shared) : '';
  const sharedFiles = splits.blue.files.filter((one) => one.scope === 'shared');
  const sharedVariables = variables(splits.blue, 'shared', filling);
  const sharedTrees = sharedFiles.map(({ from, to }) => `${to} ${hashTree(from)}`);
  const sharedSum = splits.blue.shared
    ? sha256([sharedFile, sharedVariables, ...sharedTrees].join('\n'))
    : '';
  return {
    release,
    splits,
    entries: [
      { path: 'release.json', content: `${JSON.stringify(release)}\n`, mode: 0o600 },
      {
        path: 'images',
        content: Object.values(request.images)
          .map((image) => `${image}\n`)
          .join(''),
        mode: 0o600,
      },
      { path: 'by-hand', content: byHand(release, alwaysOf(splits.blue.color)), mode: 0o600 },
      { path: '.env', content: variables(splits.blue, 'release', filling), mode: 0o600 },
      ...COLORS.map((color) => ({
        path: composeFile(color),
        content: writeModel(splits[color].color),
        mode: 0o600,
      })),
      ...files(splits.blue, 'release'),
    ],
    sharedEntries: splits.blue.shared
      ? [
          { path: 'compose.json', content: sharedFile, mode: 0o600 },
          { path: '.env', content: sharedVariables, mode: 0o600 },
          ...files(splits.blue, 'shared'),
          // It becomes `sum` once they run.
          { path: 'sum.next', content: sharedSum, mode: 0o600 },
        ]
      : [],
    sharedSum,
  };
}

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

const variables = (split: Split, scope: 'release' | 'shared', env: Readonly<Record<string, string>>) =>
  dotenv(
    Object.fromEntries(
      split.variables
        .filter((one) => one.scope === scope)
        .map(({ variable }) => [variable, env[variable] ?? '']),
    ),
  );

const files = (split: Split, scope: 'release' | 'shared'): Entry[] =>
  split.files.filter((one) => one.scope === scope).map(({ from, to }) => ({ path: `files/${to}`, from }));

/** A hash of a file, or of a folder with all below it: names, modes, contents. */
function hashTree(path: string): string {
  const info = lstatSync(path);
  if (info.isSymbolicLink()) return sha256(`link ${readlinkSync(path)}`);
  if (!info.isDirectory()) return `${info.mode & 0o777} ${sha256(readFileSync(path))}`;
  return sha256(
    readdirSync(path)
      .sort()
      .map((name) => `${name} ${hashTree(join(path, name))}`)
      .join('\n'),
  );
}
