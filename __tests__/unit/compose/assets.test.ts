import { splitCompose } from '../../../src/compose/split.ts';
import { ROOT, requestFor, requestOf, told, WORKSPACE } from './fixture.ts';

const split = () => splitCompose(requestFor('assets', { shared: ['db'] }));

test('files come from the folder of the release, values stay where Compose finds them', () => {
  expect(split().color.configs).toEqual({
    site: { file: `${ROOT}/releases/r2/files/conf/site.conf` },
    motd: { content: 'costs $$5, none' },
    level: { environment: 'LEVEL' },
  });
  expect(split().color.secrets).toEqual({
    key: { file: `${WORKSPACE}/conf/absent.key` },
    token: { environment: 'TOKEN' },
    both: { file: `${ROOT}/releases/r2/files/conf/both.pem` },
  });
});

test('shared services have their own copy, at a path that does not change', () => {
  expect(split().shared?.configs).toEqual({ site: { file: `${ROOT}/shared/files/conf/site.conf` } });
  expect(split().shared?.secrets).toEqual({
    both: { file: `${ROOT}/shared/files/conf/both.pem` },
    password: { environment: 'DB_PASSWORD' },
  });
});

test('what is used by both sides travels twice, what nobody uses not at all', () => {
  expect(split().files.map(({ to, scope }) => `${scope} ${to}`)).toEqual([
    'shared conf/site.conf',
    'shared conf/both.pem',
    'release conf/site.conf',
    'release conf/both.pem',
  ]);
});

test('variables whose values Compose needs on the host are named', () => {
  expect(split().variables).toEqual([
    { variable: 'DB_PASSWORD', scope: 'shared' },
    { variable: 'LEVEL', scope: 'release' },
    { variable: 'TOKEN', scope: 'release' },
  ]);
});

test('a file that is not there is an error before anything is touched', () => {
  expect(told(split().notices)).toEqual(['error compose-file-absent']);
  expect(split().notices[0]?.what).toBe(
    `\`secrets.key\` names the file ${WORKSPACE}/conf/absent.key, which is not there.`,
  );
});

test('an external secret is told to be of Swarm', () => {
  const services = { app: { image: 'a', secrets: [{ source: 's', target: '/s' }] } };
  const secrets = { s: { name: 's', external: true } };
  const { color, notices } = splitCompose(requestOf({ services, secrets }));
  expect(color.secrets).toEqual(secrets);
  expect(told(notices)).toEqual(['warning compose-asset-external']);
});

test('a mode is said in the way that every version of Compose reads', () => {
  const grants = [{ source: 's', mode: '0440' }, { source: 't', mode: 256 }, { source: 'u' }];
  const services = { app: { image: 'a', secrets: grants, configs: grants } };
  const numeric = [{ source: 's', mode: 0o440 }, { source: 't', mode: 0o400 }, { source: 'u' }];
  const { color } = splitCompose(requestOf({ services }));
  expect(color.services.app?.secrets).toEqual(numeric);
  expect(color.services.app?.configs).toEqual(numeric);
});

test('an env file that a version of Compose left in its output travels; one that may be missing may', () => {
  const env_file = [
    'env/a.env',
    { path: `${WORKSPACE}/env/b.env`, required: true },
    { path: 'c', required: false },
  ];
  const existing = (path: string) => (path.endsWith('.env') ? ('file' as const) : undefined);
  const { color, files, notices } = splitCompose(
    requestOf({ services: { app: { image: 'a', env_file } } }, { existing }),
  );
  expect(color.services.app?.env_file).toEqual([
    { path: `${ROOT}/releases/r2/files/env/a.env`, required: true },
    { path: `${ROOT}/releases/r2/files/env/b.env`, required: true },
  ]);
  expect(files.map(({ to }) => to)).toEqual(['env/a.env', 'env/b.env']);
  expect(notices).toEqual([]);
});
