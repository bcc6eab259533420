import { locate } from '../../../src/compose/locate.ts';
import { splitCompose } from '../../../src/compose/split.ts';
import { ROOT, requestFor, requestOf, told, WORKSPACE } from './fixture.ts';

const split = () => splitCompose(requestFor('mounts', { routes: [{ service: 'web', port: 8080 }] }));
const released = `${ROOT}/releases/r2/files`;

test('each mount comes from where its source is on the host', () => {
  const mounts = split().color.services.web?.volumes ?? [];
  expect(mounts.map(({ source, target }) => [target, source])).toEqual([
    ['/site', `${released}/site`],
    ['/assets', `${released}/site/assets`],
    ['/uploads', `${released}/uploads`],
    ['/state', `${ROOT}/data/state`],
    ['/etc/absent.conf', `${ROOT}/data/absent.conf`],
    ['/etc/letsencrypt', '/etc/letsencrypt'],
    ['/var/run/docker.sock', '/var/run/docker.sock'],
    ['/keys', '/home/runner/keys'],
    ['/beside', '/home/runner/work/app/beside'],
    ['/named', 'named'],
    ['/anonymous', undefined],
    ['/robots.txt', `${released}/site/robots.txt`],
    ['/again', 'named'],
    ['/cache', undefined],
  ]);
});

test('what else a mount says is kept, and what versions of Compose take differently is said aloud', () => {
  const mounts = split().color.services.web?.volumes ?? [];
  expect(mounts[11]).toEqual({
    type: 'bind',
    source: `${released}/site/robots.txt`,
    target: '/robots.txt',
    read_only: true,
    bind: { propagation: 'rslave', create_host_path: true },
  });
  const volumes = [{ type: 'bind', source: '/x', target: '/x', bind: { create_host_path: false } }];
  const { color } = splitCompose(requestOf({ services: { app: { image: 'a', volumes } } }));
  expect(color.services.app?.volumes).toEqual(volumes);
});

test('files travel once, and with the folder that holds them', () => {
  expect(split().files).toEqual([{ from: WORKSPACE, to: '.', scope: 'release' }]);
  const { files } = splitCompose(requestFor('mounts', { shared: ['all'] }));
  expect(files).toEqual([
    { from: WORKSPACE, to: '.', scope: 'shared' },
    { from: `${WORKSPACE}/site`, to: 'site', scope: 'release' },
    { from: `${WORKSPACE}/uploads`, to: 'uploads', scope: 'release' },
  ]);
});

test('folders that the repository does not have are data folders', () => {
  expect(split().dataDirs).toEqual([`${ROOT}/data/state`, `${ROOT}/data/absent.conf`]);
});

test('a seccomp profile, which Compose reads on the host, travels too', () => {
  expect(split().color.services.web?.security_opt).toEqual([
    `seccomp:${released}/site/seccomp.json`,
    'no-new-privileges:true',
  ]);
});

test('what is surprising about a mount is told', () => {
  expect(told(split().notices).filter((line) => line.includes('mount'))).toEqual([
    'error compose-mount-beside web',
    'warning compose-mount-repository all',
    'warning compose-mount-writable web',
    'warning compose-mount-absent web',
    'warning compose-mount-doubtful web',
    'info compose-mount-data web',
  ]);
});

test('a dollar in a path is a dollar on the disk and two in the compose file', () => {
  const volumes = [{ type: 'bind', source: `${WORKSPACE}/a$$b`, target: '/x', read_only: true }];
  const { color, files } = splitCompose(
    requestOf(
      { services: { app: { image: 'a', volumes } } },
      { existing: (path) => (path === `${WORKSPACE}/a$b` ? 'file' : undefined) },
    ),
  );
  expect(files).toEqual([{ from: `${WORKSPACE}/a$b`, to: 'a$b', scope: 'release' }]);
  expect(color.services.app?.volumes?.[0]?.source).toBe(`${released}/a$$b`);
});

describe('a path is', () => {
  const cases: [string, string, string][] = [
    [WORKSPACE, `${WORKSPACE}/there`, 'repository'],
    [WORKSPACE, WORKSPACE, 'repository'],
    [WORKSPACE, `${WORKSPACE}/absent`, 'data'],
    [WORKSPACE, `${WORKSPACE}/..hidden`, 'data'],
    [WORKSPACE, '/home/runner/work/app', 'beside'],
    [WORKSPACE, '/home/runner/work/app/apple', 'beside'],
    [WORKSPACE, '/home/runner/work/other', 'doubtful'],
    [WORKSPACE, '/home/runner', 'doubtful'],
    [WORKSPACE, '/home/deploy/data', 'host'],
    [WORKSPACE, '/home', 'host'],
    [WORKSPACE, '/', 'host'],
    [WORKSPACE, '/etc/passwd', 'host'],
    ['/app', '/data', 'host'],
    ['/srv/app', '/srv/data', 'host'],
  ];
  test.each(cases)('in the workspace %s: %s -> %s', (workspace, path, kind) => {
    const existing = (at: string) => (at.endsWith('/there') ? ('file' as const) : undefined);
    expect(locate({ workspace, existing }, path).kind).toBe(kind);
  });
});
