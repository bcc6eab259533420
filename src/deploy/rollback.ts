import { command } from '../commands/command.ts';
import { readModel } from '../compose/model.ts';
import { otherColor } from '../edge/state.ts';
import { DeployError } from '../errors.ts';
import { type Activation, activate } from './activate.ts';
import { changesBetween } from './changes.ts';
import { conclude } from './conclude.ts';
import type { Context } from './context.ts';
import type { Facts } from './facts.ts';
import { discard } from './finish.ts';
import { knownOf, objectivesWith, type Part, recovers, serving } from './part.ts';
import { composeFile, projectName } from './paths.ts';
import { prepareRollback } from './prepare.ts';
import type { Release } from './records.ts';
import type { Server } from './server.ts';
import { openHosts, Session } from './session.ts';
import type { Steps } from './steps.ts';

/** Releases that went live, in the order in which they first did. */
export function goodReleases(facts: Pick<Facts, 'ledger'>): string[] {
  return [...new Set(facts.ledger.filter((one) => one.outcome === 'deployed').map((one) => one.release))];
}

/**
 * Which release a rollback goes to: the one asked for, or the good one before the live one; so a second rollback
 * goes one further back. Forward again goes by its name.
 * @throws DeployError rollback-none, rollback-unknown, rollback-never-live with what is there to choose from.
 */
export function chooseRelease(
  facts: Facts,
  live: string | undefined,
  asked: string | undefined,
  force: boolean,
): Release {
  const good = goodReleases(facts);
  const kept = facts.releases.filter((one) => good.includes(one.id) && one.id !== live);
  const choice =
    kept.length > 0 ? `Kept are: ${kept.map((one) => one.id).join(', ')}.` : 'None is kept on the server.';
  if (asked) {
    const found =
      facts.releases.find((one) => one.id === asked) ??
      facts.releases.findLast((one) => one.version === asked);
    if (!found)
      throw new DeployError({
        code: 'rollback-unknown',
        what: `There is no release ${asked}.`,
        where: 'input release',
        remedy: choice,
      });
    if (!good.includes(found.id) && found.id !== live && !force) {
      throw new DeployError({
        code: 'rollback-never-live',
        what: `The release ${found.id} never went live well.`,
        where: 'input release',
        remedy: `${choice} With force: true it is tried all the same.`,
      });
    }
    return found;
  }
  const at = live === undefined ? good.length : good.indexOf(live);
  const before = good
    .slice(0, at < 0 ? good.length : at)
    .findLast((id) => facts.releases.some((one) => one.id === id));
  const found = facts.releases.find((one) => one.id === before);
  if (!found) {
    throw new DeployError({
      code: 'rollback-none',
      what: 'There is no older good release to go back to.',
      remedy: kept.length > 0 ? `${choice} Name one as release.` : 'Deploy the commit that was good.',
    });
  }
  return found;
}

/** Back to a release that is kept on the servers: its images, config and env of that time. */
export async function rollback(context: Context, steps: Steps, asked: string | undefined): Promise<Part> {
  const { config, author } = context;
  const hosts = await steps.phase('connect', () => openHosts(context));
  const session = await steps.phase('lease', () => Session.open(context, hosts, []));
  try {
    const [first] = session.servers as [Server];
    const live = serving(first, config.app, config.environment);
    const target = chooseRelease(first.facts, live?.release, asked, context.force);
    if (target.id === live?.release) {
      context.log.info(`${target.id} is live already`);
      return {
        outcome: 'unchanged',
        release: target.id,
        version: target.version,
        color: live.color,
        requests: 0,
        failedRequests: 0,
        downtimeMs: 0,
      };
    }
    steps.known = { ...knownOf(live), attempted: target.id, commit: target.commit };
    warnOfMigrations(context, first.facts, target);

    const all = await Promise.all(session.servers.map((server) => activationOf(context, server, target.id)));
    const each = (work: (one: Activation) => Promise<void>) => Promise.all(all.map(work));
    try {
      await steps.phase('prepare', () =>
        each(async (one) => {
          steps.onFailure('stop the release that failed', () => stopAgain(context, steps, one));
          const journal = {
            kind: 'rollback' as const,
            release: one.release.id,
            color: one.color,
            at: new Date(context.now()).toISOString(),
            ...author,
            ...(one.from ? { from: one.from } : {}),
          };
          const standing = one.server.facts.state?.colors[one.color]?.release === one.release.id;
          await prepareRollback(one.server, one, journal, standing);
        }),
      );
      const served = await activate(unobserved(context), steps, all);
      await steps.phase('finish', () => conclude(context, steps, all, 'rollback'));
      const before = first.facts.releases.find((one) => one.id === live?.release);
      return {
        outcome: 'rolled-back',
        release: target.id,
        version: target.version,
        color: (all[0] as Activation).color,
        requests: served.requests,
        failedRequests: served.failed,
        ...(served.failed === 0 ? { downtimeMs: 0 } : {}),
        changes: changesBetween(before, target),
        ...(recovers(first.facts) && { recovered: true }),
        objectives: objectivesWith(context, first, {
          kind: 'rollback',
          outcome: 'rolled-back',
          durationMs: steps.elapsedMs,
        }),
        ...(live ? { previousRelease: live.release } : {}),
      };
    } catch (error) {
      await steps.undo();
      throw error;
    }
  } finally {
    await session.close();
  }
}

/**
 * A rollback leaves what is bad for what was good, because somebody asked for it: to watch it for a while and then go
 * back to the bad one would help nobody. It is looked at once.
 */
const unobserved = (context: Context): Context => ({
  ...context,
  config: { ...context.config, observe: { ...context.config.observe, forMs: 0 } },
});

/** What the database looks like since is not rolled back: a person should know. */
function warnOfMigrations(context: Context, facts: Facts, target: Release): void {
  const at = facts.ledger.findIndex((one) => one.release === target.id && one.outcome === 'deployed');
  const since = facts.ledger.slice(at + 1).filter((one) => one.migrated && one.release !== target.id);
  if (since.length === 0) return;
  context.log.warn({
    code: 'rollback-migration',
    what: `Since ${target.id} the hook before-switch ran ${since.length} times (last for ${since.at(-1)?.release}). It may have changed the database, which stays as it is.`,
    remedy: 'Check that the old release can live with it.',
  });
}

async function activationOf(context: Context, server: Server, id: string): Promise<Activation> {
  const { config, token } = context;
  const found = server.facts.releases.find((one) => one.id === id);
  const from = serving(server, config.app, config.environment);
  const color = from ? otherColor(from.color) : 'blue';
  if (!found) {
    throw new DeployError({
      code: 'rollback-unknown',
      where: server.host.name,
      what: `The release ${id} is not on this server.`,
      remedy: 'Deploy its commit instead.',
    });
  }
  const standby = server.facts.state?.colors[color];
  const running = server.facts.containers.some((one) => one.color === color && one.state === 'running');
  // A standby that runs has been checked and has served: one good answer tells that it still can.
  const quick = running && standby?.release === id;
  const release = quick
    ? {
        ...found,
        routes: found.routes.map((route) => ({ ...route, health: { ...route.health, inARow: 1 } })),
      }
    : found;
  const file = `${server.facts.paths.release(id)}/${composeFile(color)}`;
  const { stdout } = await server.must(command('cat', file), {
    code: 'rollback-damaged',
    what: `The kept release ${id} is damaged: its compose file can not be read.`,
    remedy: 'Deploy its commit instead.',
  });
  return { server, release, color, model: readModel(stdout), from, token };
}

async function stopAgain(
  context: Context,
  steps: Steps,
  { server, release, color, from, token }: Activation,
): Promise<void> {
  const at = new Date(context.now()).toISOString();
  const command = discard(
    server.facts.paths.root,
    token,
    projectName(release.app, release.environment, color),
    '',
    {
      at,
      kind: 'rollback',
      outcome: steps.reverted ? 'reverted' : 'failed',
      release: release.id,
      version: release.version,
      color,
      durationMs: steps.elapsedMs,
      migrated: false,
      ...context.author,
      ...(from ? { previous: from.release } : {}),
    },
  );
  await server.must(command, { code: 'undo', what: 'The release that failed could not be stopped again.' });
}
