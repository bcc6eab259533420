import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { FAMILIES } from '../../../src/report/prometheus.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly record?: string; readonly expr: string }[];
  }[];
}
export const rules = (parse(read('monitoring/alerts.yml')) as Rules).groups.flatMap((group) => group.rules);

/** Every metric that the stack can ask for: ours, those of its facts, its own records, and what the exporters have. */
export const KNOWN: ReadonlySet<string> = new Set([
  ...FAMILIES.map(({ name }) => name),
  ...[...read('monitoring/facts.sh').matchAll(/^ {2}family (\w+)/gm)].map(([, name = '']) => name),
  ...rules.flatMap(({ record }) => record ?? []),
  ...read('__tests__/unit/monitoring/fixtures/exported.names').split('\n'),
  'up',
  'ALERTS',
]);

/** The metrics of a query: words before a brace, or with a name as metrics have it. */
export function metricsIn(query: string): string[] {
  const bare = query.replaceAll(/"[^"]*"/g, '""').replaceAll(/\b(by|on|group_left|without)\s*\([^)]*\)/g, '');
  return [
    ...bare.matchAll(/\b((?:restaurant_deploy|haproxy|node)_[\w:]*|restaurant_deploy:[\w:]+|up|ALERTS)\b/g),
  ].map(([, name = '']) => name);
}
