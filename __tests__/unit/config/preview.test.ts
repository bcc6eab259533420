import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { previewName, previewNumber } from '../../../src/config/preview.ts';

const BASE = `
app: shop
routes: [{hosts: [www.example.com, example.com], service: web, port: 80, tls: {certificate: /c/a.pem, key: /c/b.pem}}]
env: {clear: {DOMAIN_NAME: www.example.com, ENVIRONMENT: live, A: "1"}, secret: [TOKEN]}
standby: {keep: running}
retain: 9
notify: [{to: slack, secret: HOOK}]
hooks: {before-switch: {service: web, run: migrate}}
`;
const load = (environment: string, more = '  host: pr-{number}.preview.example.com\n'): Config =>
  loadConfig(`${BASE}preview:\n${more}`, 'deploy.yml', environment);

function refused(text: string, environment = 'production'): string {
  try {
    loadConfig(text, 'deploy.yml', environment);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

test('a preview has its own hostname and variables, keeps nothing beside it and tells nobody', () => {
  const config = load('pr-7');
  expect(config).toMatchObject({
    environment: 'pr-7',
    routes: [{ hosts: ['pr-7.preview.example.com'], service: 'web', port: 80 }],
    env: { clear: { A: '1' }, secret: ['TOKEN'] },
    standby: { keep: 'none' },
    retain: 1,
    notify: [],
    metrics: {},
    isolate: true,
    guard: { noindex: true },
    preview: { max: 5, ttlMs: 72 * 3_600_000 },
  });
  expect(config.routes[0]?.tls).toBeUndefined();
  expect(config.hooks.beforeSwitch?.run).toBe('migrate');
  expect(Object.keys(config.env.clear)).toEqual(['A']);
});

test('other environments are as without the section, but for knowing it', () => {
  const { preview, ...rest } = load('production');
  expect(preview?.host).toBe('pr-{number}.preview.example.com');
  expect(rest).toEqual(loadConfig(BASE, 'deploy.yml', 'production'));
});

test('everything of the section reaches the preview', () => {
  const config = load(
    'pr-12',
    `  host: PR-{number}-{service}.Example.com
  tls: {certificate: {secret: CHAIN}, key: {secret: KEY}, redirect: false}
  max: 2
  ttl: 24h
  limits: {cpus: 0.5, memory: 512m}
  basic-auth: {user: guest, secret: PASSWORD}
  noindex: false
  isolate: false
  seed: {service: web, run: [seed, --all], timeout: 1m}
`,
  );
  expect(config).toMatchObject({
    routes: [
      {
        hosts: ['pr-12-web.example.com'],
        tls: { certificate: { secret: 'CHAIN' }, key: { secret: 'KEY' }, redirect: false },
      },
    ],
    limits: { cpus: 0.5, memoryBytes: 512 * 2 ** 20 },
    guard: { noindex: false, login: { user: 'guest', secret: 'PASSWORD' } },
    isolate: false,
    hooks: { seed: { service: 'web', run: ['seed', '--all'], timeoutMs: 60_000 } },
    preview: { max: 2, ttlMs: 24 * 3_600_000 },
  });
});

test('what stands under environments.preview is laid over all of them, and its own variables stay', () => {
  const overlay = `  host: "{number}.example.com"
environments:
  preview: {hosts: [deploy@198.51.100.9], env: {clear: {A: "2", DOMAIN_NAME: mine.example.com}}}
  staging: {}
`;
  const config = load('pr-3', overlay);
  expect(config.hosts).toEqual(['deploy@198.51.100.9']);
  expect(config.env.clear).toEqual({ A: '2', DOMAIN_NAME: 'mine.example.com' });
  expect(load('staging', overlay).env.clear).toMatchObject({ A: '1' });
  expect(() => load('qa', overlay)).toThrow(/There is no environment "qa"/);
});

test('an environment that the file names itself is that one, whatever it is called', () => {
  const config = load('pr-7', '  host: "{number}.example.com"\nenvironments: {pr-7: {retain: 3}}\n');
  expect(config).toMatchObject({ retain: 3, routes: [{ hosts: ['www.example.com', 'example.com'] }] });
});

test('without the section there are no previews', () => {
  const config = loadConfig('app: shop', 'deploy.yml', 'pr-7');
  expect(config.preview).toBeUndefined();
  expect(config.guard).toBeUndefined();
});

test.each([
  ['app: x\npreview: {}', /2:1: preview\.host is missing/],
  ['app: x\npreview: {host: preview.example.com}', /must have \{number\} in it/],
  ['app: x\npreview: {host: "{number}_x.example.com"}', /must be a hostname with \{number\}/],
  ['app: x\npreview: {host: "{nr}.{number}.example.com"}', /only \{number\} and \{service\}/],
  ['app: x\npreview: {host: "*.{number}.example.com"}', /must be a hostname with \{number\}/],
  ['app: x\npreview: {host: "{number}.e.com", max: 0}', /whole number from 1 to 100/],
  ['app: x\npreview: {host: "{number}.e.com", ttl: 72}', /Write "72s"|bare number/],
  ['app: x\npreview: {host: "{number}.e.com", limits: {memory: 512}}', /bare number/],
  ['app: x\npreview: {host: "{number}.e.com", limits: {memory: 1m}}', /at least 6m/],
  ['app: x\npreview: {host: "{number}.e.com", limits: {memory: 2 GB}}', /Write "2g"/],
  ['app: x\npreview: {host: "{number}.e.com", basic-auth: {user: "a:b", secret: X}}', /must be a user name/],
  ['app: x\npreview: {host: "{number}.e.com", basic_auth: {}}', /Write "basic-auth"/],
])('%s is refused', (text, why) => expect(refused(text)).toMatch(why));

const TWO = 'routes: [{hosts: [a.b], service: web, port: 80}, {hosts: [a.c], service: api_v1, port: 80}]\n';
test('several routes need the service in their hostnames', () => {
  expect(refused(`app: x\n${TWO}preview: {host: "pr-{number}.e.com"}`)).toMatch(
    /^deploy\.yml:3:\d+: preview\.host gives several routes one hostname\. Put the service into it, such as "\{service\}-pr-/,
  );
  const config = loadConfig(
    `app: x\n${TWO}preview: {host: "{service}-{number}.e.com"}`,
    'deploy.yml',
    'pr-5',
  );
  expect(config.routes.map(({ hosts }) => hosts)).toEqual([['web-5.e.com'], ['api-v1-5.e.com']]);
});

test('the environment of a number, and back', () => {
  for (const number of [1, 7, 123_456_789]) expect(previewNumber(previewName(number))).toBe(number);
  for (const other of ['pr-0', 'pr-07', 'pr-', 'pr-x', 'pr-1-2', 'production', 'pr-1234567890', 'xpr-1'])
    expect(previewNumber(other)).toBeUndefined();
});
