// The ways back: by hand to a standby or to a release whose containers are gone, by itself after a breach, and past a
// run that died.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAction, startAction } from './action.mjs';
import { COMPOSE, HOSTNAME, writeApp } from './app.mjs';
import { median } from './report.mjs';

/** How often the client of the revert asks. */
const ASK_MS = 20;

/**
 * @param {object} kit the bench's own: bundle, report, rounds, folder, inputs, deploy, floor, container, http
 */
export async function waysBack(kit) {
  await rollbacks(kit, 'running');
  await rollbacks(kit, 'stopped');
  await coldRollbacks(kit);
  await reverts(kit);
  await takeover(kit);
}

const projectOf = (color) => `bench-production-${color}`;
const other = (color) => (color === 'blue' ? 'green' : 'blue');

/** A line of shell of the deploy user, with the project as $1. */
const onServer = ({ container }, source, project) =>
  execFileSync('docker', ['exec', '-u', 'deploy', container, 'sh', '-c', source, 'sh', project], {
    stdio: 'ignore',
  });

/** From what serves to the release before it. */
async function rollback({ bundle, folder, inputs }, release) {
  const run = await runAction(bundle, folder, inputs('rollback', { release }));
  if (run.outputs.outcome !== 'rolled-back')
    throw new Error(`the rollback came out as ${run.outputs.outcome}`);
  return run;
}

/** Between the two newest releases, there and back again. */
async function rollbacks(kit, standby) {
  const { report, rounds, folder, deploy } = kit;
  writeApp(folder, standby);
  let { outputs } = await deploy();
  const times = [];
  const bare = [];
  for (let round = 0; round < rounds; round++) {
    const run = await rollback(kit, outputs['previous-release']);
    outputs = run.outputs;
    times.push(run.milliseconds);
    if (standby === 'stopped') bare.push(startStandby(kit, other(outputs.color)));
  }
  if (standby === 'running') {
    const budget = 'at most 1000 ms';
    report.add({ name: 'rollback-warm', value: median(times), unit: 'ms', limit: 1000, budget });
    return;
  }
  const least = median(bare);
  const result = { name: 'rollback-stopped', value: median(times), unit: 'ms', floor: least };
  report.add({ ...result, limit: least + 1000, budget: 'floor + 1000 ms' });
}

/** The floor of a rollback to a stopped standby; leaves it stopped again. */
function startStandby(kit, color) {
  const milliseconds = kit.floor('start', projectOf(color));
  const source = 'docker stop $(docker ps -q --filter "label=com.docker.compose.project=$1")';
  onServer(kit, source, projectOf(color));
  return milliseconds;
}

/** To a release whose containers are gone; what is left is its folder, and its images. */
async function coldRollbacks(kit) {
  const { report, rounds, folder, deploy, floor } = kit;
  writeApp(folder, 'stopped');
  let { outputs } = await deploy();
  const times = [];
  const bare = [];
  for (let round = 0; round < rounds; round++) {
    const source = 'docker rm -f $(docker ps -aq --filter "label=com.docker.compose.project=$1")';
    onServer(kit, source, projectOf(other(outputs.color)));
    const run = await rollback(kit, outputs['previous-release']);
    outputs = run.outputs;
    times.push(run.milliseconds);
    bare.push(floor('deploy'));
  }
  const result = { name: 'rollback-cold', value: median(times), unit: 'ms', floor: median(bare) };
  report.add({ ...result, limit: 30_000, budget: 'at most 30 s' });
}

/** Fine where it is asked for its health, and for everything else 500. */
const BROKEN = `server {
  listen 80;
  location = /health { return 200; }
  location / { return 500; }
}
`;

/**
 * A release that answers 500 once it is public. What is measured is what the public sees: from the first 500 of the new
 * color to the first good answer of the old one after it.
 */
async function reverts(kit) {
  const { report, rounds, folder, deploy, http } = kit;
  const times = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    writeRevert(folder, BROKEN.replace('500', '200'));
    await deploy();
    writeRevert(folder, BROKEN);
    const client = watch(http);
    const { outputs } = await deploy({}, 1);
    const seen = await client.stop();
    if (outputs.outcome !== 'reverted') throw new Error(`the deploy came out as ${outputs.outcome}`);
    times.push(outageOf(seen));
  }
  const result = { name: 'revert', value: median(times), unit: 'ms' };
  report.add({ ...result, limit: 5000, budget: 'at most 5 s' });
}

function writeRevert(folder, server) {
  mkdirSync(join(folder, 'conf'), { recursive: true });
  writeFileSync(join(folder, 'conf', 'default.conf'), server);
  const volumes = 'volumes: ["./conf:/etc/nginx/conf.d:ro", ';
  const compose = COMPOSE.replace('volumes: [', volumes).replace('127.0.0.1/"', '127.0.0.1/health"');
  writeFileSync(join(folder, 'compose.yaml'), compose);
  const route = `{hosts: [${HOSTNAME}], service: web, port: 80, health: {path: /health}}`;
  writeFileSync(
    join(folder, 'deploy.yml'),
    `app: bench\nroutes: [${route}]\nobserve: {for: 10s}\nstandby: {keep: running, for: 1h}\n`,
  );
}

/** Asks again and again, one request after the other, and keeps when what was answered. */
function watch(http) {
  const seen = [];
  let over = false;
  const loop = (async () => {
    while (!over) {
      const asked = request(http, { headers: { host: HOSTNAME } }).end();
      const [answer] = await once(asked, 'response');
      answer.resume();
      seen.push({ at: performance.now(), status: answer.statusCode });
      await sleep(ASK_MS);
    }
  })();
  return {
    stop: async () => {
      over = true;
      await loop;
      return seen;
    },
  };
}

function outageOf(seen) {
  const first = seen.find(({ status }) => status >= 500);
  const last = seen.findLast(({ status }) => status >= 500);
  const back = last && seen.find(({ at }) => at > last.at);
  if (!first || !back) throw new Error('the client saw no outage, or no end of it');
  return back.at - first.at;
}

/** A run is killed with its lease; the next one waits until it counts as dead, and goes on. */
async function takeover({ bundle, report, folder, inputs, deploy, container }) {
  writeApp(folder, 'running');
  await deploy();
  const lease = '/home/deploy/.restaurant-deploy/apps/bench/production/lease';
  const held = () =>
    execFileSync('docker', ['exec', container, 'sh', '-c', `cat ${lease} 2>/dev/null || :`], {
      encoding: 'utf8',
    });
  writeFileSync(join(folder, 'html', 'index.html'), 'killed\n');
  const more = { version: 'killed', skip: 'test, build, push' };
  const { child } = startAction(bundle, folder, inputs('deploy', more));
  while (held() === '') await sleep(10);
  child.kill('SIGKILL');
  const { metrics } = await deploy();
  const { start_ms: start, duration_ms: waited } = metrics.phases.find(({ name }) => name === 'lease');
  const result = { name: 'lease-takeover', value: start + waited, unit: 'ms' };
  report.add({ ...result, limit: 95_000, budget: 'stale after 90 s' });
}
