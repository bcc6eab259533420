// Prints a module that holds each dashboard against Grafana's own types, those of the version in monitoring/compose.yml:
// what compiles has no key, no value and no panel's option that Grafana does not know.
import { dashboards } from './dashboards.mjs';

const PANELS = { timeseries: 'TimeSeriesPanelCfg', stat: 'StatPanelCfg', logs: 'LogsPanelCfg' };
// What the source Prometheus adds to a query stands in no package of types: the keys that its documentation has.
const QUERIES = {
  prometheus: 'DataQuery & { expr: string; legendFormat?: string; instant?: boolean }',
  loki: 'LokiDataQuery.LokiDataQuery',
};
const RAW = '@grafana/schema/dist/types/raw/composable';
const imports = {
  TimeSeriesPanelCfg: `${RAW}/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen.js`,
  StatPanelCfg: `${RAW}/stat/panelcfg/x/StatPanelCfg_types.gen.js`,
  LogsPanelCfg: `${RAW}/logs/panelcfg/x/LogsPanelCfg_types.gen.js`,
  LokiDataQuery: `${RAW}/loki/dataquery/x/LokiDataQuery_types.gen.js`,
};
const lines = [
  "import type { Dashboard, DataQuery } from '@grafana/schema';",
  ...Object.entries(imports).map(([name, path]) => `import type * as ${name} from '${path}';`),
  // JSON has no enums, but their values.
  'type Plain<T> = T extends string ? `${T}` : T extends number | boolean ? T : T extends readonly (infer U)[] ? Plain<U>[] :',
  '  T extends object ? { [K in keyof T]: Plain<T[K]> } : T;',
];
const held = (value, type) => lines.push(`(${JSON.stringify(value)}) satisfies Plain<${type}>;`);

for (const text of Object.values(dashboards())) {
  const dashboard = JSON.parse(text);
  // Those keys of an annotation belong to the source it asks.
  const list = dashboard.annotations.list.map(({ target, titleFormat, ...own }) => own);
  held({ ...dashboard, annotations: { list } }, 'Dashboard');
  for (const { type, options, targets } of dashboard.panels) {
    if (!(type in PANELS)) throw new Error(`no type is known for a panel ${type}`);
    held(options, `Partial<${PANELS[type]}.Options>`);
    for (const target of targets) held(target, QUERIES[target.datasource.type]);
  }
}
console.log(lines.join('\n'));
