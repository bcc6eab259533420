import type { ComposeModel } from '../compose/model.ts';
import { environmentKey, takenRoutes } from '../edge/state.ts';
import { DeployError, type Fault } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import { cautions, memoryLimits } from './cautions.ts';
import type { Context } from './context.ts';
import { DOCKER_SOCKET, type Facts } from './facts.ts';
import { strayNames, unknownNames } from './names.ts';
import { preflight } from './preflight.ts';
import type { Server } from './server.ts';
import { look } from './session.ts';
import { judgeCertificates } from './tls.ts';

/** What was found of one server. */
export interface Judgement {
  /** What would keep a deploy from working. */
  readonly errors: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** Everything about a server that can be known before anything is begun, all at once. */
export async function judge(
  context: Context,
  model: ComposeModel,
  host: Host,
  facts: Facts,
): Promise<Judgement> {
  const { app, environment, routes, shared } = context.config;
  const errors = preflight(facts, host.name, routes.length > 0);
  const warnings = cautions(facts, host.name, context.now(), memoryLimits(model, shared));
  // Without Docker no file of root's can be read, and nothing else matters.
  if (facts.engine === undefined) return { errors, warnings };
  const [certificates, forwarding] = await Promise.all([
    judgeCertificates(context, host, facts.edge.running),
    demandForwarding(host, facts, routes.length > 0),
  ]);
  const taken = takenRoutes(facts.edge.state, environmentKey(app, environment), routes).map((fault) => ({
    ...fault,
    where: host.name,
  }));
  return {
    errors: [...errors, ...taken, ...certificates.errors, ...forwarding],
    warnings: [...warnings, ...certificates.warnings],
  };
}

/**
 * Whether sockets of the server can be reached, as the edge's will have to be. Once an edge runs it has been so; before,
 * Docker's own socket is there to try it on.
 */
async function demandForwarding(host: Host, facts: Facts, needsEdge: boolean): Promise<readonly Fault[]> {
  if (!needsEdge || facts.edge.running || !facts.dockerSocket) return [];
  try {
    (await host.dial(DOCKER_SOCKET)).destroy();
    return [];
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return error.faults;
  }
}

/**
 * Looks at the servers before a long build, so that an old Docker is told first.
 * @throws DeployError with everything that keeps a deploy from working, on all servers
 */
export async function judgeEarly(
  context: Context,
  model: ComposeModel,
  hosts: readonly Host[],
): Promise<Map<Host, Facts>> {
  const seen = await Promise.all(
    hosts.map(async (host) => {
      const facts = await look(context, host, []);
      return { host, facts, ...(await judge(context, model, host, facts)) };
    }),
  );
  await tell(context, seen);
  return new Map(seen.map(({ host, facts }) => [host, facts]));
}

/**
 * The same once the lease is ours, for a deploy that had nothing to do before. Certificates too, though they are read again
 * as they are brought to the edge: by then a hook has changed the database for a release that can not serve.
 */
export async function judgeLate(
  context: Context,
  model: ComposeModel,
  servers: readonly Server[],
): Promise<void> {
  const seen = servers.map(async ({ host, facts }) => {
    return { host, facts, ...(await judge(context, model, host, facts)) };
  });
  await tell(context, await Promise.all(seen));
}

async function tell(
  context: Context,
  seen: readonly (Judgement & { readonly facts: Facts })[],
): Promise<void> {
  const errors = seen.flatMap((one) => one.errors);
  if (errors.length > 0) throw new DeployError(errors);
  // Of names it is said before the first release alone: who stands behind a load balancer knows.
  const first = seen.every(({ facts }) => facts.state === undefined) && !context.config.guard;
  const names = first ? (await Promise.all([unknownNames(context), strayNames(context)])).flat() : [];
  // That a certificate ends soon is said where it is brought to the edge.
  const warnings = seen.flatMap((one) => one.warnings).filter(({ code }) => code !== 'tls-expiring');
  for (const warning of [...warnings, ...names]) context.log.warn(warning);
}
