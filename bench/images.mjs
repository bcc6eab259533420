// What tests, builds and pushes take, beside the same by bare commands.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runAction } from './action.mjs';
import { HOSTNAME } from './app.mjs';
import { countingProxy } from './proxy.mjs';
import { median } from './report.mjs';

const SERVICES = ['one', 'two', 'three'];
/** A build whose time is that of a step which works, as installing packages does, before the sources come. */
const DOCKERFILE = `FROM python:3.12-slim
COPY packages /packages
RUN python3 -m compileall -q -f /usr/lib/python3/dist-packages/django
COPY source /source
`;
const TEST_SECONDS = 3;
/** Random bytes of the layer that is sent: nothing makes them smaller. */
const LAYER = 24_000_000;

const timed = (work) => {
  const began = performance.now();
  work();
  return performance.now() - began;
};
const docker = (...args) =>
  execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
const phase = ({ phases }, name) => phases.find((one) => one.name === name)?.duration_ms ?? Number.NaN;

/** Measures builds, with and without tests beside them. */
export async function builds({ bundle, report, rounds, inputs, registry }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-build-'));
  let version = 0;
  const touch = (service, file) =>
    writeFileSync(join(folder, service, file), randomBytes(16).toString('hex'));
  const run = async (services, test) => {
    const compose = { services: Object.fromEntries(services.map((name) => [name, { build: `./${name}` }])) };
    writeFileSync(join(folder, 'compose.yaml'), JSON.stringify(compose));
    const tests = test ? `test: {wait: {run: "sleep ${TEST_SECONDS}"}}\n` : '';
    writeFileSync(join(folder, 'deploy.yml'), `app: bench\npush: ${registry}/bench\n${tests}`);
    const { metrics } = await runAction(bundle, folder, { ...inputs('build'), version: `b${++version}` });
    return phase(metrics, test ? 'test and build' : 'build');
  };
  try {
    for (const name of SERVICES) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'Dockerfile'), DOCKERFILE);
      touch(name, 'packages');
      touch(name, 'source');
    }
    const [first, again, together, apart, beside, longer] = [[], [], [], [], [], []];
    const [one] = SERVICES;
    for (let round = 0; round < rounds; round++) {
      touch(one, 'packages');
      first.push(await run([one]));
      touch(one, 'source');
      again.push(await run([one]));
      for (const name of SERVICES) touch(name, 'packages');
      together.push(await run(SERVICES));
      for (const name of SERVICES) touch(name, 'packages');
      apart.push(
        timed(() => {
          for (const name of SERVICES)
            docker('build', '--quiet', '--tag', `bench-production-${name}`, join(folder, name));
        }),
      );
      touch(one, 'packages');
      beside.push(await run([one], true));
      longer.push(Math.max(first.at(-1), TEST_SECONDS * 1000));
    }
    report.add({ name: 'build-first', value: median(first), unit: 'ms' });
    report.add({ name: 'build-again', value: median(again), unit: 'ms', floor: median(first) });
    report.add({ name: 'build-together', value: median(together), unit: 'ms', floor: median(apart) });
    report.add({ name: 'test-and-build', value: median(beside), unit: 'ms', floor: median(longer) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
    spawnSync('docker', ['image', 'rm', ...SERVICES.map((name) => `bench-production-${name}`)], {
      stdio: 'ignore',
    });
  }
}

/** Measures pushes over SSH, beside docker save and load through ssh, and beside a push to a registry and a pull. */
export async function pushes({ bundle, report, rounds, inputs, registry, host, key, knownHosts, container }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-push-'));
  const [, user, name, port] = /^(.*)@(.*):(\d+)$/.exec(host);
  const proxy = await countingProxy(name, Number(port));
  const known = join(folder, 'known_hosts');
  writeFileSync(known, readFileSync(knownHosts, 'utf8').replaceAll(`:${port} `, `:${proxy.port} `));
  const onServer = (...words) => docker('exec', '-u', 'deploy', container, 'docker', ...words);
  const image = () => {
    const layer = randomBytes(LAYER);
    writeFileSync(join(folder, 'layer'), layer);
    return layer;
  };
  try {
    writeFileSync(join(folder, 'Dockerfile'), 'FROM nginx:alpine\nCOPY layer /layer\n');
    writeFileSync(join(folder, 'compose.yaml'), JSON.stringify({ services: { web: { build: '.' } } }));
    writeFileSync(
      join(folder, 'deploy.yml'),
      `app: bench-push\nroutes: [{hosts: [push.${HOSTNAME}], service: web, port: 80}]\n`,
    );
    onServer('pull', '--quiet', 'nginx:alpine');
    const [bytes, layers, ours, loaded, pulled] = [[], [], [], [], []];
    for (let round = 0; round < rounds; round++) {
      const layer = image();
      const before = proxy.sent();
      const way = { host: `${user}@127.0.0.1:${proxy.port}`, 'ssh-known-hosts': known };
      const { metrics } = await runAction(bundle, folder, { ...inputs('deploy', way), version: `p${round}` });
      bytes.push(proxy.sent() - before);
      layers.push(gzipSync(layer).length);
      ours.push(phase(metrics, 'images'));

      image();
      docker('build', '--quiet', '--tag', 'bench-push', folder);
      const ssh = `ssh -q -i "$0" -o UserKnownHostsFile="$1" -p ${port} ${user}@${name} docker load --quiet`;
      loaded.push(
        timed(() =>
          execFileSync('sh', ['-c', `docker save bench-push | ${ssh}`, key, knownHosts], { stdio: 'ignore' }),
        ),
      );
      image();
      docker('build', '--quiet', '--tag', `${registry}/bench/push`, folder);
      pulled.push(
        timed(() => {
          docker('push', '--quiet', `${registry}/bench/push`);
          onServer('pull', '--quiet', `${registry}/bench/push`);
        }),
      );
    }
    const least = median(layers);
    const sent = { name: 'push-ssh-bytes', value: median(bytes), unit: 'bytes', floor: least };
    report.add({ ...sent, limit: 1.1 * least, budget: '1.1 times the missing layers, compressed' });
    report.add({ name: 'push-ssh-save', value: median(ours), unit: 'ms', floor: median(loaded) });
    report.add({ name: 'push-ssh-registry', value: median(ours), unit: 'ms', floor: median(pulled) });
  } finally {
    proxy.close();
    rmSync(folder, { recursive: true, force: true });
    const names = ['bench-push', `${registry}/bench/push`, 'bench-push-production-web'];
    spawnSync('docker', ['image', 'rm', ...names], { stdio: 'ignore' });
  }
}
