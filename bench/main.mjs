// The overheads of restaurant-deploy beside their floors, in one run: script/bench. docs/reliability.md has the budgets.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runAction } from './action.mjs';
import { change, FLOOR_COMPOSE, writeApp } from './app.mjs';
import { waysBack } from './back.mjs';
import { builds, pushes } from './images.mjs';
import { metricsOfADeploy, scrapes } from './monitoring.mjs';
import { countingProxy } from './proxy.mjs';
import { median, Report } from './report.mjs';

const BUNDLE = fileURLToPath(new URL('../dist/index.cjs', import.meta.url));
const FLOOR = readFileSync(new URL('floor.sh', import.meta.url));
const MEGABYTE = 1024 * 1024;
const STARTS = 9;

const {
  RIG_HOST_1: host,
  RIG_HTTP_1: http,
  RIG_KEY: key,
  RIG_KNOWN_HOSTS: knownHosts,
  RIG_CONTAINER_1: container,
  RIG_REGISTRY: registry,
} = process.env;
const rounds = Number(process.env.ROUNDS ?? 7);
const report = new Report();
const say = (text) => process.stderr.write(`-- ${text}\n`);

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
let version = 0;

const inputs = (command, more = {}) => ({
  command,
  config: 'deploy.yml',
  environment: 'production',
  period: '30d',
  force: 'false',
  host,
  'ssh-key': key,
  'ssh-known-hosts': knownHosts,
  ...more,
});

function deploy(more = {}, expected = 0) {
  version++;
  change(folder, `v${version}`);
  const all = inputs('deploy', { version: `v${version}`, skip: 'test, build, push', ...more });
  return runAction(BUNDLE, folder, all, expected);
}

/** Runs floor.sh as the deploy user on the server itself. */
function floor(...args) {
  const argv = [
    'exec',
    '-i',
    '-u',
    'deploy',
    '-e',
    'HOME=/home/deploy',
    container,
    'sh',
    '-s',
    '/home/deploy/floor',
  ];
  return Number(execFileSync('docker', [...argv, ...args], { input: FLOOR, encoding: 'utf8' }).trim());
}

function setUpFloor() {
  const source = 'mkdir -p floor/html && cd floor && cat >compose.yaml && echo floor >html/index.html';
  const argv = ['exec', '-i', '-u', 'deploy', '-w', '/home/deploy', container, 'sh', '-c', source];
  execFileSync('docker', argv, { input: FLOOR_COMPOSE });
}

/** Ours and the floor in turn, so that what else the machine does falls on both. */
async function deploys() {
  const ours = [];
  const bare = [];
  const switches = [];
  floor('deploy');
  for (let round = 0; round < rounds; round++) {
    const { milliseconds, metrics } = await deploy();
    ours.push(milliseconds);
    switches.push(metrics.phases.find((phase) => phase.name === 'switch').duration_ms);
    bare.push(floor('deploy'));
  }
  const least = median(bare);
  report.add({
    name: 'deploy-overhead',
    value: median(ours),
    unit: 'ms',
    floor: least,
    limit: least + 1500,
    budget: 'floor + 1500 ms',
  });
  report.add({ name: 'switch', value: median(switches), unit: 'ms' });
}

async function roundTrips() {
  const [, user, name, port] = /^(.*)@(.*):(\d+)$/.exec(host);
  const proxy = await countingProxy(name, Number(port));
  const known = join(folder, 'known_hosts');
  writeFileSync(known, readFileSync(knownHosts, 'utf8').replaceAll(`:${port} `, `:${proxy.port} `));
  try {
    await deploy({ host: `${user}@127.0.0.1:${proxy.port}`, 'ssh-known-hosts': known });
    if (proxy.connections() !== 1) throw new Error(`${proxy.connections()} connections instead of one`);
    report.add({
      name: 'round-trips',
      value: proxy.roundTrips(),
      unit: 'round trips',
      limit: 30,
      budget: 'at most 30',
    });
  } finally {
    proxy.close();
  }
}

function bundle() {
  const code = readdirSync(dirname(BUNDLE)).filter((name) => /\.c?js$/.test(name));
  const bytes = code.map((name) => statSync(join(dirname(BUNDLE), name)).size);
  const size = bytes.reduce((sum, one) => sum + one) / MEGABYTE;
  report.add({ name: 'bundle-size', value: size, unit: 'MB', limit: 3, budget: 'at most 3 MB' });
  const time = (...args) => {
    const began = performance.now();
    execFileSync(process.execPath, args, { cwd: folder, stdio: 'ignore', env: { PATH: process.env.PATH } });
    return performance.now() - began;
  };
  const help = [];
  const bare = [];
  for (let start = 0; start < STARTS; start++) {
    bare.push(time('-e', '0'));
    help.push(time(BUNDLE, '--help'));
  }
  const least = median(bare);
  const result = { name: 'bundle-start', value: median(help), unit: 'ms', floor: least, limit: 4 * least };
  report.add({ ...result, budget: '4 times the floor' });
}

try {
  bundle();
  writeApp(folder, 'stopped');
  say('the first deploy, which sets up the server, is not measured');
  await deploy();
  setUpFloor();
  say(`deploys, ${rounds} of ours and ${rounds} bare ones in turn`);
  await deploys();
  await roundTrips();
  say('what metrics and the exporter of the edge take');
  await metricsOfADeploy({ bundle: BUNDLE, report, rounds, inputs, folder });
  await scrapes({ report, rounds, container });
  say('rollbacks, reverts, and the lease of a run that died, which takes 90 s');
  await waysBack({ bundle: BUNDLE, report, rounds, folder, inputs, deploy, floor, container, http });
  const few = Math.min(rounds, 3);
  const given = { bundle: BUNDLE, report, rounds: few, inputs, registry, host, key, knownHosts, container };
  say(`builds and tests, ${few} times`);
  await builds(given);
  say(`pushes over SSH, ${few} times, beside other ways`);
  await pushes(given);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (report.broken > 0) say(`${report.broken} of the budgets do not hold here`);
process.exitCode = report.broken > 0 && process.argv.includes('--check') ? 1 : 0;
