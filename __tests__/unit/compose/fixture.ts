import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ComposeModel, readModel } from '../../../src/compose/model.ts';
import type { Notice, SplitRequest } from '../../../src/compose/types.ts';

/** Where a fixture lies in its recording: a runner's workspace. */
export const WORKSPACE = '/home/runner/work/app/app';
export const ROOT = '/home/deploy/.restaurant-deploy/apps/shop/production';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'fixtures');

/** What `docker compose config` printed for a fixture (see record.mjs). */
export function recorded(name: string): ComposeModel {
  return readModel(readFileSync(join(folder, name, 'config.json'), 'utf8'));
}

/** A split of a fixture for app `shop` in `production`, color green. */
export function requestFor(name: string, more: Partial<SplitRequest> = {}): SplitRequest {
  return {
    model: recorded(name),
    app: 'shop',
    environment: 'production',
    color: 'green',
    release: 'r2',
    shared: [],
    routes: [],
    env: {},
    images: {},
    projectDir: WORKSPACE,
    workspace: WORKSPACE,
    root: ROOT,
    existing: (path) => standing(path.replace(WORKSPACE, join(folder, name))),
    ...more,
  };
}

/** A split of services written down in the test. */
export function requestOf(model: object, more: Partial<SplitRequest> = {}): SplitRequest {
  return {
    ...requestFor('restaurant'),
    model: readModel(
      JSON.stringify({ name: 'app', networks: { default: { name: 'app_default' } }, ...model }),
    ),
    existing: () => undefined,
    ...more,
  };
}

function standing(path: string): 'file' | 'directory' | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && (stat.isDirectory() ? 'directory' : 'file');
}

/** Notices in one line each: what a test compares. */
export function told(notices: readonly Notice[]): string[] {
  return notices.map(({ level, code, service }) => `${level} ${code}${service ? ` ${service}` : ''}`);
}
