import { GUARD_MAPS, mapFile } from '../edge/maps.ts';
import { type Guard, loginMark } from '../edge/state.ts';
import type { Fault } from '../errors.ts';
import { DeployError } from '../errors.ts';
import type { Context } from './context.ts';
import { rewriteEdge, UNKNOWN_MAP } from './edge-changes.ts';
import type { Server } from './server.ts';

/** What the edge is told about who may come in; undefined for everybody. */
export function guardOf({ config, secrets }: Pick<Context, 'config' | 'secrets'>): Guard | undefined {
  const { guard } = config;
  if (!guard) return undefined;
  const { noindex, login } = guard;
  return { noindex, ...(login && { login: loginMark(login.user, secrets[login.secret] ?? '') }) };
}

/**
 * Makes sure that the edge can keep a guard. One that runs since before there were guards can not, and only a restart
 * gives it the configuration that can: that is for a person to choose the time of, since it is a gap for every app.
 * @throws DeployError edge-old when a login is wanted; that only search engines could come is a warning.
 */
export async function demandGuard(context: Context, server: Server): Promise<void> {
  const guard = guardOf(context);
  if (!guard || (!guard.noindex && !guard.login) || !server.facts.edge.running) return;
  const runtime = await server.runtime();
  const shown = await runtime.ask(GUARD_MAPS.map((name) => `show map ${mapFile(name)}`));
  if (!shown.some((answer) => UNKNOWN_MAP.test(answer))) return;
  // So that the restart is all that is left to do.
  await rewriteEdge(server);
  const fault: Fault = {
    code: 'edge-old',
    where: server.host.name,
    what: `The edge was started by an older version and can not keep ${guard.login ? 'strangers' : 'search engines'} out.`,
    remedy:
      'At a quiet time, on the server: docker restart restaurant-deploy-edge. It takes some 2 s, in which no app there answers.',
  };
  if (guard.login) throw new DeployError(fault);
  context.log.warn(fault);
}
