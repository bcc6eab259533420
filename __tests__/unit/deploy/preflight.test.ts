import { atLeast, MIN_COMPOSE, MIN_ENGINE, preflight } from '../../../src/deploy/preflight.ts';
import { facts } from './records.ts';

test.each([
  ['24.0', '24.0', true],
  ['24.0.7', '24.0', true],
  ['26.1.5+dfsg1', '24.0', true],
  ['27', '24.0', true],
  ['23.0.9', '24.0', false],
  ['9.9', '24.0', false],
  ['2.24', '2.24', true],
  ['2.24.0-birthday.10', '2.24', true],
  ['2.3.3', '2.24', false],
  ['2.100.1', '2.24', true],
  ['1.29.2', '2.24', false],
  ['3.0', '2.24', true],
  ['5.0.0', '2.24', true],
  ['dev', '2.24', false],
  ['', '2.24', false],
])('version %s is at least %s: %s', (version, minimum, right) => {
  expect(atLeast(version, minimum)).toBe(right);
});

/** The codes of what is wrong, in order. */
const codes = (more: Parameters<typeof facts>[0], needsEdge = true) =>
  preflight(facts(more), 'deploy@server', needsEdge).map((fault) => fault.code);

test('a server that is good has no fault', () => {
  expect(codes({})).toEqual([]);
  expect(codes({ engine: MIN_ENGINE, compose: MIN_COMPOSE, freeBytes: 200 * 1024 * 1024 })).toEqual([]);
  expect(codes({ freeBytes: Number.POSITIVE_INFINITY })).toEqual([]);
});

test.each([
  ['not found', 'host-docker-missing'],
  ['sh: 1: docker: not found', 'host-docker-missing'],
  ['bash: docker: command not found', 'host-docker-missing'],
  ['', 'host-docker-missing'],
  [
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
    'host-docker-rights',
  ],
  [
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    'host-docker-down',
  ],
  [
    'failed to connect to the docker API at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: no such file or directory',
    'host-docker-down',
  ],
])('Docker that says %j is told as %s, and nothing that follows from it', (engineSaid, code) => {
  expect(codes({ engine: undefined, compose: undefined, engineSaid, freeBytes: 0 })).toEqual([code]);
});

test.each<[string, Parameters<typeof facts>[0], string, string, string]>([
  ['an old Docker', { engine: '20.10.24' }, 'host-docker-old', 'Docker Engine 20.10.24 is too old.', '24.0'],
  [
    'no Compose',
    { compose: undefined },
    'host-compose-missing',
    'is not on the server',
    'docker-compose-plugin',
  ],
  ['an old Compose', { compose: '2.20.2' }, 'host-compose-old', 'Docker Compose 2.20.2 is too old.', '2.24'],
  [
    'a full disk',
    { freeBytes: 199.6 * 1024 * 1024 },
    'host-disk-full',
    'Only 200 MB are free',
    'docker system df',
  ],
  [
    'a disk that is over full',
    { freeBytes: -4096 },
    'host-disk-full',
    'Only 0 MB are free',
    'docker system df',
  ],
])('%s', (_, more, code, what, remedy) => {
  const [fault, ...others] = preflight(facts(more), 'deploy@server', true);
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ code, where: 'deploy@server' });
  expect(fault?.what).toContain(what);
  expect(fault?.remedy).toContain(remedy);
});

test('all that is wrong is told at once', () => {
  expect(
    codes({
      engine: '19.3',
      compose: '2.1',
      freeBytes: 0,
      edge: { running: false, listening: [80], publishers: [] },
    }),
  ).toEqual(['host-docker-old', 'host-compose-old', 'host-disk-full', 'port-taken']);
});

describe('a machine of the wrong kind', () => {
  const good = facts().machine;
  const engineIs = { os: 'linux', architecture: 'amd64', parts: 'Engine,containerd,runc,docker-init,' };
  test.each<[string, Parameters<typeof facts>[0], string, string, string]>([
    ['a Mac', { machine: { ...good, system: 'Darwin' } }, 'host-os', 'runs Darwin, not Linux', 'with Linux'],
    [
      'Windows containers',
      { engineIs: { ...engineIs, os: 'windows' } },
      'host-os',
      'containers of windows',
      'Linux',
    ],
    [
      'Podman by its shim',
      { machine: { ...good, podman: true } },
      'host-docker-podman',
      'is Podman',
      'podman-docker',
    ],
    [
      'Podman behind the client of Docker',
      { engine: '4.9.3', engineIs: { ...engineIs, parts: 'Podman Engine,Conmon,OCI Runtime (crun),' } },
      'host-docker-podman',
      'is Podman',
      'DOCKER_HOST',
    ],
    [
      'Docker of a snap',
      { machine: { ...good, client: '/usr/bin/snap' } },
      'host-docker-snap',
      'can not read ~/.restaurant-deploy',
      'snap remove docker',
    ],
    [
      'Docker without root',
      { engineIs: { ...engineIs, parts: `${engineIs.parts}rootlesskit,slirp4netns,` } },
      'host-docker-rootless',
      'runs rootless',
      'docker context use default',
    ],
    [
      'a home that is closed',
      { machine: { ...good, closed: ['~/.restaurant-deploy'] } },
      'host-home',
      'may not write to ~/.restaurant-deploy',
      'chown -R USER',
    ],
  ])('%s', (_, more, code, what, remedy) => {
    const [fault, ...others] = preflight(facts(more), 'deploy@server', true);
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ code, where: 'deploy@server' });
    expect(fault?.what).toContain(what);
    expect(fault?.remedy).toContain(remedy);
  });

  test('is told before what it says of itself', () => {
    const podman = { machine: { ...good, podman: true }, engine: undefined, engineIs: undefined };
    expect(codes({ ...podman, engineSaid: 'Emulate Docker CLI using podman.' })).toEqual([
      'host-docker-podman',
    ]);
  });

  test('is none where no edge is needed and Docker has no root', () => {
    expect(codes({ engineIs: { ...engineIs, parts: 'Engine,rootlesskit,' } }, false)).toEqual([]);
  });

  test('is not guessed where nothing was said', () => {
    expect(
      codes({ machine: { system: '', client: '', podman: false, closed: [] }, engineIs: undefined }),
    ).toEqual([]);
    expect(codes({ machine: { ...good, client: '/opt/snapshots/docker' } })).toEqual([]);
  });
});

describe('the ports', () => {
  const taken = (listening: number[], publishers: string[], running = false) =>
    preflight(facts({ edge: { running, listening, publishers } }), 'deploy@server', true)[0];

  test.each<[number[], string[], string, string]>([
    [[80], [], 'Port 80 is taken by another program.', 'sudo ss -ltnp'],
    [[80, 443], [], 'Ports 80 and 443 are taken by another program.', 'sudo ss -ltnp'],
    [[80], ['web'], 'Port 80 is taken by the container web.', 'docker stop web, then run the deploy again'],
    [[80, 443], ['a', 'b'], 'Ports 80 and 443 are taken by the containers a and b.', 'docker stop a b'],
  ])('%j by %j', (listening, publishers, what, remedy) => {
    const fault = taken(listening, publishers);
    expect(fault).toMatchObject({ code: 'port-taken', what });
    expect(fault?.remedy).toContain(remedy);
  });

  test('are free, or the edge has them, or nobody needs them', () => {
    expect(taken([], [])).toBeUndefined();
    expect(taken([80, 443], ['x'], true)).toBeUndefined();
    expect(codes({ edge: { running: false, listening: [80], publishers: [] } }, false)).toEqual([]);
  });
});
