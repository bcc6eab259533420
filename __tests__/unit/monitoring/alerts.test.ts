import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Rule {
  readonly alert?: string;
  readonly labels: { readonly severity?: string };
  readonly annotations: Readonly<Record<string, string>>;
}
interface Case {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}
const { groups } = parse(read('monitoring/alerts.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules).filter((rule) => rule.alert !== undefined);
const { tests } = parse(read('monitoring/alerts.test.yml'), { maxAliasCount: -1 }) as {
  tests: { alert_rule_test?: Case[] }[];
};
const cases = tests.flatMap((one) => one.alert_rule_test ?? []);

test('there are alerts, each name once', () => {
  expect(rules.length).toBeGreaterThan(9);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

describe.each(rules.map((rule) => [rule.alert ?? '', rule] as const))(
  '%s',
  (name, { labels, annotations }) => {
    test('has a severity, says what is wrong, and leads to its page', () => {
      expect(labels.severity).toMatch(/^(critical|warning)$/);
      expect(annotations.summary).toMatch(/\.$/);
      expect(annotations.description).toMatch(/\.$/);
      expect(annotations.runbook_url).toBe(
        `https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/${name}.md`,
      );
    });

    test('its page says what it means, how to see it, what to do and how to go back', () => {
      const path = `docs/runbooks/${name}.md`;
      expect(existsSync(join(root, path))).toBe(true);
      const titles = [...read(path).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
      expect(read(path)).toMatch(new RegExp(`^# ${name}\n`));
      expect(titles).toEqual(['What it means', 'How to see it', 'What to do', 'How to go back']);
    });

    test('has a case in which it fires and one in which it does not', () => {
      const own = cases.filter(({ alertname }) => alertname === name);
      expect(own.some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true);
      expect(own.some(({ exp_alerts }) => exp_alerts.length === 0)).toBe(true);
    });
  },
);

test('there is no page of an alert that there is not, and the list names every page', () => {
  const pages = globSync('docs/runbooks/*.md', { cwd: root }).map((path) => basename(path, '.md'));
  expect(pages.filter((page) => page !== 'README').sort()).toEqual(
    rules.map(({ alert }) => alert ?? '').sort(),
  );
  const listed = [...read('docs/runbooks/README.md').matchAll(/\]\((\w+)\.md\)/g)].map(
    ([, name]) => name ?? '',
  );
  expect(listed.sort()).toEqual(rules.map(({ alert }) => alert ?? '').sort());
});
