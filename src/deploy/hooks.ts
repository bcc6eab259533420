import type { Command } from '../commands/command.ts';
import { script } from '../commands/command.ts';
import type { Hook } from '../config/config.ts';
import type { Color } from '../edge/state.ts';
import { DeployError } from '../errors.ts';
import type { Context } from './context.ts';
import { STILL_OURS } from './lease.ts';
import { composeFile, projectName } from './paths.ts';
import { CLEAN_ENV } from './project-shell.ts';
import type { Release } from './records.ts';
import type { Server } from './server.ts';

/** A one-off container of the new release, beside it and without what it depends on: that is up already. */
export function hookCommand(
  root: string,
  token: string,
  dir: string,
  project: string,
  color: Color,
  hook: Hook,
): Command {
  const words = typeof hook.run === 'string' ? ['sh', '-c', hook.run] : hook.run;
  const source = `
${STILL_OURS}
still_ours "$1" "$2"; cd "$3" || exit 70; project=$4; file=$5; service=$6; shift 6
exec ${CLEAN_ENV} docker compose --ansi never -p "$project" --env-file .env -f "$file" run --rm --no-deps -T "$service" "$@" </dev/null 2>&1`;
  return script(source, [root, token, dir, project, composeFile(color), hook.service, ...words]);
}

/** @throws DeployError hook-failed with its last lines; the old release has not been touched then. */
export async function runHook(
  context: Context,
  server: Server,
  name: string,
  hook: Hook,
  release: Release,
  color: Color,
  token: string,
): Promise<void> {
  const { paths } = server.facts;
  const project = projectName(release.app, release.environment, color);
  const command = hookCommand(paths.root, token, paths.release(release.id), project, color, hook);
  const timeout = AbortSignal.timeout(hook.timeoutMs);
  const lines: string[] = [];
  const failed = (what: string, remedy: string) =>
    new DeployError({
      code: 'hook-failed',
      where: `${server.host.name}, hook ${name}, service ${hook.service}`,
      what,
      remedy,
      evidence: lines.slice(-30).join('\n'),
    });
  try {
    const { code } = await server.host.run(command, {
      signal: AbortSignal.any([context.signal, timeout]),
      onLine: (line) => {
        lines.push(line);
        context.log.info(line);
      },
    });
    if (code === 0) return;
    throw failed(
      `The hook ended with ${code}: ${lines.findLast((line) => line.trim() !== '') ?? ''}`,
      'Its last lines are below. The old release goes on serving; what the hook itself changed stays changed.',
    );
  } catch (error) {
    if (!timeout.aborted || context.signal.aborted) throw error;
    throw failed(
      `The hook did not end within ${hook.timeoutMs / 1000} s.`,
      `Its last lines are below. When it only needs longer, raise ${name === 'seed' ? 'preview.seed' : `hooks.${name}`}.timeout.`,
    );
  }
}
