import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../../src/config/load.ts';

const load = (text: string, environment = 'production') => loadConfig(text, 'deploy.yml', environment);
const example = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

const BARE = {
  app: 'shop',
  environment: 'production',
  compose: [],
  profiles: [],
  hosts: [],
  routes: [],
  shared: [],
  env: { clear: {}, secret: [] },
  secrets: { input: [], host: {} },
  push: 'ssh',
  build: { labels: false, provenance: false, sbom: false },
  test: [],
  hooks: {},
  observe: { forMs: 500, max5xx: 0.01, minRequests: 20 },
  drain: { timeoutMs: 30_000 },
  standby: { keep: 'stopped', forMs: 600_000 },
  notify: [],
  metrics: {},
  retain: 5,
};

test('the name of the app is enough', () => expect(load('app: shop')).toEqual(BARE));

test('every key reaches the settings', () => {
  const config = load(`
app: shop
compose: [compose.yaml, compose.prod.yaml]
profiles: [production]
hosts: [deploy@203.0.113.7, "deploy@[2001:db8::7]:2222"]
routes:
  - hosts: [WWW.Example.com, example.com]
    service: web
    port: 8080
    health: {path: /up, interval: 1s, in-a-row: 5, deadline: 2m}
    tls: {certificate: /etc/tls/chain.pem, key: {secret: TLS_KEY}, redirect: false}
  - {hosts: [api.example.com], service: api, port: 9000}
shared: [db, redis]
env: {clear: {LANGUAGE: en}, secret: [DB_PASSWORD]}
secrets:
  input: [SMTP_PASSWORD]
  aws:
    region: eu-central-1
    values:
      DB_PASSWORD: {secret: shop/db, key: password, version: AWSPREVIOUS}
      PLAIN: shop/plain
  vault:
    address: https://vault.example.com:8200
    namespace: admin/team
    auth: {method: jwt, role: shop, audience: "https://vault.example.com"}
    values: {API_KEY: {path: secret/data/shop, key: api_key, version: 3}}
  host: {TLS_KEY: /etc/tls/key.pem}
push: ghcr.io/org/shop
build: {labels: true, provenance: true, sbom: true}
test: {unit: {run: npm test, in: frontend, env: {CI: true}, timeout: 90s, report: junit.xml}, lint: {run: make lint}}
hooks:
  before-switch: {service: app, run: ./manage.py migrate, timeout: 1h}
  after-switch: {service: app, run: [./warm, "a b"]}
observe: {for: 30s, max-5xx: 0.5%, min-requests: 100, max-latency: 2.5}
drain: {timeout: 0s}
standby: {keep: running, for: 1h30m}
notify:
  - {to: slack, secret: SLACK_WEBHOOK, on: [failure, recovery]}
  - {to: webhook, secret: AUDIT_URL}
retain: 9
metrics: {textfile: /srv/metrics, pushgateway: 'http://10.0.0.7:9091', otlp: {secret: OTLP}}
`);
  expect(config).toEqual({
    app: 'shop',
    environment: 'production',
    compose: ['compose.yaml', 'compose.prod.yaml'],
    profiles: ['production'],
    hosts: ['deploy@203.0.113.7', 'deploy@[2001:db8::7]:2222'],
    routes: [
      {
        hosts: ['www.example.com', 'example.com'],
        service: 'web',
        port: 8080,
        health: { path: '/up', intervalMs: 1000, inARow: 5, deadlineMs: 120_000 },
        tls: { certificate: { path: '/etc/tls/chain.pem' }, key: { secret: 'TLS_KEY' }, redirect: false },
      },
      {
        hosts: ['api.example.com'],
        service: 'api',
        port: 9000,
        health: { path: '/', intervalMs: 250, inARow: 3, deadlineMs: 60_000 },
      },
    ],
    shared: ['db', 'redis'],
    env: { clear: { LANGUAGE: 'en' }, secret: ['DB_PASSWORD'] },
    secrets: {
      input: ['SMTP_PASSWORD'],
      aws: {
        region: 'eu-central-1',
        values: {
          DB_PASSWORD: { secret: 'shop/db', key: 'password', version: 'AWSPREVIOUS' },
          PLAIN: { secret: 'shop/plain' },
        },
      },
      vault: {
        address: 'https://vault.example.com:8200',
        namespace: 'admin/team',
        auth: { method: 'jwt', mount: 'jwt', role: 'shop', audience: 'https://vault.example.com' },
        values: { API_KEY: { path: 'secret/data/shop', key: 'api_key', version: 3 } },
      },
      host: { TLS_KEY: '/etc/tls/key.pem' },
    },
    push: 'ghcr.io/org/shop',
    build: { labels: true, provenance: true, sbom: true },
    test: [
      {
        name: 'unit',
        run: 'npm test',
        in: 'frontend',
        env: { CI: 'true' },
        timeoutMs: 90_000,
        report: ['junit.xml'],
      },
      { name: 'lint', run: 'make lint', in: '.', env: {}, timeoutMs: 600_000, report: [] },
    ],
    hooks: {
      beforeSwitch: { service: 'app', run: './manage.py migrate', timeoutMs: 3_600_000 },
      afterSwitch: { service: 'app', run: ['./warm', 'a b'], timeoutMs: 600_000 },
    },
    observe: { forMs: 30_000, max5xx: 0.005, minRequests: 100, maxLatency: 2.5 },
    drain: { timeoutMs: 0 },
    standby: { keep: 'running', forMs: 5_400_000 },
    notify: [
      { to: 'slack', secret: 'SLACK_WEBHOOK', on: ['failure', 'recovery'] },
      { to: 'webhook', secret: 'AUDIT_URL', on: ['success', 'failure', 'revert', 'recovery'] },
    ],
    metrics: {
      textfile: '/srv/metrics',
      pushgateway: { url: 'http://10.0.0.7:9091' },
      otlp: { secret: 'OTLP' },
    },
    retain: 9,
  });
});

test('the settings can not be changed, at any depth', () => {
  const config = load(
    'app: shop\nroutes: [{hosts: [a.example], service: web, port: 80}]\nenv: {clear: {A: 1}}',
  );
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(frozen));
  expect(frozen(config)).toBe(true);
});

test('the example of the repository loads', () => {
  const config = load(example('examples/restaurant/deploy.yml'));
  expect(config.routes.map((route) => route.service)).toEqual(['nginx']);
  expect(config.compose).toEqual(['docker-compose.prod.yml']);
});

test('values of variables are kept byte for byte', () => {
  const { env } = load(
    [
      'app: shop',
      'env:',
      '  clear:',
      '    NUMBER: 1.10',
      '    YES: yes',
      '    TRUE: True',
      '    HEX: 0x1F',
      '    OCTAL: 0o17',
      '    ZEROS: 007',
      '    LONG: 12345678901234567890',
      '    EXPONENT: 1e3',
      '    NOT_A_NUMBER: .nan',
      '    DATE: 2024-01-02',
      '    EMPTY: ""',
      "    SINGLE: 'a $B ${C} \\n \"'",
      '    DOUBLE: "a\\n\\t\\u00e9"',
      '    NULLISH: "null"',
      '    SPACES: "  a  "',
      '    BLOCK: |',
      '      one',
      '        two',
      '    yes: 1',
    ].join('\n'),
  );
  expect(env.clear).toEqual({
    NUMBER: '1.10',
    YES: 'yes',
    TRUE: 'True',
    HEX: '0x1F',
    OCTAL: '0o17',
    ZEROS: '007',
    LONG: '12345678901234567890',
    EXPONENT: '1e3',
    NOT_A_NUMBER: '.nan',
    DATE: '2024-01-02',
    EMPTY: '',
    SINGLE: 'a $B ${C} \\n "',
    DOUBLE: 'a\n\t\u00e9',
    NULLISH: 'null',
    SPACES: '  a  ',
    BLOCK: 'one\n  two\n',
    yes: '1',
  });
});

test('a value of 64 KiB is kept', () => {
  const value = 'é$"\\ '.repeat(13_107);
  expect(load(`app: shop\nenv: {clear: {A: ${JSON.stringify(value)}}}`).env.clear.A).toBe(value);
});

test.each([
  ['a byte order mark', '\uFEFFapp: shop\n'],
  ['CRLF', 'app: shop\r\nretain: 5\r\n'],
  ['%YAML 1.1, which changes nothing', '%YAML 1.1\n---\napp: shop\n'],
  ['one document with its marks', '---\napp: shop\n...\n'],
  ['comments and no last line break', '# the shop\napp: shop # here'],
])('%s', (_, text) => expect(load(text)).toEqual(BARE));

test('block values keep their line ends under CRLF', () => {
  expect(load('app: shop\r\nenv:\r\n  clear:\r\n    A: |\r\n      x\r\n      y\r\n').env.clear.A).toBe(
    'x\ny\n',
  );
});

test('anchors, aliases and merge keys are written out', () => {
  const config = load(`
app: shop
routes:
  - &web {hosts: [a.example], service: web, port: &port 80, health: &health {path: /up}}
  - {<<: *web, hosts: [b.example], port: 81}
  - {hosts: [c.example], service: api, port: *port, health: {<<: [{deadline: 5s}, *health], interval: 1s}}
`);
  expect(
    config.routes.map(({ hosts, service, port, health }) => [hosts[0], service, port, health.path]),
  ).toEqual([
    ['a.example', 'web', 80, '/up'],
    ['b.example', 'web', 81, '/up'],
    ['c.example', 'api', 80, '/up'],
  ]);
  expect(config.routes[2]?.health).toEqual({ path: '/up', intervalMs: 1000, inARow: 3, deadlineMs: 5000 });
});

describe('an environment', () => {
  const text = `
app: shop
hosts: [deploy@203.0.113.7]
env: {clear: {LANGUAGE: en, DEBUG: no}, secret: [A, B]}
hooks: {before-switch: {service: app, run: migrate}}
observe: {for: 30s}
compose: [a.yaml, b.yaml]
environments:
  staging:
    hosts: [deploy@203.0.113.8]
    env: {clear: {DEBUG: yes}, secret: [C]}
    hooks: {before-switch: {timeout: 1m}}
    observe: {max-5xx: 5%}
    compose: c.yaml
  qa: {}
`;
  test('is the base with its overlay: maps merge, lists and single values are replaced', () => {
    const { environment, hosts, env, hooks, observe, compose } = load(text, 'staging');
    expect({ environment, hosts, env, hooks, observe, compose }).toEqual({
      environment: 'staging',
      hosts: ['deploy@203.0.113.8'],
      env: { clear: { LANGUAGE: 'en', DEBUG: 'yes' }, secret: ['C'] },
      hooks: { beforeSwitch: { service: 'app', run: 'migrate', timeoutMs: 60_000 } },
      observe: { forMs: 30_000, max5xx: 0.05, minRequests: 20 },
      compose: ['c.yaml'],
    });
  });
  test('may change nothing', () =>
    expect(load(text, 'qa').env.clear).toEqual({ LANGUAGE: 'en', DEBUG: 'no' }));
  test('production need not be listed', () => expect(load(text).hosts).toEqual(['deploy@203.0.113.7']));
  test('is any name where none are listed', () =>
    expect(load('app: shop', 'pr-42').environment).toBe('pr-42'));
});
