import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { type AbleDocker, ableDocker } from './support/able-docker.ts';
import type { Run } from './support/action.ts';
import { App } from './support/app.ts';
import { ask } from './support/ask.ts';
import { type AuthRegistry, authRegistry, PASSWORD, USERNAME } from './support/auth-registry.ts';
import { expectFailed, expectGood } from './support/expect.ts';
import { execute } from './support/process.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';

jest.setTimeout(900_000);

const LOGIN = { 'registry-username': USERNAME, 'registry-password': PASSWORD };

let rig: Rig;
let servers: readonly [Server, Server];
let registry: AuthRegistry;
let able: AbleDocker;
let shop: App;

/** The second server says of itself, and takes images, as if it were of another kind. */
const PRETEND = `cat >/usr/local/bin/uname <<'END'
#!/bin/sh
[ "$*" != -m ] || exec echo aarch64
exec /usr/bin/uname "$@"
END
cat >/usr/local/bin/docker <<'END'
#!/bin/sh
case "$*" in pull*e2e-able*) export DOCKER_DEFAULT_PLATFORM=linux/arm64 ;; esac
exec /usr/bin/docker "$@"
END
chmod +x /usr/local/bin/uname /usr/local/bin/docker`;

beforeAll(async () => {
  rig = await rigUp(2);
  servers = rig.servers as [Server, Server];
  registry = await authRegistry();
  for (const server of servers) await registry.open(server);
  able = await ableDocker({ port: registry.link.port, to: registry.inside });
  shop = App.small('e2e-able', rig, servers[0]);
  // Programs of this machine run in an image of any kind, as long as nothing in it says otherwise.
  const container = (await execute('docker', ['create', 'busybox:latest'])).trim();
  await execute('docker', ['cp', '--follow-link', `${container}:/bin/busybox`, join(shop.folder, 'busybox')]);
  await execute('docker', ['rm', container]);
  writeFileSync(
    join(shop.folder, 'Dockerfile'),
    'FROM scratch\nCOPY busybox /bin/busybox\nCOPY web/version /www/health\nCOPY web/version /www/index.html\n',
  );
  const { web } = shop.compose.services;
  const command = ['/bin/busybox', 'httpd', '-f', '-p', '7000', '-h', '/www'];
  shop.compose.services.web = { ...web, build: '.', image: undefined, volumes: [], command };
  shop.config.push = `${registry.name}/org`;
});
afterAll(async () => {
  shop?.remove();
  await able?.remove();
  await registry?.remove();
  await rigDown();
});

const run = (command: 'build' | 'deploy', env: NodeJS.ProcessEnv = {}): Promise<Run> => {
  const given = {
    inputs: { ...LOGIN, host: servers.map(({ host }) => host).join('\n') },
    env: { HOME: able.home, ...env },
  };
  return command === 'build' ? shop.build(given) : shop.deploy(given);
};
const pushed = (log: string) => /pushed \S+e2e-able-web@(sha256:[0-9a-f]{64})/.exec(log)?.[1];

test('an emptied builder takes the layers of the last build from the registry, and makes the very same image', async () => {
  const first = expectGood(await run('build'), 'built');
  expect(first.log).toMatch(/exporting cache to registry/);
  await able.docker('builder', 'prune', '--all', '--force');
  const again = expectGood(
    await shop.run('build', { inputs: { ...LOGIN, version: 'again' }, env: { HOME: able.home } }),
    'built',
  );
  expect(again.log).toMatch(
    /importing cache manifest from \S+buildcache[\s\S]*COPY busybox[^\n]*\n#\d+ CACHED/,
  );
  expect(pushed(again.log)).toBe(pushed(first.log));
  expect([...first.warnings, ...again.warnings]).toEqual([]);
});

test("a cache that can not be used costs a warning: GitHub's, with a token that it does not take", async () => {
  const built = expectGood(
    await run('build', {
      ACTIONS_RUNTIME_TOKEN: 'expired',
      ACTIONS_RESULTS_URL: 'http://127.0.0.1:1/',
      ACTIONS_CACHE_URL: 'http://127.0.0.1:1/',
    }),
    'built',
  );
  expect(built.warnings.map(({ properties, message }) => `${properties.title}: ${message}`)).toEqual([
    expect.stringMatching(
      /^build-cache: A build cache could not be used: .*gha cache.* The images are built without it\.$/,
    ),
  ]);
});

test('servers of different kinds get an image each from one build', async () => {
  await sh(servers[1], PRETEND);
  const deployed = expectGood(await run('deploy'));
  const digest = pushed(deployed.log);
  const index = await registry.manifest('org/e2e-able-web', digest ?? '');
  expect(index.manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
  for (const [at, architecture] of ['amd64', 'arm64'].entries()) {
    const server = servers[at] as Server;
    const name = `restaurant-deploy/e2e-able.web:${digest?.slice(7, 23)}`;
    expect(await sh(server, `docker image inspect -f '{{.Architecture}}' ${name}`)).toBe(`${architecture}\n`);
    expect((await ask(server, shop.hostname)).body).toBe(shop.version);
  }
  expectGood(
    await shop.run('deploy', {
      inputs: { ...LOGIN, host: servers.map(({ host }) => host).join('\n'), version: 'same' },
      env: { HOME: able.home },
    }),
    'unchanged',
  );
});

test('without such a builder or a registry they are refused before anything is built', async () => {
  const { push } = shop.config;
  shop.config.push = 'ssh';
  const refused = await run('deploy', { HOME: process.env.HOME });
  expectFailed(refused, {
    code: 'build-platforms',
    says: /several kinds \(linux\/amd64, linux\/arm64\).*registry in push.*setup-buildx-action/s,
  });
  expect(refused.log).not.toContain('COPY busybox');
  shop.config.push = push;
});

test('how an image was built, and its commit, are told when that is asked for', async () => {
  shop.config.build = { provenance: true, labels: true };
  const built = expectGood(await run('build'), 'built');
  const index = await registry.manifest('org/e2e-able-web', pushed(built.log) ?? '');
  const attested = index.manifests.filter(
    ({ annotations }) => annotations?.['vnd.docker.reference.type'] === 'attestation-manifest',
  );
  expect(attested).toHaveLength(1);
  const [image] = index.manifests;
  const { config } = await registry.manifest('org/e2e-able-web', image?.digest ?? '');
  const { config: made } = await registry.blob('org/e2e-able-web', config.digest);
  expect(made.Labels).toMatchObject({
    'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}$/),
    'org.opencontainers.image.version': shop.version,
    'org.opencontainers.image.source': expect.stringMatching(/^https:\/\/github\.com\/local\//),
  });

  expectFailed(await run('build', { HOME: process.env.HOME }), {
    code: 'build-attestation',
    says: /the builder of this runner can not attest\. Add docker\/setup-buildx-action/,
  });
});

test('what such a builder leaves in its store goes over SSH as well, and is unchanged when it is', async () => {
  shop.config.push = 'ssh';
  shop.config.build = undefined;
  const given = { host: servers[0].host, version: 'over-ssh' };
  const first = expectGood(await shop.deploy({ inputs: given, env: { HOME: able.home } }));
  // Its Docker can not reach the loopback of this machine, so there are no single layers to be had.
  expect(first.warnings.map(({ properties }) => properties.title)).toEqual(['push-whole']);
  expect((await ask(servers[0], shop.hostname)).body).toBe(shop.version);
  const inputs = { ...given, version: 'the-same' };
  expectGood(await shop.run('deploy', { inputs, env: { HOME: able.home } }), 'unchanged');
});
