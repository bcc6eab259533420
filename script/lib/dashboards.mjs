// The dashboards of monitoring/, as code: script/docs.mjs writes them as Grafana reads them.

const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };
const LOKI = { type: 'loki', uid: 'loki' };
const GRID = 24;

/** The lines that annotate a chart: the end of each change. */
const CHANGES = {
  name: 'Changes',
  datasource: PROMETHEUS,
  enable: true,
  iconColor: 'blue',
  target: {
    refId: 'Anno',
    expr: 'changes(restaurant_deploy_timestamp_seconds{app=~"$app",environment=~"$environment"}[$__interval]) > 0',
    interval: '30s',
  },
  titleFormat: '{{app}} {{environment}}',
};

const variable = (name, query) => ({
  name,
  type: 'query',
  datasource: PROMETHEUS,
  query: { query, refId: name },
  refresh: 2,
  includeAll: true,
  multi: true,
  current: { text: 'All', value: '$__all' },
});
const SELECTORS = [
  variable('app', 'label_values(restaurant_deploy_timestamp_seconds, app)'),
  variable('environment', 'label_values(restaurant_deploy_timestamp_seconds{app=~"$app"}, environment)'),
];

/** One panel: what it shows, in which unit, and how wide (of 24) and high it is. */
const panel = (type, title, unit, queries, { width = 12, height = 8, description, ...more } = {}) => ({
  type,
  title,
  ...(description && { description }),
  width,
  height,
  datasource: PROMETHEUS,
  targets: Object.entries(queries).map(([legendFormat, expr], at) => ({
    refId: String.fromCharCode(65 + at),
    datasource: PROMETHEUS,
    expr,
    legendFormat,
    ...(type === 'stat' && { instant: true }),
  })),
  fieldConfig: { defaults: { unit, ...more }, overrides: [] },
  options: {},
});
const series = (...all) => panel('timeseries', ...all);
/** A number against its objective: green up to it, red from there on; or the other way round. */
const stat = (title, unit, query, description, limit, moreIsBetter = false) =>
  panel(
    'stat',
    title,
    unit,
    { '{{app}} {{environment}}': query },
    {
      width: 6,
      height: 5,
      description,
      ...(limit !== undefined && {
        thresholds: {
          mode: 'absolute',
          steps: [
            { color: moreIsBetter ? 'red' : 'green', value: null },
            { color: moreIsBetter ? 'green' : 'red', value: limit },
          ],
        },
      }),
    },
  );

const OF = '{app=~"$app",environment=~"$environment"}';
const of = (labels) => OF.replace('}', `,${labels}}`);
/** A metric of the edge's slots, by the color behind them. */
const behind = (rate) =>
  `sum by (app, environment, color) (sum by (proxy) (${rate}) * on (proxy) group_left (app, environment, color) max by (proxy, app, environment, color) (restaurant_deploy_slot${OF}))`;
const DISK = '{job="host",fstype!~"tmpfs|ramfs|overlay|squashfs"}';

const DASHBOARDS = {
  deploys: {
    title: 'Deploys',
    from: 'now-7d',
    templating: SELECTORS,
    annotations: [CHANGES],
    panels: [
      stat('Deploys in 30 days', 'short', `restaurant_deploy_dora_deploys${OF}`, 'Those that went live.'),
      stat(
        'Lead time',
        's',
        `restaurant_deploy_dora_lead_time_seconds${OF}`,
        'Commit to live, median of 30 days.',
      ),
      stat(
        'Change failure rate',
        'percentunit',
        `restaurant_deploy_dora_change_failure_ratio${OF}`,
        'Live deploys that were reverted or rolled back.',
        0.15,
      ),
      stat('Time to restore', 's', `restaurant_deploy_dora_restore_seconds${OF}`, 'Objective: 120 s.', 120),
      stat(
        'Success without a hand',
        'percentunit',
        `restaurant_deploy_dora_success_ratio${OF}`,
        'Objective: 95 %.',
        0.95,
        true,
      ),
      stat('Time of a rollback', 's', `restaurant_deploy_dora_rollback_seconds${OF}`, 'Objective: 30 s.', 30),
      stat(
        'Downtime of the last change',
        's',
        `restaurant_deploy_downtime_seconds${OF}`,
        'Objective: none.',
        0.001,
      ),
      stat(
        'Failed requests of the last change',
        'short',
        `restaurant_deploy_failed_requests${OF}`,
        'Objective: none.',
        1,
      ),
      series('Outcome of the last change', 'short', {
        '{{app}} {{environment}} {{outcome}}': `restaurant_deploy_outcome${OF} == 1`,
      }),
      series(
        'Time of a change',
        's',
        { '{{app}} {{environment}} {{outcome}}': `restaurant_deploy_duration_seconds${OF}` },
        { description: 'Objective of a deploy: 180 s.' },
      ),
      series('Phases of the last change', 's', {
        '{{app}} {{environment}} {{phase}}': `restaurant_deploy_phase_duration_seconds${OF}`,
      }),
      series('Color that serves', 'short', {
        '{{app}} {{environment}} {{color}}': `restaurant_deploy_active_color${OF} == 1`,
      }),
    ],
  },
  traffic: {
    title: 'Traffic by color',
    from: 'now-3h',
    templating: SELECTORS,
    annotations: [CHANGES],
    panels: [
      series('Requests', 'reqps', {
        '{{app}} {{environment}} {{color}}': behind(
          'rate(haproxy_backend_http_requests_total{job="edge"}[$__rate_interval])',
        ),
      }),
      series('Answers with 5xx', 'reqps', {
        '{{app}} {{environment}} {{color}}': `restaurant_deploy:edge_answers:rate2m${of('code="5xx"')}`,
      }),
      series(
        'Response time',
        's',
        {
          '{{app}} {{environment}} {{color}}': `max by (app, environment, color) (haproxy_backend_response_time_average_seconds{job="edge"} * on (proxy) group_left (app, environment, color) max by (proxy, app, environment, color) (restaurant_deploy_slot${OF}))`,
        },
        { description: 'Average of the last 1,024 requests of the slowest service.' },
      ),
      series('Open sessions', 'short', {
        '{{app}} {{environment}} {{color}}': behind('haproxy_backend_current_sessions{job="edge"}'),
      }),
      series('Connections that failed', 'short', {
        '{{app}} {{environment}} {{color}}': behind(
          'increase(haproxy_backend_connection_errors_total{job="edge"}[$__rate_interval])',
        ),
      }),
      series('Containers that are well', 'short', {
        '{{app}} {{environment}} {{color}} {{service}}': `restaurant_deploy_container_up${OF}`,
      }),
      series('All requests of the edge', 'reqps', {
        requests:
          'sum(rate(haproxy_frontend_http_requests_total{job="edge",proxy="http"}[$__rate_interval]))',
      }),
      series('Restarts of containers', 'short', {
        '{{app}} {{environment}} {{color}} {{service}}': `increase(restaurant_deploy_container_restarts_total${OF}[15m])`,
      }),
      {
        type: 'logs',
        title: 'Logs',
        width: 24,
        height: 10,
        datasource: LOKI,
        targets: [{ refId: 'A', datasource: LOKI, expr: '{app=~"$app",environment=~"$environment"}' }],
        fieldConfig: { defaults: {}, overrides: [] },
        options: { showTime: true, sortOrder: 'Descending' },
      },
    ],
  },
  host: {
    title: 'Host',
    from: 'now-24h',
    templating: [],
    annotations: [],
    panels: [
      series(
        'Processors at work',
        'percentunit',
        {
          '{{instance}}':
            '1 - avg by (instance) (rate(node_cpu_seconds_total{job="host",mode="idle"}[$__rate_interval]))',
        },
        { min: 0, max: 1 },
      ),
      series('Load', 'short', { '1 min': 'node_load1{job="host"}', '15 min': 'node_load15{job="host"}' }),
      series(
        'Memory',
        'bytes',
        {
          used: 'node_memory_MemTotal_bytes{job="host"} - node_memory_MemAvailable_bytes{job="host"}',
          total: 'node_memory_MemTotal_bytes{job="host"}',
        },
        { min: 0 },
      ),
      series(
        'Disk that is free',
        'percentunit',
        { '{{mountpoint}}': `node_filesystem_avail_bytes${DISK} / node_filesystem_size_bytes${DISK}` },
        { min: 0, max: 1 },
      ),
      series(
        'Disk at work',
        'percentunit',
        { '{{device}}': 'rate(node_disk_io_time_seconds_total{job="host"}[$__rate_interval])' },
        { min: 0 },
      ),
      series('Days until a certificate ends', 'd', {
        '{{app}} {{environment}}':
          '(restaurant_deploy_certificate_expiry_timestamp_seconds - time()) / 86400',
      }),
      series(
        'Alerts',
        'short',
        { '{{alertname}} {{app}} {{environment}}': 'ALERTS{alertstate="firing"}' },
        { width: 24 },
      ),
    ],
  },
};

/** Panels from left to right, row by row, with ids. */
function placed(panels) {
  let [x, y, high] = [0, 0, 0];
  return panels.map(({ width, height, ...rest }, at) => {
    if (x + width > GRID) [x, y, high] = [0, y + high, 0];
    const gridPos = { x, y, w: width, h: height };
    x += width;
    high = Math.max(high, height);
    return { id: at + 1, ...rest, gridPos };
  });
}

/** File name -> content. */
export function dashboards() {
  return Object.fromEntries(
    Object.entries(DASHBOARDS).map(([name, { title, from, templating, annotations, panels }]) => {
      const dashboard = {
        uid: `restaurant-deploy-${name}`,
        title,
        tags: ['restaurant-deploy'],
        schemaVersion: 39,
        version: 1,
        editable: false,
        time: { from, to: 'now' },
        refresh: '30s',
        templating: { list: templating },
        annotations: { list: annotations },
        panels: placed(panels),
      };
      return [`monitoring/grafana/dashboards/${name}.json`, `${JSON.stringify(dashboard, null, 1)}\n`];
    }),
  );
}
