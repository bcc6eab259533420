import type { Receiver } from '../config/config.ts';

/** A receiver of deploy.yml, and the URL in its secret. */
export interface Told {
  readonly to: Receiver['to'];
  readonly url: string;
}

const KINDS = {
  webhook: ['webhook_configs', 'url_file'],
  slack: ['slack_configs', 'api_url_file'],
  discord: ['discord_configs', 'webhook_url_file'],
} as const;

/**
 * Alertmanager's files: alerts go to whom a failure is told, and their end too. The URLs are secrets, so each is a file
 * of its own. Its configuration is YAML, of which JSON is a part.
 * Source: Prometheus' "Alerting configuration", Alertmanager 0.28.
 */
export function alertmanagerFiles(told: readonly Told[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const people: Record<string, unknown> = { name: 'people' };
  for (const kind of ['webhook', 'slack', 'discord'] as const) {
    const [section, key] = KINDS[kind];
    const all = told.filter(({ to }) => to === kind);
    if (all.length === 0) continue;
    people[section] = all.map(({ url }, at) => {
      const name = `${kind}-${at + 1}.url`;
      files[name] = url;
      return { [key]: `/etc/alertmanager/${name}`, send_resolved: true };
    });
  }
  const config = {
    route: {
      receiver: 'people',
      group_by: ['alertname', 'app', 'environment'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '12h',
    },
    // Who answers nothing but errors needs no word about a share of errors.
    inhibit_rules: [
      {
        source_matchers: ['alertname = NoHealthyColor'],
        target_matchers: ['alertname =~ "EdgeErrors|EdgeSlow"'],
        equal: ['app', 'environment'],
      },
    ],
    receivers: [people],
  };
  return { ...files, 'alertmanager.yml': `${JSON.stringify(config, null, 1)}\n` };
}
