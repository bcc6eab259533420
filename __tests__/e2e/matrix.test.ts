import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import type { Run } from './support/action.ts';
import { App } from './support/app.ts';
import { serves } from './support/ask.ts';
import { expectGood } from './support/expect.ts';
import { type Link, openLink } from './support/link.ts';
import { load } from './support/load.ts';
import { eventually } from './support/process.ts';
import { DOCKER_ANSWERS, type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { serverState } from './support/server-state.ts';

// Faults of the link and of the server in every phase of a deploy and of a rollback, under load. What a signal for the
// run, a dead runner and a power cut do is held by interrupted.test.ts, what a bad release does by failures.test.ts.

jest.setTimeout(180_000);

const NAME = 'e2e-matrix';
const RECORDS = `/home/deploy/.restaurant-deploy/apps/${NAME}/production`;
const CHANGES = {
  deploy: ['lease', 'prepare', 'start', 'check', 'switch', 'observe', 'drain', 'finish'],
  rollback: ['lease', 'prepare', 'start', 'check', 'drain', 'finish'],
} as const;

interface Fault {
  readonly name: string;
  /** The server itself stays up, so no request may be lost. */
  readonly harmless: boolean;
  readonly strike: () => Promise<unknown> | unknown;
}

let rig: Rig;
let server: Server;
let app: App;
let link: Link;

const FAULTS: Fault[] = [
  { name: 'link cut', harmless: true, strike: () => link.cutAfter(0) },
  { name: 'link swallowed', harmless: true, strike: () => link.swallow() },
  {
    name: 'dockerd killed',
    harmless: false,
    strike: () => sh(server, `kill -9 $(cat /run/keep-dockerd.pid); sleep 1; ${DOCKER_ANSWERS}`),
  },
  {
    name: 'edge killed',
    harmless: false,
    strike: () => sh(server, "kill -9 $(docker inspect -f '{{.State.Pid}}' restaurant-deploy-edge)"),
  },
];

const rows: string[] = [];

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = App.small(NAME, rig, server);
  app.config = { ...app.config, observe: { for: '2s' }, drain: { timeout: '2s' } };
  expectGood(await app.deploy());
  expectGood(await app.deploy());
});
afterAll(async () => {
  app?.remove();
  await rigDown();
  process.stdout.write(
    `\n| fault | change | phase | outcome | failed of requests |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`,
  );
});

/** Starts the change over the link, and strikes when the phase begins. */
async function changeStruck(change: keyof typeof CHANGES, phase: string, fault: Fault): Promise<Run> {
  const [user, port = ''] = server.host.split('@127.0.0.1:');
  link = await openLink(Number(port));
  const inputs = {
    host: `${user}@127.0.0.1:${link.port}`,
    'ssh-known-hosts': readFileSync(rig.knownHosts, 'utf8').replaceAll(`:${port} `, `:${link.port} `),
  };
  try {
    const run = change === 'deploy' ? app.startDeploy({ inputs }) : app.start('rollback', { inputs });
    await run.shows(new RegExp(`::group::${phase}\\b`));
    await fault.strike();
    return await run.ended;
  } finally {
    await link.close();
  }
}

const cells = FAULTS.flatMap((fault) =>
  (Object.keys(CHANGES) as (keyof typeof CHANGES)[]).flatMap((change) =>
    CHANGES[change].map((phase) => ({ fault, change, phase, title: `${fault.name}, ${change}, ${phase}` })),
  ),
);

test.each(cells)('$title', async ({ fault, change, phase }) => {
  const before = await serves(server, app.hostname);
  const clients = await load(server, app.hostname, `^${NAME} `, ['--clients', '4']);

  const run = await changeStruck(change, phase, fault);

  // The run says what it came to, and that is what serves.
  const now = await eventually('an answer', 30_000, () =>
    serves(server, app.hostname).catch(() => undefined),
  );
  const { outcome = '' } = run.outputs;
  const good = outcome === 'deployed' || outcome === 'rolled-back';
  expect(outcome).not.toBe('');
  expect({ outcome, code: run.code }).toEqual({ outcome, code: good ? 0 : 1 });
  if (good) expect(now.release).toBe(run.outputs.release);
  else expect(run.errors.length).toBeGreaterThan(0);

  // The next deploy needs no hand. The dead run's lease counts for 90 s; the test does not sit through them.
  await sh(server, `[ ! -f ${RECORDS}/lease ] || touch -d '-91 seconds' ${RECORDS}/lease`);
  const { outputs } = expectGood(await app.deploy());
  const seen = await clients.stop();
  rows.push(`| ${fault.name} | ${change} | ${phase} | ${outcome} | ${seen.failed} of ${seen.requests} |`);
  if (fault.harmless) {
    expect({ failures: seen.failures, first: seen.first }).toEqual({ failures: {}, first: [] });
    expect(seen.requests).toBeGreaterThan(20);
  }
  expect((await serves(server, app.hostname)).release).toBe(outputs.release);
  expect(before.release).not.toBe(outputs.release);
  const { files, containers } = await serverState(server);
  expect(files.filter((file) => /\/(journal\.json|lease|\.new)$/.test(file))).toEqual([]);
  expect(containers.filter((one) => one.includes('-web-') && one.endsWith(' running'))).toEqual([
    `${NAME}-production-${outputs.color}-web-1 running`,
  ]);
});
