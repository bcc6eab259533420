import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod';
import { KNOWN, metricsIn, read, rules } from './names.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const source = z.strictObject({ type: z.enum(['prometheus', 'loki']), uid: z.string() });

/** What Grafana wants of a dashboard, as far as ours use it. */
const dashboardSchema = z.strictObject({
  uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
  title: z.string().min(1),
  tags: z.array(z.string()),
  schemaVersion: z.int().min(36),
  version: z.int(),
  editable: z.literal(false),
  time: z.strictObject({ from: z.string().regex(/^now-\d+[hd]$/), to: z.literal('now') }),
  refresh: z.string(),
  templating: z.strictObject({
    list: z.array(
      z.looseObject({ name: z.string(), type: z.literal('query'), datasource: source, refresh: z.int() }),
    ),
  }),
  annotations: z.strictObject({
    list: z.array(
      z.looseObject({
        name: z.string(),
        datasource: source,
        enable: z.boolean(),
        // Grafana's own query for annotations, see https://grafana.com/docs/grafana/latest/datasources/prometheus.
        target: z.strictObject({ refId: z.literal('Anno'), expr: z.string().min(1), interval: z.string() }),
      }),
    ),
  }),
  panels: z
    .array(
      z.strictObject({
        id: z.int().positive(),
        type: z.enum(['timeseries', 'stat', 'logs']),
        title: z.string().min(1),
        description: z.string().optional(),
        datasource: source,
        gridPos: z.strictObject({
          x: z.int().min(0),
          y: z.int().min(0),
          w: z.int().min(1).max(24),
          h: z.int().min(1),
        }),
        targets: z
          .array(
            z.strictObject({
              refId: z.string().regex(/^[A-Z]$/),
              datasource: source,
              expr: z.string().min(1),
              legendFormat: z.string().optional(),
              instant: z.boolean().optional(),
            }),
          )
          .min(1),
        fieldConfig: z.strictObject({ defaults: z.looseObject({}), overrides: z.array(z.unknown()) }),
        options: z.looseObject({}),
      }),
    )
    .min(1),
});

const paths = globSync('monitoring/grafana/dashboards/*.json', { cwd: root }).sort();
const all = paths.map((path) => [path, JSON.parse(read(path))] as const);

test('there are three, each with an id of its own', () => {
  expect(all.map(([, { title }]) => title)).toEqual(['Deploys', 'Host', 'Traffic by color']);
  expect(new Set(all.map(([, { uid }]) => uid)).size).toBe(3);
});

describe.each(all)('%s', (_, json) => {
  const dashboard = dashboardSchema.parse(json);
  const { panels } = dashboard;

  test('no panel covers another one or leaves the page, and each has its id', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [at, { gridPos: a }] of panels.entries()) {
      expect(a.x + a.w).toBeLessThanOrEqual(24);
      for (const { gridPos: b } of panels.slice(at + 1)) {
        const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
        expect({ a, b, apart }).toEqual({ a, b, apart: true });
      }
    }
  });

  test('every source of data is one that is provisioned', () => {
    const { datasources } = parse(read('monitoring/grafana/provisioning/datasources/sources.yml')) as {
      datasources: { uid: string; type: string }[];
    };
    const known = datasources.map(({ uid, type }) => `${type} ${uid}`);
    const used = [
      ...panels.flatMap(({ datasource, targets }) => [datasource, ...targets.map((one) => one.datasource)]),
      ...dashboard.annotations.list.map(({ datasource }) => datasource),
      ...dashboard.templating.list.map(({ datasource }) => datasource),
    ];
    for (const { uid, type } of used) expect(known).toContain(`${type} ${uid}`);
  });

  test('every query asks for metrics that there are, and for variables that it has', () => {
    const own = new Set(dashboard.templating.list.map(({ name }) => name));
    const targets = panels.flatMap((panel) => panel.targets);
    const asked = dashboard.annotations.list.map(({ target, datasource }) => ({ ...target, datasource }));
    for (const { expr, datasource } of [...targets, ...asked]) {
      for (const [, name = ''] of expr.matchAll(/\$(\w+)/g))
        if (!name.startsWith('__')) expect({ expr, own: own.has(name) }).toEqual({ expr, own: true });
      if (datasource.type !== 'prometheus') continue;
      const names = metricsIn(expr);
      expect({ expr, some: names.length > 0 }).toEqual({ expr, some: true });
      expect({ expr, unknown: names.filter((name) => !KNOWN.has(name)) }).toEqual({ expr, unknown: [] });
    }
  });
});

test('every alert asks for metrics that there are', () => {
  for (const { expr } of rules) {
    const names = metricsIn(expr);
    expect({ expr, unknown: names.filter((name) => !KNOWN.has(name)), some: names.length > 0 }).toEqual({
      expr,
      unknown: [],
      some: true,
    });
  }
});

test('of the edge, what rules and dashboards ask for is what is scraped, and nothing else', () => {
  const { scrape_configs } = parse(read('monitoring/prometheus.yml')) as {
    scrape_configs: { job_name: string; params?: { metrics: [string] } }[];
  };
  const scraped = scrape_configs.find((one) => one.job_name === 'edge')?.params?.metrics[0].split(',') ?? [];
  const panels = all.flatMap(([, json]) => dashboardSchema.parse(json).panels);
  const asked = [...rules, ...panels.flatMap(({ targets }) => targets)].flatMap(({ expr }) =>
    metricsIn(expr),
  );
  expect([...scraped].sort()).toEqual(
    [...new Set(asked.filter((name) => name.startsWith('haproxy_')))].sort(),
  );
});
