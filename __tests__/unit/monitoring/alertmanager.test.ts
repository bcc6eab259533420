import { alertmanagerFiles } from '../../../src/monitoring/alertmanager.ts';

const SECRET = 'https://hooks.example.com/T0/s3cr3t';
const config = (files: Readonly<Record<string, string>>) => JSON.parse(files['alertmanager.yml'] ?? '');

test('each receiver has its section and its URL in a file, and hears of the end too', () => {
  const files = alertmanagerFiles([
    { to: 'slack', url: SECRET },
    { to: 'webhook', url: 'http://a.example/1' },
    { to: 'webhook', url: 'http://a.example/2' },
    { to: 'discord', url: 'http://d.example' },
  ]);
  expect(config(files).receivers).toEqual([
    {
      name: 'people',
      webhook_configs: [
        { url_file: '/etc/alertmanager/webhook-1.url', send_resolved: true },
        { url_file: '/etc/alertmanager/webhook-2.url', send_resolved: true },
      ],
      slack_configs: [{ api_url_file: '/etc/alertmanager/slack-1.url', send_resolved: true }],
      discord_configs: [{ webhook_url_file: '/etc/alertmanager/discord-1.url', send_resolved: true }],
    },
  ]);
  expect(files['slack-1.url']).toBe(SECRET);
  expect(files['webhook-2.url']).toBe('http://a.example/2');
  expect(files['alertmanager.yml']).not.toContain('s3cr3t');
});

test('without anybody there is a receiver that tells nobody', () => {
  const files = alertmanagerFiles([]);
  expect(Object.keys(files)).toEqual(['alertmanager.yml']);
  expect(config(files).receivers).toEqual([{ name: 'people' }]);
});
