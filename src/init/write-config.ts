import { stringify } from 'yaml';
import type { Proposal } from './propose.ts';

const SCHEMA =
  '# yaml-language-server: $schema=https://raw.githubusercontent.com/org/restaurant-deploy/v1/schema/deploy.schema.json';

/** A value on one line, quoted where YAML wants it. */
const flow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();

/** The text of deploy.yml, with a word about what was guessed and what else there is. */
export function configText(proposal: Proposal): string {
  const { app, compose, profiles, hosts, shared, clear, secret, push, migration } = proposal;
  const hasEnv = Object.keys(clear).length > 0 || secret.length > 0;
  const parts = [
    `${SCHEMA}\n# Every key: https://github.com/org/restaurant-deploy/blob/v1/docs/configuration.md`,
    [
      `app: ${flow(app)}`,
      `compose: ${flow(compose.length === 1 ? compose[0] : compose)}`,
      ...(profiles.length > 0 ? [`profiles: ${flow(profiles)}`] : []),
      `hosts: ${flow(hosts)}`,
    ].join('\n'),
    routeText(proposal),
    shared.length > 0
      ? `# One instance for both colors, which no deploy restarts: what keeps data.\nshared: ${flow(shared)}`
      : '',
    hasEnv ? envText(clear, secret) : '',
    push === 'ssh' ? '' : `push: ${flow(push)}`,
    migration
      ? `# Runs in the new release while the old one still serves: it may add, not take away. Remove it when the container
# does this itself at its start.
hooks:
  before-switch: ${flow(migration)}`
      : '',
    testsText(proposal),
    proposal.previews ? previewText(proposal) : '',
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function routeText({ route, tls }: Proposal): string {
  if (!route) return '# No routes: an app of workers only. Else: routes, with hosts, service and port.';
  const certificate = `/etc/letsencrypt/live/${route.hosts[0]}`;
  return [
    'routes:',
    `  - hosts: ${flow(route.hosts)}`,
    `    service: ${flow(route.service)}`,
    `    port: ${route.port}`,
    route.health === '/'
      ? '    # A path that says whether the app works, its database included, is better than its first page.'
      : '    # What the health check of the compose file asks.',
    `    health: ${flow({ path: route.health })}`,
    ...(tls
      ? [
          '    # HTTPS ends at the edge. The files may be on the server, or secrets: {secret: NAME}.',
          `    # tls: ${flow({ certificate: `${certificate}/fullchain.pem`, key: `${certificate}/privkey.pem` })}`,
        ]
      : []),
  ].join('\n');
}

function envText(clear: Proposal['clear'], secret: readonly string[]): string {
  return [
    'env:',
    ...(Object.keys(clear).length > 0 ? [`  clear: ${flow(clear)}`] : []),
    ...(secret.length > 0
      ? [
          '  # From the input secrets; or from AWS, Vault or the server: docs/secrets.md. What is no secret belongs into clear.',
          `  secret: ${flow(secret)}`,
        ]
      : []),
  ].join('\n');
}

function testsText({ tests }: Proposal): string {
  if (tests.length === 0) return '';
  const lines = tests.map(({ name, ...step }) => `#   ${name}: ${flow(step)}`);
  return ['# Commands of the runner that must succeed before anything is sent:', '# test:', ...lines].join(
    '\n',
  );
}

function previewText({ route }: Proposal): string {
  const host = (route?.hosts[0] ?? 'www.example.com').replace(/^www\./, '');
  return [
    `# Each pull request at its own hostname: the DNS name *.preview.${host} leads to the server.`,
    'preview:',
    `  host: ${flow(`pr-{number}.preview.${host}`)}`,
  ].join('\n');
}
