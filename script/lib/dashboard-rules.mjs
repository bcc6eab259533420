// Prints the queries of the dashboards as rules, which promtool can read; what Grafana fills in is filled in.
import { dashboards } from './dashboards.mjs';

const expressions = Object.values(dashboards()).flatMap((text) => {
  const { panels, annotations } = JSON.parse(text);
  const asked = annotations.list.map(({ datasource, target }) => ({ ...target, datasource }));
  const all = [...panels.flatMap(({ targets }) => targets), ...asked];
  return all.filter(({ datasource }) => datasource.type === 'prometheus').map(({ expr }) => expr);
});
const rules = expressions.map((expr, at) => ({
  record: `query:${at}`,
  expr: expr.replace(/\$__\w+/g, '1m').replace(/\$\w+/g, '.*'),
}));
if (rules.length === 0) throw new Error('there is no query');
console.log(JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
