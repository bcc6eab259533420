import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import type { ActionRun, Run } from './support/action.ts';
import { App } from './support/app.ts';
import { serves } from './support/ask.ts';
import { emptyDisk, fillDisk, offSmallDisk, onSmallDisk } from './support/disk.ts';
import { expectGood } from './support/expect.ts';
import { type Link, openLink } from './support/link.ts';
import { load } from './support/load.ts';
import { eventually } from './support/process.ts';
import { DOCKER_ANSWERS, powerCut, type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { serverState } from './support/server-state.ts';

// Each fault in each phase of a deploy and of a rollback, under load. What a run says of them is held elsewhere:
// interrupted.test.ts, failures.test.ts and failures-server.test.ts.

jest.setTimeout(180_000);

const NAME = 'e2e-matrix';
const RECORDS = `/home/deploy/.restaurant-deploy/apps/${NAME}/production`;
const CHANGES = {
  deploy: ['lease', 'images', 'prepare', 'start', 'check', 'switch', 'observe', 'drain', 'finish'],
  rollback: ['lease', 'prepare', 'start', 'check', 'switch', 'drain', 'finish'],
} as const;
type Change = keyof typeof CHANGES;

/** What a fault has to strike at. */
interface Target {
  readonly run: ActionRun;
  readonly link: Link;
  /** The color that the change brings up. */
  readonly comes: string;
}

interface Fault {
  readonly name: string;
  /** Whether the app and its server stay up, so that no request may be lost. */
  readonly harmless: (phase: string) => boolean;
  /** Made before the change begins, and unmade after the app was deployed again. */
  readonly prepare?: string;
  readonly clean?: string;
  readonly strike: (target: Target) => Promise<unknown> | unknown;
  /** What somebody has to do before the next deploy. */
  readonly mend?: string;
}

let rig: Rig;
let server: Server;
let app: App;

const always = () => true;
const never = () => false;
const SERVING = ['observe', 'drain', 'finish'];

const FAULTS: Fault[] = [
  { name: 'run cancelled', harmless: always, strike: ({ run }) => process.kill(run.runner, 'SIGINT') },
  {
    name: 'runner killed',
    harmless: always,
    strike: ({ run }) => {
      const action = run.action();
      process.kill(run.runner, 'SIGKILL');
      process.kill(action, 'SIGKILL');
    },
  },
  { name: 'link cut', harmless: always, strike: ({ link }) => link.cutAfter(0) },
  { name: 'link swallowed', harmless: always, strike: ({ link }) => link.swallow() },
  {
    name: 'dockerd killed',
    harmless: never,
    strike: () => sh(server, `kill -9 $(cat /run/keep-dockerd.pid); sleep 1; ${DOCKER_ANSWERS}`),
  },
  { name: 'power cut', harmless: never, strike: () => powerCut(server) },
  {
    name: 'disk full',
    harmless: always,
    prepare: onSmallDisk(RECORDS),
    strike: () => sh(server, fillDisk(RECORDS, 0)),
    mend: emptyDisk(RECORDS),
    clean: offSmallDisk(RECORDS),
  },
  {
    name: 'edge killed',
    harmless: never,
    strike: () => sh(server, "kill -9 $(docker inspect -f '{{.State.Pid}}' restaurant-deploy-edge)"),
  },
  {
    name: 'new color crashes',
    // Once it serves, its crash is one.
    harmless: (phase) => !SERVING.includes(phase),
    strike: ({ comes }) =>
      sh(
        server,
        `pid=$(docker inspect -f '{{.State.Pid}}' ${NAME}-production-${comes}-web-1) && [ "$pid" -gt 0 ] && kill -9 $pid || :`,
      ),
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

/** Starts the change over a link of its own, and strikes when the phase begins. */
async function changeStruck(change: Change, phase: string, fault: Fault, comes: string): Promise<Run> {
  const [user, port = ''] = server.host.split('@127.0.0.1:');
  const link = await openLink(Number(port));
  const inputs = {
    host: `${user}@127.0.0.1:${link.port}`,
    'ssh-known-hosts': readFileSync(rig.knownHosts, 'utf8').replaceAll(`:${port} `, `:${link.port} `),
  };
  try {
    const run = change === 'deploy' ? app.startDeploy({ inputs }) : app.start('rollback', { inputs });
    await run.shows(new RegExp(`::group::${phase}\\b`));
    await fault.strike({ run, link, comes });
    return await run.ended;
  } finally {
    await link.close();
  }
}

/** Which part of the cells is run, such as 3/36; all of them by default. */
const [part = 0, parts = 1] = (process.env.MATRIX_PART ?? '0/1').split('/').map(Number);

const cells = FAULTS.flatMap((fault) =>
  (Object.keys(CHANGES) as Change[]).flatMap((change) =>
    CHANGES[change].map((phase) => ({ fault, change, phase, title: `${fault.name}, ${change}, ${phase}` })),
  ),
).filter((_, at) => at % parts === part % parts);

test.each(cells)('$title', async ({ fault, change, phase }) => {
  if (fault.prepare) await sh(server, fault.prepare);
  const before = await serves(server, app.hostname);
  const clients = await load(server, app.hostname, `^${NAME} `, ['--clients', '4']);

  const run = await changeStruck(change, phase, fault, before.color === 'blue' ? 'green' : 'blue');

  // The run says what it came to and what serves, and that does. One that was killed says nothing.
  const now = await eventually('an answer', 30_000, () =>
    serves(server, app.hostname).catch(() => undefined),
  );
  const { outcome = '' } = run.outputs;
  const good = outcome === 'deployed' || outcome === 'rolled-back';
  if (fault.name === 'runner killed') {
    expect(outcome).toBe('');
  } else {
    expect(outcome).not.toBe('');
    expect({ outcome, code: run.code }).toEqual({ outcome, code: good ? 0 : 1 });
    if (!good) expect(run.errors.length).toBeGreaterThan(0);
  }
  if (run.outputs.release) expect(now.release).toBe(run.outputs.release);

  // The next deploy needs no hand. The dead run's lease counts for 90 s; the test does not sit through them.
  if (fault.mend) await sh(server, fault.mend);
  await sh(server, `[ ! -f ${RECORDS}/lease ] || touch -d '-91 seconds' ${RECORDS}/lease`);
  const { outputs } = expectGood(await app.deploy());
  const seen = await clients.stop();
  const told = outcome || 'none';
  rows.push(`| ${fault.name} | ${change} | ${phase} | ${told} | ${seen.failed} of ${seen.requests} |`);
  if (fault.clean) await sh(server, fault.clean);
  if (fault.harmless(phase)) {
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
