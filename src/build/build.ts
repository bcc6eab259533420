import { DeployError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Log } from '../log.ts';

/** What is built, and where. */
export interface BuildRequest {
  /** Made by `buildModel`. */
  readonly model: object;
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Lines of a failed build that its error shows. */
const LAST_LINES = 25;

/**
 * Builds on the runner.
 * @throws DeployError build-failed with the builder's last lines.
 */
export async function build(
  local: Host,
  { model, projectDir, env }: BuildRequest,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const { code, stdout, stderr } = await local.run(
    {
      argv: ['docker', 'compose', '--project-directory', projectDir, '--file', '-', 'build'],
      stdin: JSON.stringify(model),
    },
    { signal, env, cwd: projectDir, onLine: (line) => log.info(line) },
  );
  if (code === 0) return;
  const said = `${stdout}\n${stderr}`.trim().split('\n');
  throw new DeployError({
    code: 'build-failed',
    where: 'docker compose build',
    what: `An image could not be built: ${reasonOf(said)}`,
    remedy: 'The lines before show which step it was. Nothing on the server was touched.',
    evidence: said.slice(-LAST_LINES).join('\n'),
  });
}

/** The line of a builder's output that says why: its last error, else its last word. */
export function reasonOf(said: readonly string[]): string {
  const line =
    said.findLast((one) => /\berror\b|failed/i.test(one)) ?? said.findLast((one) => one.trim() !== '');
  return (line ?? 'it gave no reason').trim();
}
