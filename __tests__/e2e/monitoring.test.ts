import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { ask, serves } from './support/ask.ts';
import { expectFailed, expectGood } from './support/expect.ts';
import { eventually, ROOT } from './support/process.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { serverState } from './support/server-state.ts';
import {
  bringImages,
  query,
  STACK_FOLDER,
  startPushgateway,
  startReceiver,
  told,
  tunnel,
} from './support/stack.ts';

// The stack that watches a server: Prometheus, Alertmanager, the node exporter, facts.sh and the edge's exporter are real.

jest.setTimeout(600_000);

const NAME = 'e2e-watched';
const STACK_CONTAINERS = `docker ps -a --filter label=com.docker.compose.project=restaurant-deploy-monitoring --format`;
/** What nobody may see. */
const PASSWORD = 'pushed-with-a-password';

let rig: Rig;
let server: Server;
let app: App;
let pushgateway: { port: number; close(): void } | undefined;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = App.small(NAME, rig, server);
});
afterAll(async () => {
  pushgateway?.close();
  app?.remove();
  await rigDown();
});

test('an image that can not be had is told, and nothing is left of it', async () => {
  const before = await serverState(server);
  await sh(server, 'cp /etc/hosts /tmp/hosts; echo 127.0.0.1 registry-1.docker.io >>/etc/hosts');

  expectFailed(await app.run('monitoring'), {
    code: 'monitoring',
    says: /could not be brought up; the apps are not concerned/,
    evidence: /the image \S+ can not be had/,
  });

  expect(await serverState(server)).toEqual({ ...before, images: expect.anything() });
  await sh(server, 'cat /tmp/hosts >/etc/hosts');
});

test('the stack comes up, and nothing of it listens on more than the loopback', async () => {
  await bringImages(server);
  app.config.notify = [{ to: 'webhook', secret: 'ALERT_URL', on: ['failure'] }];
  app.config.secrets = { host: { ALERT_URL: '/home/deploy/alert-url' } };
  await sh(
    server,
    'cat >/home/deploy/alert-url; chown deploy /home/deploy/alert-url; chmod 600 /home/deploy/alert-url',
    'http://receiver:8080/',
  );

  expectGood(await app.run('monitoring'), 'done');

  const containers = (await sh(server, `${STACK_CONTAINERS} '{{.Names}} {{.State}} {{.Ports}}'`))
    .trim()
    .split('\n');
  expect(containers).toHaveLength(8);
  for (const one of containers) expect(one).toMatch(/ running( |$)/);
  const published = containers.flatMap((one) => one.match(/\S+->/g) ?? []);
  expect(published.sort()).toEqual(['127.0.0.1:3000->', '127.0.0.1:9090->', '127.0.0.1:9093->']);
  expect(await sh(server, `cat ${STACK_FOLDER}/alertmanager/webhook-1.url`)).toBe('http://receiver:8080/');
  app.config.notify = [];
  delete app.config.secrets;
});

test('the numbers of a deploy are in Prometheus, from the textfile and from the Pushgateway', async () => {
  await shorten();
  pushgateway = await tunnel(rig, server, 9091);
  app.secrets.PUSHGATEWAY_URL = `http://user:${PASSWORD}@127.0.0.1:${pushgateway.port}`;
  app.config.metrics = {
    textfile: '/home/deploy/.restaurant-deploy/metrics',
    pushgateway: { secret: 'PUSHGATEWAY_URL' },
  };

  const first = expectGood(await app.deploy());
  const second = expectGood(await app.deploy());

  // The hostname is in no DNS; nothing else is amiss.
  const codes = [...first.warnings, ...second.warnings].map(({ properties }) => properties.title);
  expect(codes.filter((code) => code !== 'route-dns')).toEqual([]);
  expect(first.log + second.log).not.toContain(PASSWORD);
  for (const job of ['host', 'restaurant-deploy']) {
    // The second one has a color that is known by nothing else.
    await scraped(`restaurant_deploy_active_color{app="${NAME}",job="${job}",color="green"} == 1`);
    const there = await query(server, `{__name__=~"restaurant_deploy_.+",app="${NAME}",job="${job}"}`);
    const names = new Set(there.map(({ metric }) => metric.__name__ ?? ''));
    expect([...names].filter((name) => !/_(container|lease|journal)_/.test(name)).sort()).toEqual(
      documented().filter(
        (name) => !NOT_YET.has(name) && (job === 'host' || name !== 'restaurant_deploy_slot'),
      ),
    );
    expect(there.every(({ metric }) => metric.environment === 'production')).toBe(true);
  }
  const [duration] = await query(server, `restaurant_deploy_duration_seconds{app="${NAME}",job="host"}`);
  expect(duration?.metric.outcome).toBe('deployed');
  expect(Number(duration?.value[1])).toBeCloseTo(Number(second.outputs['duration-ms']) / 1000, 0);
});

test('a color that breaks is told, and so is its end after a rollback', async () => {
  const traffic = setInterval(() => void ask(server, app.hostname).catch(() => {}), 150);
  try {
    await scraped(`sum(restaurant_deploy:edge_answers:rate2m{app="${NAME}",color="green",code="2xx"}) > 0`);
    expect(await told(server, 'NoHealthyColor', NAME)).toEqual([]);
    expect(await told(server, 'ColorUnhealthy', NAME)).toEqual([]);

    await sh(server, `docker stop -t 1 ${NAME}-production-green-web-1`);
    // The rate is one of two minutes; what went well before the end is out of it then.
    for (const alert of ['ColorUnhealthy', 'NoHealthyColor'])
      await eventually(
        `${alert} at the receiver`,
        200_000,
        async () => (await told(server, alert, NAME)).at(-1) === 'firing' || undefined,
      );
    expect((await ask(server, app.hostname)).status).toBe(503);

    expectGood(await app.run('rollback'), 'rolled-back');
    expect(await serves(server, app.hostname)).toMatchObject({ color: 'blue' });
    for (const alert of ['NoHealthyColor', 'ColorUnhealthy'])
      await eventually(
        `the end of ${alert}`,
        90_000,
        async () => (await told(server, alert, NAME)).at(-1) === 'resolved' || undefined,
      );
  } finally {
    clearInterval(traffic);
  }
});

test('a deploy that fails is told, and so is the next one that works', async () => {
  app.web.CRASH = '1';
  expect((await app.deploy()).outputs.outcome).toBe('failed');
  await scraped(`restaurant_deploy_outcome{app="${NAME}",job="host",outcome="failed"} == 1`);
  await scraped(`restaurant_deploy_outcome{app="${NAME}",job="restaurant-deploy",outcome="failed"} == 1`);
  await eventually(
    'DeployFailed',
    60_000,
    async () => (await told(server, 'DeployFailed', NAME)).at(-1) === 'firing' || undefined,
  );

  delete app.web.CRASH;
  expectGood(await app.deploy());
  await eventually(
    'its end',
    60_000,
    async () => (await told(server, 'DeployFailed', NAME)).at(-1) === 'resolved' || undefined,
  );
});

test('Prometheus takes every query of the dashboards, and has an answer to those on edge, deploys and host', async () => {
  const queries = dashboardQueries();
  expect(queries.length).toBeGreaterThan(20);
  const silent: string[] = [];
  for (const expr of queries) if ((await query(server, expr)).length === 0) silent.push(expr);
  // This app has no certificate, and its folder is no repository with a time of a commit.
  expect(silent.filter((expr) => !/certificate_expiry|dora_lead_time/.test(expr))).toEqual([]);
});

test('another run makes the stack what it should be, and its end leaves what deploys wrote and nothing else', async () => {
  await sh(server, 'docker rm -f receiver pushgateway');
  expectGood(await app.run('monitoring'), 'done');
  expect(await sh(server, `cat ${STACK_FOLDER}/alerts.yml`)).toBe(
    readFileSync(join(ROOT, 'monitoring', 'alerts.yml'), 'utf8'),
  );

  expectGood(await app.run('monitoring', { inputs: { monitoring: 'remove' } }), 'done');

  expect(await sh(server, `${STACK_CONTAINERS} '{{.Names}}'`)).toBe('');
  const { files, networks, images } = await serverState(server);
  expect(files.filter((file) => file.includes('monitoring') || file.includes('facts'))).toEqual([]);
  expect(files).toContain(`./metrics/restaurant-deploy-${NAME}-production.prom`);
  expect(networks.filter((name) => name.includes('monitoring'))).toEqual([]);
  expect(images.filter((name) => /^(grafana|docker)\/|^prom\/(?!pushgateway)/.test(name))).toEqual([]);
  expect(await serves(server, app.hostname)).toMatchObject({ color: expect.any(String) });
});

/** Metrics that are known later, or never for this app: docs/metrics.md. */
const NOT_YET = new Set([
  'restaurant_deploy_certificate_expiry_timestamp_seconds',
  'restaurant_deploy_dora_lead_time_seconds',
  'restaurant_deploy_dora_restore_seconds',
  'restaurant_deploy_dora_rollback_seconds',
]);

/** The names of docs/metrics.md. */
const documented = (): string[] =>
  [...readFileSync(join(ROOT, 'docs', 'metrics.md'), 'utf8').matchAll(/^\| `(restaurant_deploy_\w+)` \|/gm)]
    .map(([, name = '']) => name)
    .sort();

/** Waits until a query has an answer. */
const scraped = (expr: string) =>
  eventually(expr, 60_000, async () => ((await query(server, expr)).length > 0 ? true : undefined));

/** The stack with seconds in place of minutes, beside it a Pushgateway that is scraped, and a receiver. Nothing else changes. */
async function shorten(): Promise<void> {
  const change = async (file: string, to: (text: string) => string) => {
    const before = await sh(server, `cat ${STACK_FOLDER}/${file}`);
    expect(to(before)).not.toBe(before);
    await sh(server, `cat >${STACK_FOLDER}/${file}`, to(before));
  };
  await change('alerts.yml', (text) => text.replace(/\bfor: \d+m$/gm, 'for: 2s'));
  await change('prometheus.yml', (text) => {
    const job =
      "  - {job_name: pushgateway, honor_labels: true, static_configs: [{targets: ['pushgateway:9091']}]}\n";
    return `${text.replace(/_interval: 15s/g, '_interval: 2s')}${job}`;
  });
  await change('alertmanager/alertmanager.yml', (text) =>
    text
      .replace('"group_wait": "30s"', '"group_wait": "1s"')
      .replace('"group_interval": "5m"', '"group_interval": "2s"'),
  );
  await startReceiver(server);
  await startPushgateway(server);
  await sh(
    server,
    'cd / && docker restart -t 5 restaurant-deploy-monitoring-prometheus-1 restaurant-deploy-monitoring-alertmanager-1',
  );
}

/** What Grafana would ask: its variables are filled in with all there is, and with ten minutes. */
function dashboardQueries(): string[] {
  return globSync('monitoring/grafana/dashboards/*.json', { cwd: ROOT }).flatMap((path) => {
    const { panels, annotations } = JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Dashboard;
    const changes = annotations.list.map(({ target, datasource }) => ({ ...target, datasource }));
    const asked = [...panels.flatMap(({ targets }) => targets), ...changes];
    return asked
      .filter(({ datasource }) => datasource.type === 'prometheus')
      .map(({ expr }) => expr.replaceAll(/\$__\w+/g, '10m').replaceAll(/\$\w+/g, '.*'));
  });
}
interface Asked {
  readonly expr: string;
  readonly datasource: { readonly type: string };
}
interface Dashboard {
  readonly panels: readonly { readonly targets: readonly Asked[] }[];
  readonly annotations: {
    readonly list: readonly {
      readonly target: { readonly expr: string };
      readonly datasource: Asked['datasource'];
    }[];
  };
}
