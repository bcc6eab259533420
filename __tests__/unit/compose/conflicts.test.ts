import { splitCompose } from '../../../src/compose/split.ts';
import type { SplitRequest } from '../../../src/compose/types.ts';
import { requestFor, requestOf, told } from './fixture.ts';

const noticesOf = (services: object, more: Partial<SplitRequest> = {}) =>
  told(splitCompose(requestOf({ services }, more)).notices);

const port = (target: number, published?: string) => ({ target, ...(published ? { published } : {}) });
const web = (ports: object[]) => ({ web: { image: 'a', restart: 'always', ports } });
const routes = [{ service: 'web', port: 80 }];

test.each([
  ['a routed port', [port(80, '8080')]],
  ['443 beside it', [port(80, '80'), port(443, '443')]],
  ['TLS on another port of the container', [port(80, '80'), port(8443, '443')]],
])('%s is not lost', (_, ports) => {
  expect(noticesOf(web(ports), { routes })).toEqual([]);
});

test.each([
  ['another port of a routed service', [port(80, '80'), port(9090, '9090')]],
  ['a port that Docker chooses', [port(9090)]],
])('%s is lost', (_, ports) => {
  expect(noticesOf(web(ports), { routes })).toEqual(['warning compose-port-lost web']);
});

test('every port of a service without a route is lost, 443 too', () => {
  const { notices } = splitCompose(requestOf({ services: web([port(443, '443'), port(25, '2525')]) }));
  expect(notices.map(({ what }) => what)).toEqual([
    'Port 443 of "web" is no longer published: both colors would need it.',
    'Port 2525 of "web" is no longer published: both colors would need it.',
  ]);
});

test("a shared service can not have the edge's ports", () => {
  const services = { ...web([port(8080, '80')]), app: { image: 'a' } };
  expect(noticesOf(services, { shared: ['web'] })).toEqual(['error compose-shared-edge-port web']);
});

test('jobs and workers are told apart from what must come back after a reboot', () => {
  const { notices } = splitCompose(
    requestFor('jobs', { shared: ['db', 'queue'], routes: [{ service: 'web', port: 8000 }] }),
  );
  expect(told(notices)).toEqual([
    'warning compose-global everywhere',
    'warning compose-no-restart db',
    'warning compose-no-restart queue',
    'info compose-replicas web',
  ]);
});

test('a routed service in the network of one that runs several times is refused', () => {
  const services = (replicas: number) => ({
    vpn: { image: 'a', restart: 'always', deploy: { replicas } },
    web: { image: 'a', restart: 'always', network_mode: 'service:vpn' },
  });
  expect(noticesOf(services(2), { routes })).toEqual(['error compose-network-replicas web']);
  expect(noticesOf(services(1), { routes })).toEqual([]);
});

test.each(['no', 'on-failure', 'on-failure:3', undefined])(
  'a routed service with restart %s is told',
  (restart) => {
    const services = { web: { image: 'a', restart } };
    expect(noticesOf(services, { routes })).toEqual(['warning compose-no-restart web']);
  },
);

test.each([
  { restart: 'always' },
  { restart: 'unless-stopped' },
  { deploy: { restart_policy: { condition: 'any' } } },
  { deploy: { restart_policy: {} } },
])('a routed service with %j is not', (policy) => {
  expect(noticesOf({ web: { image: 'a', ...policy } }, { routes })).toEqual([]);
});

test('a job with a health check of its image only, or one switched off, is left alone', () => {
  const services = { job: { image: 'a', healthcheck: { disable: true } }, other: { image: 'a' } };
  expect(noticesOf(services)).toEqual([]);
});

test('a routed service needs a network', () => {
  const services = { web: { image: 'a', restart: 'always', network_mode: 'none' } };
  expect(noticesOf(services, { routes })).toEqual(['error compose-route-no-network web']);
});

test('every notice has a remedy and a code that docs can name', () => {
  for (const name of ['restaurant', 'mounts', 'assets', 'networks', 'volumes', 'jobs', 'borders']) {
    for (const notice of splitCompose(requestFor(name, { shared: ['db', 'nonsense'] })).notices) {
      expect(notice.code).toMatch(/^compose-[a-z-]+$/);
      expect(notice.remedy).toMatch(/^[A-Z].*[.?]$/s);
    }
  }
});

test('variables that are taken over and that nobody sets are told by name', () => {
  const environment = { B: null, A: null, GIVEN: null, EMPTY: '', FULL: 'x' };
  const services = { web: { image: 'a', environment }, db: { image: 'b', environment: { GIVEN: null } } };
  const { notices } = splitCompose(requestOf({ services }, { env: { GIVEN: 'x' }, shared: ['db'] }));
  expect(notices.map(({ code, level, service, what }) => [code, level, service, what])).toEqual([
    [
      'compose-variable-unset',
      'warning',
      'web',
      '"web" takes A, B over from the environment, where nothing sets them: the container goes without.',
    ],
    [
      'compose-variable-unset',
      'warning',
      'db',
      '"db" takes GIVEN over from the environment, where nothing sets it: the container goes without.',
    ],
  ]);
});
