import { DeployError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Log } from '../log.ts';
import { bake } from './bake.ts';
import type { BuildModel } from './build-model.ts';
import { cacheTrouble, failedByCache } from './cache.ts';

/** What is built, and where. */
export interface BuildRequest {
  readonly model: BuildModel;
  /** The same without caches, for when they are what a build fails by. */
  readonly plain: BuildModel;
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  /**
   * `compose` leaves images in docker's store. `bake` leaves them with the builder, from where they are pushed: it spares
   * the way through docker's store, which is long from a builder in a container.
   */
  readonly way: 'compose' | 'bake';
}

/** Lines of a failed build that its error shows. */
const LAST_LINES = 25;

/**
 * Builds on the runner. A cache that can not be used costs a warning: what it would have kept is built.
 * @throws DeployError build-failed with the builder's last lines.
 */
export async function build(
  local: Host,
  request: BuildRequest,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const first = await run(local, request, request.model, log, signal);
  const trouble = cacheTrouble(first.said);
  const bad = first.code !== 0 && request.model !== request.plain && failedByCache(reasonOf(first.said));
  if (bad || trouble.length > 0) {
    log.warn({
      code: 'build-cache',
      what: `A build cache could not be used: ${(trouble[0] ?? reasonOf(first.said)).replace(/^ERROR: /, '')}`,
      remedy: bad
        ? 'The images are built without it.'
        : 'It costs time and nothing else; the next build tries it again.',
    });
  }
  const { code, said } = bad ? await run(local, request, request.plain, log, signal) : first;
  if (code === 0) return;
  throw new DeployError({
    code: 'build-failed',
    where: request.way === 'bake' ? 'docker buildx bake' : 'docker compose build',
    what: `An image could not be built: ${reasonOf(said)}`,
    remedy: 'The lines before show which step it was. Nothing on the server was touched.',
    evidence: said.slice(-LAST_LINES).join('\n'),
  });
}

async function run(
  local: Host,
  { projectDir, env, way }: BuildRequest,
  model: BuildModel,
  log: Log,
  signal: AbortSignal,
): Promise<{ code: number; said: string[] }> {
  const options = { signal, env: builderEnv(env), cwd: projectDir, onLine: (line: string) => log.info(line) };
  const compose = ['docker', 'compose', '--project-directory', projectDir, '--file', '-', 'build'];
  const { code, stdout, stderr } =
    way === 'bake'
      ? await bake(local, model, () => ['--set', '*.output=type=cacheonly'], options)
      : await local.run({ argv: compose, stdin: JSON.stringify(model) }, options);
  return { code, said: `${stdout}\n${stderr}`.trim().split('\n') };
}

/**
 * Without attestations that nobody asked for: they hold the time of the build, so that an image whose content did not
 * change would be another one. The files of a build may lie anywhere, as they may for Compose.
 */
export const builderEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
  BUILDX_BAKE_ENTITLEMENTS_FS: '0',
});

/** The line of a builder's output that says why: its last error, else its last word. */
export function reasonOf(said: readonly string[]): string {
  const line =
    said.findLast((one) => /\berror\b|failed/i.test(one)) ?? said.findLast((one) => one.trim() !== '');
  return (line ?? 'it gave no reason').trim();
}
