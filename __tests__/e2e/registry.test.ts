import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { VaultServer } from '../unit/secrets/vault-server.ts';
import { type Run, runAction } from './support/action.ts';
import { App, wayTo } from './support/app.ts';
import { ask, serves } from './support/ask.ts';
import { type AuthRegistry, authRegistry, PASSWORD, USERNAME } from './support/auth-registry.ts';
import { expectFailed, expectGood } from './support/expect.ts';
import { forgetImages } from './support/images.ts';
import { execute, ROOT } from './support/process.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';
import { untouched } from './support/witness.ts';

jest.setTimeout(900_000);

const MB = 1_000_000;
/** What shows in the log when the image is built. */
const BUILDING = 'FROM docker.io/library/python';
const LOGIN = { 'registry-username': USERNAME, 'registry-password': PASSWORD };

let rig: Rig;
let servers: readonly [Server, Server];
let registry: AuthRegistry;
let shop: App;
/** The login of the user of this machine, which no run may change. */
const userConfig = join(homedir(), '.docker', 'config.json');
const userLogins = () => (existsSync(userConfig) ? readFileSync(userConfig, 'utf8') : undefined);
let before: string | undefined;

beforeAll(async () => {
  before = userLogins();
  rig = await rigUp(2);
  servers = rig.servers as [Server, Server];
  registry = await authRegistry();
  for (const server of servers) await registry.open(server);
  shop = App.small('e2e-registry', rig, servers[0]);
  shop.compose.services.web = { ...shop.compose.services.web, build: '.', image: undefined, volumes: [] };
  shop.config.push = `${registry.name}/org`;
  writeFileSync(
    join(shop.folder, 'Dockerfile'),
    'FROM python:3.12-slim\nCOPY filling /filling\nCOPY web /srv\n',
  );
  writeFileSync(join(shop.folder, 'filling'), randomBytes(MB));
});
afterAll(async () => {
  shop?.remove();
  await registry?.remove();
  await forgetImages('e2e-registry');
  await rigDown();
});

const both = () => servers.map(({ host }) => host).join('\n');
const deploy = (inputs: Record<string, string> = LOGIN) =>
  shop.deploy({ inputs: { host: both(), ...inputs } });

const versionOf = (run: Run) => run.outputs.release?.split('-').at(-1) ?? '';

/** Nothing of the login is in the log, on this machine or on a server. */
async function expectForgotten(run: Run): Promise<void> {
  const encoded = Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64');
  for (const secret of [PASSWORD, encoded]) expect(run.log + run.summary).not.toContain(secret);
  expect(userLogins()).toBe(before);
  for (const server of servers) {
    const left = await sh(
      server,
      'ls -A /home/deploy/.docker /home/deploy/.restaurant-deploy/logins 2>&1 || :',
    );
    expect(left).not.toContain('config.json');
    expect(left.replace(/.*No such file.*\n/g, '')).toMatch(/^(\S+logins:\n)?(\.lock\n)?$/);
  }
}

test('a wrong password, and none at all, are told before anything is built', async () => {
  const wrong = expectFailed(await deploy({ ...LOGIN, 'registry-password': 'an-expired-token' }), {
    code: 'registry-login',
    says: /^127\.0\.0\.1:\d+: .*refuses the login of cook: .*401.*registry-password.*expired/s,
  });
  expect(wrong.log).not.toContain(BUILDING);
  expect(wrong.log).not.toContain('an-expired-token');

  const none = expectFailed(await deploy({}), {
    code: 'registry-login-missing',
    says: /wants a login, and there is none\. Give the inputs registry-username/,
  });
  expect(none.log).not.toContain(BUILDING);
});

test('a server without room for the images is told so with both numbers, before anything is pushed', async () => {
  const server = servers[1];
  const df = '#!/bin/sh\necho /dev/vda 1000000 0 300000 1% /var/lib/docker\n';
  await sh(server, 'cat >/usr/local/bin/df; chmod +x /usr/local/bin/df', df);
  const run = expectFailed(await deploy(), {
    code: 'host-disk-full',
    says: /^deploy@127\.0\.0\.1:\d+: The images need \d+ MB while they are pulled, 307 MB are free/,
  });
  expect(run.log).toContain(BUILDING);
  expect(await registry.digest('org/e2e-registry-web', shop.version)).toBeUndefined();
  await sh(server, 'rm /usr/local/bin/df');
});

test('what is built is pushed once, pulled by digest by every server, and no login stays anywhere', async () => {
  const run = expectGood(await deploy());
  await expectForgotten(run);

  const digest = await registry.digest('org/e2e-registry-web', versionOf(run));
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(run.log.match(/pulling .*@sha256:/g)).toHaveLength(2);
  const built = await execute('docker', ['image', 'inspect', '-f', '{{.Id}}', 'e2e-registry-production-web']);
  for (const server of servers) {
    expect(run.log).toContain(`pulling ${registry.name}/org/e2e-registry-web@${digest}`);
    expect(await serves(server, shop.hostname)).toMatchObject({ release: run.outputs.release });
    // What runs is what was built, under a name of ours that holds the digest.
    const container = await sh(
      server,
      'docker inspect -f "{{.Image}} {{.Config.Image}}" e2e-registry-production-blue-web-1',
    );
    expect(container).toBe(`${built.trim()} restaurant-deploy/e2e-registry.web:${digest?.slice(7, 23)}\n`);
  }
  // The tag was for the way.
  expect(await execute('docker', ['image', 'ls', '-q', `${registry.name}/org/e2e-registry-web`])).toBe('');
});

test('what is live already is left alone, and one changed file is one layer', async () => {
  const inputs = { host: both(), ...LOGIN, version: 'another-name' };
  expectGood(await shop.run('deploy', { inputs }), 'unchanged');

  const run = expectGood(await deploy());
  expect(run.log).toMatch(/e2e-registry-web:v\d+: 1 layers pushed, \d+ were there, sha256:/);
  await expectForgotten(run);
});

test('a registry that drops a push half-way is one error, and nothing is touched', async () => {
  writeFileSync(join(shop.folder, 'filling'), randomBytes(24 * MB));
  registry.link.cutAfter(8 * MB);
  const run = await untouched(shop, servers[0], deploy);
  registry.link.cutAfter(Number.POSITIVE_INFINITY);
  expectFailed(run, {
    code: 'image-push',
    says: /^127\.0\.0\.1:\d+: \S+e2e-registry-web:v\d+ could not be pushed: .*Nothing was changed on the servers/s,
  });
  await expectForgotten(run);
});

test('a registry that the servers can not reach is one error, and nothing is touched', async () => {
  for (const server of servers) await registry.close(server);
  const run = await untouched(shop, servers[0], deploy);
  expectFailed(run, {
    code: 'image-pull',
    says: /^deploy@127\.0\.0\.1:\d+: An image could not be pulled: .*connection refused.*can the server reach the registry/s,
  });
  await expectForgotten(run);

  for (const server of servers) await registry.open(server);
  await expectForgotten(expectGood(await deploy()));
});

test('three jobs: what one builds without a key of a server, another one deploys by digest', async () => {
  // As a job of its own has it: no way to a server, no secret.
  const none = { host: '', 'ssh-key': '', 'ssh-known-hosts': '', secrets: '' };
  const built = expectGood(await shop.build({ inputs: { ...none, ...LOGIN } }), 'built');
  const digest = await registry.digest('org/e2e-registry-web', shop.version);
  expect(JSON.parse(built.outputs.images ?? '')).toEqual({
    web: `${registry.name}/org/e2e-registry-web@${digest}`,
  });
  await expectForgotten(built);
  // What the deploy takes is what was built, even when this machine has something else by now.
  await forgetImages('e2e-registry');

  const inputs = {
    host: both(),
    ...LOGIN,
    version: shop.version,
    skip: 'test, build',
    images: built.outputs.images ?? '',
  };
  const run = expectGood(await shop.run('deploy', { inputs }));
  expect(run.log).not.toContain(BUILDING);
  for (const server of servers)
    expect(await serves(server, shop.hostname)).toMatchObject({ release: run.outputs.release });
  await expectForgotten(run);
  expectGood(await shop.run('deploy', { inputs }), 'unchanged');
});

test('a build job without a registry, or without a secret that it needs, says so', async () => {
  const none = { host: '', 'ssh-key': '', 'ssh-known-hosts': '', secrets: '' };
  const { push } = shop.config;
  shop.config.push = 'ssh';
  expectFailed(await shop.build({ inputs: none }), { code: 'build-no-registry', says: /push is ssh/ });
  shop.config.push = push;

  shop.config.env = { clear: {}, secret: ['TOKEN'] };
  shop.compose.services.web = {
    ...shop.compose.services.web,
    build: { context: '.', args: { TOKEN: '${TOKEN}' } },
  };
  expectFailed(await shop.build({ inputs: { ...none, ...LOGIN } }), {
    code: 'secrets-missing',
    says: /The secret "TOKEN" is missing or empty/,
  });
  // A secret of the build shows nowhere in the model; an image with a stand-in of it is worse than none.
  shop.compose.secrets = { token: { environment: 'TOKEN' } };
  shop.compose.services.web = {
    ...shop.compose.services.web,
    build: { context: '.', secrets: ['token'] },
  };
  expectFailed(await shop.build({ inputs: { ...none, ...LOGIN } }), {
    code: 'secrets-missing',
    says: /The secret "TOKEN" is missing or empty/,
  });
  delete shop.compose.secrets;
  shop.config.env = { clear: {}, secret: [] };
  shop.compose.services.web = { ...shop.compose.services.web, build: '.' };
});

test('a build job has what its images need from the stores, and asks for no more', async () => {
  const vault = new VaultServer([]);
  vault.tokens.set('hvs.of-the-build', ['secret/data/build']);
  vault.v2.set('secret/data/build', [{ data: { token: 'a-token-for-the-build', argument: 'of-the-store' } }]);
  shop.config.env = { clear: {}, secret: ['TOKEN', 'ARGUMENT', 'PASSWORD'] };
  shop.config.secrets = {
    vault: {
      address: await vault.start(),
      values: {
        TOKEN: { path: 'secret/data/build', key: 'token' },
        ARGUMENT: { path: 'secret/data/build', key: 'argument' },
        // Nobody gave this job the right to read it.
        PASSWORD: { path: 'secret/data/production', key: 'password' },
      },
    },
  };
  shop.compose.secrets = { token: { environment: 'TOKEN' } };
  const { build } = shop.compose.services.web ?? {};
  shop.compose.services.web = {
    ...shop.compose.services.web,
    build: { context: '.', secrets: ['token'], args: { ARGUMENT: '${ARGUMENT}' } },
  };
  const file = join(shop.folder, 'Dockerfile');
  const before = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    `${before}\nARG ARGUMENT\nRUN --mount=type=secret,id=token grep -qx a-token-for-the-build /run/secrets/token && [ "$ARGUMENT" = of-the-store ]\n`,
  );
  const none = { host: '', 'ssh-key': '', 'ssh-known-hosts': '', secrets: '' };
  try {
    const env = { STEP_ENV: JSON.stringify({ VAULT_TOKEN: 'hvs.of-the-build' }) };
    const run = expectGood(await shop.build({ inputs: { ...none, ...LOGIN }, env }), 'built');
    expect(run.log).not.toContain('a-token-for-the-build');
    expect(vault.requests.map(({ url }) => url.pathname)).toEqual(['/v1/secret/data/build']);
  } finally {
    await vault.stop();
    writeFileSync(file, before);
    shop.compose.services.web = { ...shop.compose.services.web, build };
    delete shop.compose.secrets;
    delete shop.config.secrets;
    shop.config.env = { clear: {}, secret: [] };
  }
});

test('a run that is killed leaves no login on the runner once its post step has run', async () => {
  const temp = mkdtempSync(join(shop.folder, 'temp-'));
  const logins = () => globSync('restaurant-deploy-*/config.json', { cwd: temp });
  const run = shop.startDeploy({ inputs: { host: both(), ...LOGIN }, env: { RUNNER_TEMP: temp } });
  await run.shows(/::group::build/);
  expect(logins()).toHaveLength(1);
  process.kill(run.action(), 'SIGKILL');
  expect((await run.ended).code).not.toBe(0);
  expect(logins()).toEqual([]);
});

test('a login that the runner has already is used, and the version of another run is taken by its tag', async () => {
  const home = join(shop.folder, 'home');
  const config = join(home, '.docker');
  await execute(
    'docker',
    ['--config', config, 'login', '--username', USERNAME, '--password-stdin', registry.name],
    {
      input: PASSWORD,
    },
  );
  // The servers have none of their own: they are told as such.
  const run = await shop.deploy({ inputs: { host: both() }, env: { HOME: home } });
  expectFailed(run, {
    code: 'image-pull',
    says: /wants a login.*give registry-username and registry-password/s,
  });
  expect(run.log).toMatch(/e2e-registry-web:v\d+: 1 layers pushed/);

  const [, version = ''] = /e2e-registry-web:(v\d+): /.exec(run.log) ?? [];
  const next = await shop.run('deploy', {
    inputs: { host: both(), ...LOGIN, version, skip: 'test, build' },
  });
  expectGood(next);
  expect(next.log).not.toContain(BUILDING);
  await expectForgotten(next);
  expect(readdirSync(config)).toContain('config.json');
});

test('the restaurant, with its database and two images of its own, goes this way as well', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-registry-restaurant-'));
  cpSync(join(ROOT, 'examples', 'restaurant'), folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|\.venv|__pycache__|dist)$/.test(path),
  });
  const config = join(folder, 'deploy.yml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('push: ssh', `push: ${registry.name}/org`));
  const secrets = { DJANGO_SECRET_KEY: 'for-tests-alone-'.repeat(4), DB_PASSWORD: 'a-password-for-tests' };
  const given = { ...wayTo(rig, servers[0]), ...LOGIN, secrets: JSON.stringify(secrets) };
  const run = expectGood(await runAction(folder, 'deploy', { ...given, version: 'first', skip: 'test' }));
  await expectForgotten(run);
  expect((await ask(servers[0], 'restaurant.example.com', '/health')).status).toBe(200);
  const running = await sh(servers[0], 'docker ps --format "{{.Image}}"');
  for (const service of ['app', 'nginx']) {
    const digest = await registry.digest(`org/restaurant-${service}`, 'first');
    expect(running).toContain(`restaurant-deploy/restaurant.${service}:${digest?.slice(7, 23)}\n`);
  }
  rmSync(folder, { recursive: true });
});
