import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { runAction } from './action.mjs';
import { HOSTNAME } from './app.mjs';
import { median } from './report.mjs';

const SLICE_MS = 1000;
const CLIENTS = 16;
const PORT = 8404;
/** What one scrape takes drowns in the noise, so there are many more than in earnest, and their cost is divided. */
const SCRAPES_A_SECOND = 4;
const PAIRS_A_ROUND = 6;

const file = (name) => readFileSync(new URL(`../monitoring/${name}`, import.meta.url), 'utf8');

/**
 * What the edge's requests per second lose when its exporter is scraped as the stack does it: through the same small
 * proxy, for the same metrics. Slices with and without scrapes alternate, and the median of their ratios counts.
 */
export async function scrapes({ report, rounds, container }) {
  const { global, scrape_configs } = parse(file('prometheus.yml'));
  const { params } = scrape_configs.find((job) => job.job_name === 'edge');
  const query = Object.entries(params).flatMap(([name, values]) => values.map((value) => [name, value]));
  const address = execFileSync(
    'docker',
    ['inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', container],
    { encoding: 'utf8' },
  ).trim();
  startEdgeMetrics(container);
  const url = `http://${address}:${PORT}/metrics?${new URLSearchParams(query)}`;
  const bytes = (await (await fetch(url)).text()).length;
  if (bytes < 1000) throw new Error(`a scrape has ${bytes} bytes`);

  await slice(address);
  const ratios = [];
  for (let pair = 0; pair < rounds * PAIRS_A_ROUND; pair++) {
    // Now one first, now the other: what gets slower with time falls on both.
    const first = await slice(address, pair % 2 === 0 ? url : undefined);
    const second = await slice(address, pair % 2 === 0 ? undefined : url);
    ratios.push(pair % 2 === 0 ? first / second : second / first);
  }
  const loss = 100 * (1 - median(ratios));
  const seconds = Number(/^(\d+)s$/.exec(global.scrape_interval)[1]);
  report.add({
    name: 'exporter-cost',
    value: loss / (SCRAPES_A_SECOND * seconds),
    unit: '% of requests per second',
    limit: 1,
    budget: `at most 1 %; ${SCRAPES_A_SECOND} scrapes a second took ${loss.toFixed(2)} %`,
  });
}

function startEdgeMetrics(container) {
  const source = `
cat >edge-metrics.cfg && docker run -d --name edge-metrics --user "$(id -u):$(id -g)" -p ${PORT}:${PORT} \\
  -v "$HOME/edge-metrics.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro" \\
  -v "$HOME/.restaurant-deploy/edge/run:/run/edge:ro" haproxy:3.2-alpine
for i in 1 2 3 4 5 6 7 8 9 10; do curl -sf -o /dev/null "http://127.0.0.1:${PORT}/metrics" && exit; sleep 0.5; done
docker logs edge-metrics >&2; exit 1`;
  const argv = ['exec', '-i', '-u', 'deploy', '-w', '/home/deploy', '-e', 'HOME=/home/deploy', container];
  execFileSync('docker', [...argv, 'sh', '-c', source], { input: file('edge-metrics.cfg') });
}

/** Requests per second through the edge, in a slice of time. */
async function slice(address, scraped) {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const ends = performance.now() + SLICE_MS;
  let answered = 0;
  const client = async () => {
    while (performance.now() < ends) {
      await ask({ host: address, port: 80, path: '/', headers: { host: HOSTNAME }, agent });
      answered++;
    }
  };
  const scraper = async () => {
    while (scraped && performance.now() < ends) {
      const next = performance.now() + 1000 / SCRAPES_A_SECOND;
      await ask(scraped);
      await sleep(Math.max(0, next - performance.now()));
    }
  };
  const began = performance.now();
  await Promise.all([scraper(), ...Array.from({ length: CLIENTS }, client)]);
  agent.destroy();
  return answered / (performance.now() - began);
}

const ask = (...where) =>
  new Promise((resolve, reject) => {
    get(...where, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`answered with ${answer.statusCode}`));
      answer.on('error', reject).on('end', resolve).resume();
    }).on('error', reject);
  });

/**
 * What the metrics of a run add to it, to all three targets at once. A deploy that finds nothing to change hands over
 * as much as any other and is over soon, so that the difference is no small one of two large ones.
 */
export async function metricsOfADeploy({ bundle, report, rounds, inputs, folder }) {
  let received = 0;
  const server = createServer((incoming, outgoing) => {
    received++;
    incoming.resume().on('end', () => outgoing.end());
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${server.address().port}`;
  const targets = `textfile: /home/deploy/metrics, pushgateway: '${url}', otlp: '${url}'`;
  const settings = readFileSync(join(folder, 'deploy.yml'), 'utf8');
  writeFileSync(join(folder, 'measured.yml'), `${settings}metrics: {${targets}}\n`);
  const timed = async (config) => {
    const run = await runAction(
      bundle,
      folder,
      inputs('deploy', { config, version: 'same', skip: 'test, build, push' }),
    );
    return run.outputs.outcome === 'unchanged' ? run.milliseconds : undefined;
  };
  try {
    for (const config of ['deploy.yml', 'measured.yml']) await timed(config);
    received = 0;
    const more = [];
    for (let pair = 0; pair < rounds * 2; pair++) {
      const order = pair % 2 === 0 ? ['measured.yml', 'deploy.yml'] : ['deploy.yml', 'measured.yml'];
      const times = { [order[0]]: await timed(order[0]), [order[1]]: await timed(order[1]) };
      more.push(times['measured.yml'] - times['deploy.yml']);
    }
    if (more.some(Number.isNaN) || received !== 2 * more.length)
      throw new Error(
        `${received} of ${2 * more.length} were handed over, or a deploy had something to change`,
      );
    report.add({
      name: 'metrics-cost',
      value: median(more),
      unit: 'ms',
      limit: 100,
      budget: 'at most 100 ms',
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
