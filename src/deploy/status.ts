import { environmentKey } from '../edge/state.ts';
import { readStats, statCommand } from '../edge/stats.ts';
import type { Table } from '../report/result.ts';
import { cautions } from './cautions.ts';
import type { Context } from './context.ts';
import { type Part, serving } from './part.ts';
import { preflight } from './preflight.ts';
import { decideRecovery } from './recover.ts';
import { Server } from './server.ts';
import { look, openHosts } from './session.ts';
import type { Steps } from './steps.ts';

/** What is live, since when and by whom; both colors, the shared services, the edge. Changes nothing. */
export async function status(context: Context, steps: Steps): Promise<Part> {
  const { app, environment } = context.config;
  const hosts = await steps.phase('connect', () => openHosts(context));
  const seen = await steps.phase('look', () =>
    Promise.all(
      hosts.map(async (host) => {
        const server = new Server(host, await look(context, host, []));
        const sessions = await sessionsBySlot(server, environmentKey(app, environment));
        server.release();
        return { server, sessions };
      }),
    ),
  );
  const tables: Table[] = [];
  const data = seen.map(({ server, sessions }) => {
    const { facts } = server;
    const live = serving(server, app, environment);
    const release = facts.releases.find((one) => one.id === live?.release);
    const recovery = decideRecovery(facts, app, environment);
    const colors = (['blue', 'green'] as const).map((color) => ({
      color,
      role: live?.color === color ? 'active' : facts.state?.colors[color] ? 'standby' : 'idle',
      release: facts.state?.colors[color]?.release,
      since: facts.state?.colors[color]?.since,
      sessions: sessions.get(color) ?? 0,
    }));
    return {
      live: live && {
        ...live,
        version: release?.version,
        since: facts.state?.colors[live.color]?.since,
        by: facts.state?.by,
        run: facts.state?.run,
      },
      colors,
      containers: facts.containers.map(({ color, service, state, status: told }) => ({
        color,
        service,
        state,
        status: told,
      })),
      edge: {
        running: facts.edge.running,
        hostnames: facts.edge.state.hosts
          .filter((one) => one.environment === environmentKey(app, environment))
          .map((one) => one.host),
      },
      releases: facts.releases.map(({ id, version, createdAt }) => ({ id, version, createdAt })),
      interrupted: recovery && { ...recovery.journal, next: recovery.kind },
      faults: [
        ...preflight(facts, server.host.name, context.config.routes.length > 0),
        ...cautions(facts, server.host.name, context.now()),
      ],
    };
  });
  for (const [at, one] of data.entries()) {
    const of = data.length > 1 ? ` (server ${at + 1})` : '';
    tables.push(
      {
        title: `Colors${of}`,
        head: ['color', 'role', 'release', 'since', 'open sessions'],
        rows: one.colors.map((c) => [c.color, c.role, c.release ?? '-', c.since ?? '-', String(c.sessions)]),
      },
      {
        title: `Containers${of}`,
        head: ['color', 'service', 'state'],
        rows: one.containers.map((c) => [c.color, c.service, c.status]),
      },
      {
        title: `Releases${of}`,
        head: ['release', 'version', 'made'],
        rows: one.releases.map((r) => [r.id, r.version, r.createdAt]),
      },
    );
    for (const fault of one.faults) context.log.warn(fault);
    if (one.interrupted) {
      context.log.warn({
        code: 'interrupted',
        what: `A ${one.interrupted.kind} of ${one.interrupted.release} by ${one.interrupted.by} was begun and is not ended.`,
        remedy: `The next deploy ${one.interrupted.next === 'finish' ? 'finishes it' : 'takes it away'}; command: unlock does so at once.`,
      });
    }
    context.log.info(JSON.stringify(one));
  }
  const [first] = data;
  return {
    outcome: 'done',
    tables,
    data,
    ...(first?.live ? { release: first.live.release, color: first.live.color } : {}),
    ...(first?.live?.version ? { version: first.live.version } : {}),
  };
}

/** Color -> open sessions at the edge. */
async function sessionsBySlot(server: Server, key: string): Promise<Map<string, number>> {
  const slots = server.facts.edge.state.slots.filter((one) => one.environment === key);
  const sessions = new Map<string, number>();
  if (!server.facts.edge.running || slots.length === 0) return sessions;
  const runtime = await server.runtime();
  const answers = await runtime.ask(slots.map((one) => statCommand(one.slot)));
  for (const [at, slot] of slots.entries()) {
    sessions.set(slot.color, (sessions.get(slot.color) ?? 0) + readStats(answers[at] ?? '').sessions);
  }
  return sessions;
}
