import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { AwsServer } from '../unit/secrets/aws-server.ts';
import { LocalServer } from '../unit/secrets/http.ts';
import { VaultServer } from '../unit/secrets/vault-server.ts';
import type { ActionRun, Run } from './support/action.ts';
import { App } from './support/app.ts';
import { deployFile, webService } from './support/app-files.ts';
import { ask } from './support/ask.ts';
import { type AuthRegistry, authRegistry, PASSWORD, USERNAME } from './support/auth-registry.ts';
import { canary, found, traces } from './support/canaries.ts';
import { CommandLines } from './support/command-lines.ts';
import { expectGood } from './support/expect.ts';
import { forgetImages } from './support/images.ts';
import { execute } from './support/process.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';

// Marked secrets of every kind go through a deploy that succeeds, and through failures of every phase; then everything
// that anybody can look at is searched for them.

jest.setTimeout(900_000);

let rig: Rig;
let server: Server;
let registry: AuthRegistry;
let app: App;
let aws: AwsServer;
let vault: VaultServer;
let hook: LocalServer;
let github: LocalServer;
let folder: string;
let temp: string;
let step: Record<string, string>;
let inputs: Record<string, string>;
/** Name -> value of all that must not be seen. */
const secrets: Record<string, string> = {
  ENV: canary('env'),
  QUOTED: `${canary('quoted')} $HOME \${ENV} $$ "double" 'single' \\n \`id\` %25 &amp; é`,
  LINES: `${canary('first-line')}\n  ${canary('second-line')}\n\n${canary('last-line')}\n`,
  FILE_ONLY: canary('file-only'),
  BUILD_TOKEN: canary('build-token'),
  PREVIEW_PASSWORD: canary('preview-password'),
  FROM_AWS: canary('aws'),
  FROM_VAULT: canary('vault'),
  FROM_HOST: canary('host'),
  WEBHOOK_PATH: canary('webhook'),
  'the password of the registry': PASSWORD,
  'the login of the registry': Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64'),
  'the token for GitHub': canary('github-token'),
  'the passphrase': canary('passphrase'),
  'the key for AWS': canary('aws-key'),
  'the session of AWS': canary('aws-session'),
  'the secret id for Vault': canary('vault-secret-id'),
  'the token for Vault': 'hvs.made-by-login',
  'a token for Vault that nobody asked for': canary('vault-token'),
  'the token of the job for OIDC': canary('oidc'),
  'the token of the job for caches': canary('runtime'),
};

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  // Nothing shall rest on the home being closed, as it is on some systems and is not on others.
  await sh(server, 'chmod 755 /home/deploy');
  await sh(server, 'install -m 600 -o deploy /dev/stdin /etc/restaurant.key', `${secrets.FROM_HOST}\n`);
  registry = await authRegistry();
  await registry.open(server);
  folder = mkdtempSync(join(tmpdir(), 'leaks-'));
  temp = join(folder, 'runner-temp');
  mkdirSync(temp);
  await startStores();
  await makeKeys();

  app = App.small('e2e-leaks', rig, server);
  app.secrets = {
    ...picked('ENV', 'QUOTED', 'LINES', 'FILE_ONLY', 'BUILD_TOKEN', 'PREVIEW_PASSWORD'),
    ...certificate(),
    WEBHOOK: await webhook(),
  };
  inputs = {
    'ssh-key': secrets['the key for SSH'] ?? '',
    'ssh-passphrase': secrets['the passphrase'] ?? '',
    'registry-username': USERNAME,
    'registry-password': PASSWORD,
    'github-token': secrets['the token for GitHub'] ?? '',
  };
  makeGood();
});
afterAll(async () => {
  app?.remove();
  for (const one of [aws, vault, hook, github]) await one?.stop();
  await registry?.remove();
  await forgetImages('e2e-leaks');
  if (folder) rmSync(folder, { recursive: true, force: true });
  await rigDown();
});

const picked = (...names: string[]) => Object.fromEntries(names.map((name) => [name, secrets[name] ?? '']));

async function startStores(): Promise<void> {
  aws = new AwsServer();
  aws.keys.set('AKIDTEST', {
    secret: secrets['the key for AWS'] ?? '',
    session: secrets['the session of AWS'],
  });
  aws.secrets.set('leaks/app', [
    { id: 'v1'.repeat(16), text: JSON.stringify({ value: secrets.FROM_AWS }), labels: ['AWSCURRENT'] },
  ]);
  vault = new VaultServer(['secret/data/leaks']);
  vault.appRole.secret_id = secrets['the secret id for Vault'] ?? '';
  vault.appRole.uses = 1000;
  vault.v2.set('secret/data/leaks', [{ data: {} }, { data: { value: secrets.FROM_VAULT } }]);
  step = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: await aws.start(),
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: secrets['the key for AWS'] ?? '',
    AWS_SESSION_TOKEN: secrets['the session of AWS'] ?? '',
    VAULT_ROLE_ID: vault.appRole.role_id,
    VAULT_SECRET_ID: vault.appRole.secret_id,
    VAULT_TOKEN: secrets['a token for Vault that nobody asked for'] ?? '',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: secrets['the token of the job for OIDC'] ?? '',
    ACTIONS_RUNTIME_TOKEN: secrets['the token of the job for caches'] ?? '',
  };
  vaultAddress = await vault.start();
}
let vaultAddress: string;

/** The key of the rig, with a passphrase. */
async function makeKeys(): Promise<void> {
  const key = join(folder, 'key');
  writeFileSync(key, readFileSync(rig.key), { mode: 0o600 });
  secrets['the key without its passphrase'] = readFileSync(rig.key, 'utf8');
  await execute('ssh-keygen', ['-q', '-p', '-P', '', '-N', secrets['the passphrase'] ?? '', '-f', key]);
  secrets['the key for SSH'] = readFileSync(key, 'utf8');
  const tls = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '30',
  ];
  await execute('openssl', [
    ...tls,
    ...['-subj', '/CN=e2e-leaks.example.com', '-addext', 'subjectAltName=DNS:e2e-leaks.example.com'],
    ...['-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.pem')],
  ]);
  secrets['the key of the certificate'] = readFileSync(join(folder, 'tls.key'), 'utf8');
}

const certificate = () => ({
  TLS_CERTIFICATE: readFileSync(join(folder, 'tls.pem'), 'utf8'),
  TLS_KEY: readFileSync(join(folder, 'tls.key'), 'utf8'),
});

async function webhook(): Promise<string> {
  hook = new LocalServer(() => ({ status: 200, json: {} }));
  // It takes whatever it is told; what that has to be like is the matter of other tests.
  github = new LocalServer(({ method }) =>
    method === 'GET' ? { status: 200, json: [] } : { status: 201, json: { id: 1, state: 'success' } },
  );
  githubAddress = await github.start();
  return `${await hook.start()}/${secrets.WEBHOOK_PATH}`;
}
let githubAddress: string;

/** The app with all its secrets, and nothing wrong. */
function makeGood(): void {
  const needs = 'RUN --mount=type=secret,id=token grep -q canary-build-token- /run/secrets/token';
  writeFileSync(join(app.folder, 'Dockerfile'), `FROM python:3.12-slim\n${needs}\nCOPY web /srv\n`);
  app.composeText = undefined;
  const web = webService('e2e-leaks');
  app.compose = {
    services: {
      web: {
        ...web,
        image: undefined,
        build: { context: '.', secrets: ['token'] },
        volumes: [],
        command: ['python3', '-u', '/srv/server.py'],
        environment: {
          APP_NAME: 'e2e-leaks',
          PORT: '7000',
          URL: 'https://user:${ENV}@host/',
          FROM_FILE: '/run/secrets/file',
        },
        secrets: [{ source: 'file', target: 'file', mode: 0o400 }],
      },
    },
    secrets: { file: { environment: 'FILE_ONLY' }, token: { environment: 'BUILD_TOKEN' } },
  };
  const usual = deployFile('e2e-leaks');
  const [route] = usual.routes;
  app.config = {
    ...usual,
    shared: [],
    routes: [
      {
        ...(route as NonNullable<typeof route>),
        tls: { certificate: { secret: 'TLS_CERTIFICATE' }, key: { secret: 'TLS_KEY' }, redirect: false },
      } as NonNullable<typeof route>,
    ],
    push: `${registry.name}/org`,
    env: { clear: {}, secret: ['ENV', 'QUOTED', 'LINES', 'FROM_AWS', 'FROM_VAULT', 'FROM_HOST'] },
    secrets: {
      input: ['FILE_ONLY', 'BUILD_TOKEN'],
      aws: { region: 'eu-central-1', values: { FROM_AWS: { secret: 'leaks/app', key: 'value' } } },
      vault: {
        address: vaultAddress,
        auth: { method: 'approle' },
        values: { FROM_VAULT: { path: 'secret/data/leaks', key: 'value' } },
      },
      host: { FROM_HOST: '/etc/restaurant.key' },
    },
    // A step of the tests sees the environment of the runner, and tells all of it.
    test: { unit: { run: 'env' } },
    hooks: { 'before-switch': { service: 'web', run: 'true' } },
    notify: [{ to: 'webhook', secret: 'WEBHOOK', on: ['success', 'failure'] }],
    standby: { keep: 'none' },
  };
}

const given = (more: Record<string, string> = {}, env: NodeJS.ProcessEnv = {}) => ({
  inputs: { ...inputs, ...more },
  env: {
    RUNNER_TEMP: temp,
    STEP_ENV: JSON.stringify(step),
    GITHUB_API_URL: githubAddress,
    GITHUB_REPOSITORY: 'org/leaks',
    ...env,
  },
});

/** Lines of the log in which a mask had to hide something; a value that was never said needs no mask. */
const hidden = (run: Run) =>
  run.log.split('\n').filter((line) => line.includes('***') && !line.startsWith('::add-mask::'));

/** Searches all that a person or a program outside can look at. */
async function expectNoLeak(run: Run): Promise<void> {
  expect(found(run.log, secrets)).toEqual([]);
  expect(found(JSON.stringify([run.outputs, run.errors, run.warnings]), secrets)).toEqual([]);
  expect(found(run.summary, secrets)).toEqual([]);
  // What is left for later steps, and what a run may have forgotten to remove.
  const places = [temp, `${tmpdir()}/restaurant-deploy-*`, app.folder, join(homedir(), '.docker')];
  const left = globSync(places.map((place) => `${place}/**/*`));
  for (const file of left.filter((name) => statSync(name).isFile()))
    expect({ file, found: found(readFileSync(file, 'latin1'), secrets) }).toEqual({ file, found: [] });
  // The folder of the run itself is gone; its metrics stay, and were searched.
  expect(globSync(`${temp}/restaurant-deploy-*`).filter((name) => !name.endsWith('.json'))).toEqual([]);
  // What others are told.
  const told = hook.requests.map(({ body, headers }) => body + JSON.stringify(headers)).join('\n');
  expect(found(told, secrets)).toEqual([]);
  const calls = github.requests.map(({ url, body }) => url.href + body).join('\n');
  expect(found(calls, secrets)).toEqual([]);
  await expectServerKeeps();
}

const PATTERNS = '/root/patterns';
/** On the server: files of the deploy user alone hold secrets, only where a release needs them, and no other user gets at one. */
async function expectServerKeeps(): Promise<void> {
  const all = Object.values(secrets).flatMap(traces).join('\n');
  await sh(server, `umask 077; cat >${PATTERNS}`, all);
  const holders = await sh(
    server,
    // Docker's own state holds the environment of each container, for root alone: the search below tells whether that is so.
    `grep -rlFf ${PATTERNS} --exclude-dir=docker /home /etc /var/log /var/tmp /var/spool /tmp /run /dev/shm /opt /srv /usr/local 2>/dev/null |
      xargs -r stat -c '%a %U %n' | grep -v '^600 deploy /etc/restaurant.key$' || :`,
  );
  for (const line of holders.split('\n').filter(Boolean)) {
    expect(line).toMatch(
      /^600 deploy \/home\/deploy\/\.restaurant-deploy\/(apps\/e2e-leaks\/(production|pr-7)\/releases\/[^/]+\/(\.env|compose\.(blue|green)\.json)|edge\/certs\/[^/]+\.pem)$/,
    );
  }
  const others = await sh(
    server,
    `install -m 644 ${PATTERNS} /run/patterns-of-nobody
setpriv --reuid=nobody --regid=nogroup --clear-groups grep -rlFf /run/patterns-of-nobody / \\
  --exclude-dir=proc --exclude-dir=sys --exclude=patterns-of-nobody 2>/dev/null || :
rm -f /run/patterns-of-nobody`,
  );
  expect(others).toBe('');
  await sh(server, `rm -f ${PATTERNS}`);
}

/** Runs the action while all command lines are noted. */
async function watched(startRun: (path: string) => ActionRun): Promise<{ run: Run; lines: string }> {
  const bin = mkdtempSync(join(folder, 'bin-'));
  const watch = await CommandLines.watch(server, bin);
  const run = await startRun(watch.path).ended;
  return { run, lines: await watch.stop() };
}

const inContainer = async (command: string) =>
  sh(server, `docker exec $(docker ps -qf label=com.docker.compose.service=web) ${command}`);
const variable = async (name: string) => {
  const { body } = await ask(server, app.hostname, `/env?name=${name}`);
  return Buffer.from(body, 'hex').toString();
};

test('a deploy that succeeds brings every secret to the app, and shows none', async () => {
  const { run, lines } = await watched((path) => app.startDeploy(given({}, { PATH: path })));
  expectGood(run);

  // All of them were there: a search for what never came would find nothing.
  for (const name of ['ENV', 'QUOTED', 'LINES', 'FROM_AWS', 'FROM_VAULT', 'FROM_HOST'])
    expect({ name, value: await variable(name) }).toEqual({ name, value: secrets[name] });
  expect(await variable('FILE_ONLY')).toBe('');
  expect(await inContainer('cat /run/secrets/file')).toBe(secrets.FILE_ONLY);
  expect(await inContainer('stat -c %a /run/secrets/file')).toBe('400\n');
  expect(lines).toMatch(/compose .*config/);
  expect(lines).toMatch(/compose .*up -d/);
  expect(lines).toMatch(/tar -xp/);
  expect(run.log).toMatch(/GITHUB_WORKSPACE=/);
  expect(hook.requests).toHaveLength(1);
  expect(github.requests.length).toBeGreaterThan(1);
  expect(vault.revoked).toHaveLength(1);

  expect(found(lines, secrets)).toEqual([]);
  await expectNoLeak(run);
  expect(hidden(run)).toEqual([]);
});

test('the record of the release says which versions it has, by name', async () => {
  const [record = ''] = (
    await sh(server, 'cat /home/deploy/.restaurant-deploy/apps/e2e-leaks/production/releases/*/release.json')
  ).split('\n');
  expect(JSON.parse(record).secrets).toEqual({
    FROM_AWS: {
      from: 'aws',
      secret: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:leaks/app-AbCdEf',
      version: 'v1'.repeat(16),
    },
    FROM_VAULT: { from: 'vault', secret: 'secret/data/leaks', version: '2' },
    FROM_HOST: { from: 'host', secret: '/etc/restaurant.key' },
  });
});

test('what a build alone needs never reaches the server', async () => {
  const at = await sh(
    server,
    `grep -rlF '${secrets.BUILD_TOKEN}' / --exclude-dir=proc --exclude-dir=sys 2>/dev/null || :`,
  );
  expect(at).toBe('');
});

test('no layer of an image that was built holds a secret', async () => {
  const image = (
    await sh(
      server,
      "docker inspect --format '{{.Image}}' $(docker ps -qf label=com.docker.compose.service=web)",
    )
  ).trim();
  const all = Object.values(secrets).flatMap(traces).join('\n');
  // grep ends with 1 when it finds nothing; that the image was read at all is seen by a line of the app's own source.
  const seen = await sh(
    server,
    `umask 077; cat >${PATTERNS}; docker save ${image} >/root/image.tar
grep -caFf ${PATTERNS} /root/image.tar; grep -caF 'the oven is cold' /root/image.tar
docker history --no-trunc ${image} | grep -cFf ${PATTERNS}; rm -f ${PATTERNS} /root/image.tar; :`,
    all,
  );
  const [layers, source, history] = seen.trim().split('\n').map(Number);
  expect({ layers, history }).toEqual({ layers: 0, history: 0 });
  expect(source).toBeGreaterThan(0);
});

test('an app that tells its whole environment tells it masked', async () => {
  app.config.hooks = { 'before-switch': { service: 'web', run: 'env' } };
  const run = expectGood(await app.deploy(given()));
  expect(run.log).toMatch(/^ENV=\*\*\*$/m);
  await expectNoLeak(run);
  makeGood();
});

interface Failure {
  readonly name: string;
  readonly code: string;
  readonly spoil?: () => void;
  readonly mend?: () => void;
  readonly inputs?: Record<string, string>;
  /** The app itself tells secrets, so that masks have something to hide. */
  readonly tells?: true;
}

const web = () => app.compose.services.web ?? {};
const FAILURES: Failure[] = [
  {
    name: 'a failed test',
    code: 'test-failed',
    spoil: () => {
      app.config.test = { unit: { run: 'env; exit 3' } };
    },
  },
  {
    name: 'a build that fails',
    code: 'build-failed',
    spoil: () => writeFileSync(join(app.folder, 'Dockerfile'), 'FROM python:3.12-slim\nRUN env; exit 7\n'),
  },
  {
    name: 'a compose file that has a secret where a number belongs',
    code: 'compose-invalid',
    spoil: () => {
      web().ports = ['${ENV}:80'];
    },
    tells: true,
  },
  {
    name: 'an app that crashes with its environment in its log',
    code: 'app-not-ready',
    spoil: () => {
      web().command = ['sh', '-c', 'env >&2; exit 3'];
    },
    tells: true,
  },
  {
    name: 'a hook that fails with its environment in its output',
    code: 'hook-failed',
    spoil: () => {
      app.config.hooks = { 'before-switch': { service: 'web', run: 'env; echo "$QUOTED" >&2; exit 4' } };
    },
    tells: true,
  },
  {
    name: 'an app that answers badly',
    code: 'health-5xx',
    spoil: () => {
      Object.assign(web().environment ?? {}, { HEALTH: '500' });
      for (const { health } of app.config.routes) health.deadline = '4s';
    },
  },
  {
    name: 'AWS that denies',
    code: 'secrets-denied',
    spoil: () => aws.denied.add('leaks/app'),
    mend: () => aws.denied.clear(),
  },
  {
    name: 'AWS that does not take the signature',
    code: 'secrets-login',
    spoil: () => aws.keys.set('AKIDTEST', { secret: 'another', session: step.AWS_SESSION_TOKEN }),
    mend: () =>
      aws.keys.set('AKIDTEST', { secret: step.AWS_SECRET_ACCESS_KEY ?? '', session: step.AWS_SESSION_TOKEN }),
  },
  {
    name: 'Vault that refuses the login',
    code: 'secrets-login',
    spoil: () => {
      vault.appRole.role_id = 'another';
    },
    mend: () => {
      vault.appRole.role_id = 'the-role-id';
    },
  },
  {
    name: 'a wrong passphrase',
    code: 'ssh-passphrase-wrong',
    inputs: { 'ssh-passphrase': canary('wrong-passphrase') },
  },
  {
    name: 'a wrong password of the registry',
    code: 'registry-login',
    inputs: { 'registry-password': canary('wrong-password') },
  },
  {
    name: 'a server with another key',
    code: 'ssh-host-key-changed',
    inputs: { 'ssh-known-hosts': 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
  },
  {
    name: 'secrets that do not parse',
    code: 'secrets-line',
    inputs: { secrets: `ENV=${secrets.ENV}\n${canary('bare')}\n` },
  },
];

test.each(FAILURES)('$name shows no secret', async ({ code, spoil, mend, inputs: more = {}, tells }) => {
  Object.assign(
    secrets,
    Object.fromEntries(Object.entries(more).map(([name, value]) => [`wrong ${name}`, value])),
  );
  delete secrets['wrong ssh-known-hosts'];
  spoil?.();
  const { run, lines } = await watched((path) => app.startDeploy(given(more, { PATH: path })));
  mend?.();
  makeGood();

  expect({ outcome: run.outputs.outcome, codes: run.errors.map((one) => one.properties.title) }).toEqual({
    outcome: 'failed',
    codes: [code],
  });
  expect(found(lines, secrets)).toEqual([]);
  await expectNoLeak(run);
  if (!tells) expect(hidden(run)).toEqual([]);
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'a run that is ended by %s in the middle shows no secret and leaves none',
  async (signal) => {
    app.config.hooks = { 'before-switch': { service: 'web', run: 'sleep 60' } };
    const running = app.startDeploy(given());
    await running.shows(/hook before-switch/);
    process.kill(signal === 'SIGINT' ? running.runner : running.action(), signal);
    const run = await running.ended;
    makeGood();
    // Who is killed sets nothing; post tidies up.
    expect(run.outputs.outcome).toBe(signal === 'SIGINT' ? 'failed' : undefined);
    await expectNoLeak(run);
  },
);

test('the comment on a pull request shows no secret, whether its preview fails or not', async () => {
  const event = join(folder, 'event.json');
  const repo = { full_name: 'org/leaks' };
  const pull_request = {
    number: 7,
    head: { sha: 'a'.repeat(40), ref: 'b', repo },
    base: { ref: 'main', repo },
  };
  writeFileSync(event, JSON.stringify({ action: 'opened', number: 7, pull_request }));
  const preview = () => {
    app.config.preview = {
      host: 'pr-{number}.example.com',
      'basic-auth': { user: 'guest', secret: 'PREVIEW_PASSWORD' },
    };
    return app.run('preview', given({}, { EVENT: event, EVENT_NAME: 'pull_request' }));
  };
  const comments = () => github.requests.filter(({ url }) => url.pathname.endsWith('/issues/7/comments'));
  secrets['the login of the preview'] = Buffer.from(`guest:${secrets.PREVIEW_PASSWORD}`).toString('base64');

  app.config.hooks = { 'before-switch': { service: 'web', run: 'env >&2; exit 4' } };
  const bad = await preview();
  expect(bad.errors.map((one) => one.properties.title)).toEqual(['hook-failed']);
  expect(comments().at(-1)?.body).toContain('***');
  await expectNoLeak(bad);
  makeGood();
  const good = expectGood(await preview());
  expect(comments().at(-1)?.body).toContain('pr-7.example.com');
  await expectNoLeak(good);
  makeGood();
  expectGood(await app.run('remove', given({ environment: 'pr-7' })), 'removed');
});

test('a rollback asks no store, needs no secret, and brings the old values back', async () => {
  const before = await variable('FROM_VAULT');
  const rotated = canary('rotated');
  const otherFile = canary('rotated-file');
  Object.assign(secrets, { ROTATED: rotated, 'the other file': otherFile });
  vault.v2.get('secret/data/leaks')?.push({ data: { value: rotated } });
  app.secrets.FILE_ONLY = otherFile;
  const deployed = expectGood(await app.deploy(given()));
  expect(await variable('FROM_VAULT')).toBe(rotated);
  expect(await inContainer('cat /run/secrets/file')).toBe(otherFile);
  // What changed is told by name.
  expect(deployed.summary).toMatch(/FILE_ONLY.*FROM_VAULT/);
  await expectNoLeak(deployed);
  const asked = vault.requests.length + aws.requests.length;

  const run = expectGood(
    await app.run('rollback', given({ secrets: '' }, { STEP_ENV: '{}' })),
    'rolled-back',
  );
  expect(await variable('FROM_VAULT')).toBe(before);
  expect(await inContainer('cat /run/secrets/file')).toBe(secrets.FILE_ONLY);
  expect(vault.requests.length + aws.requests.length).toBe(asked);
  await expectNoLeak(run);
  expect(hidden(run)).toEqual([]);
});
