import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds after which a folder of another run is what a killed one left. */
const STALE_MS = 24 * 3_600_000;

const base = () => process.env.RUNNER_TEMP || tmpdir();
/** Where a run keeps what must not outlive it. The name is made of its token, so post finds it when main was killed. */
const pathOf = (token: string) => join(base(), `restaurant-deploy-${token}`);

/** Makes it, for this user alone; returns its path. Folders that killed runs without a post left long ago go. */
export function makeOwnFolder(token: string): string {
  for (const name of readdirSync(base())) {
    if (!/^restaurant-deploy-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name)) continue;
    const info = statSync(join(base(), name), { throwIfNoEntry: false });
    if (info?.uid === process.getuid?.() && Date.now() - (info?.mtimeMs ?? 0) > STALE_MS)
      rmSync(join(base(), name), { recursive: true, force: true });
  }
  const path = pathOf(token);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Removes it with all that is in it; fine when it is not there. */
export function removeOwnFolder(token: string): void {
  if (token !== '') rmSync(pathOf(token), { recursive: true, force: true });
}
