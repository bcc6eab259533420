import { splitCompose } from '../../../src/compose/split.ts';
import { ROOT, requestFor, requestOf, told } from './fixture.ts';

const split = () => splitCompose(requestFor('volumes', { shared: ['db'] }));
const own = {
  'restaurant-deploy.app': 'shop',
  'restaurant-deploy.environment': 'production',
  'restaurant-deploy.color': 'shared',
};

test('a color owns no volume', () => {
  expect(split().color.volumes).toEqual({
    media: { name: 'shop-production_media', external: true },
    named: { name: 'our-name', external: true },
    theirs: { name: 'their-volume', external: true },
    nfs: { name: 'shop-production_nfs', external: true },
    bound: { name: 'shop-production_bound', external: true },
    both: { name: 'shop-production_both', external: true },
  });
});

test('the shared project declares what shared services use', () => {
  expect(split().shared?.volumes).toEqual({
    both: { name: 'shop-production_both', driver: 'local', labels: own },
    dbdata: { name: 'shop-production_dbdata', labels: own },
    theirs: { name: 'their-volume', external: true },
  });
});

test('the others are created by the deploy, with plain values', () => {
  expect(split().volumes).toEqual([
    { name: 'shop-production_media', labels: { keep: 'yes', ...own } },
    { name: 'our-name', labels: own },
    {
      name: 'shop-production_nfs',
      driver: 'local',
      options: { type: 'nfs', o: 'addr=10.0.0.5,rw', device: ':/export/$1' },
      labels: own,
    },
    {
      name: 'shop-production_bound',
      driver: 'local',
      options: { type: 'none', o: 'bind', device: `${ROOT}/data/data` },
      labels: own,
    },
  ]);
  expect(split().dataDirs).toEqual([`${ROOT}/data/data`]);
});

test('a volume that both colors write is told, with the services that do', () => {
  const written = split().notices.filter(({ code }) => code === 'compose-volume-written');
  expect(written.map(({ what }) => what.slice(0, what.indexOf(' while')))).toEqual([
    'Both colors of "app" write the volume "media"',
    'Both colors of "app" write the volume "theirs"',
    'Both colors of "app" write the volume "nfs"',
    'Both colors of "app" write the volume "bound"',
  ]);
});

test.each([
  ['postgres:17-alpine', 'error compose-database-twice app'],
  ['registry.example.com:5000/team/mysql@sha256:0', 'error compose-database-twice app'],
  ['postgres-exporter:1', 'warning compose-volume-written'],
])('a volume that both colors of %s write', (image, expected) => {
  const services = { app: { image, volumes: [{ type: 'volume', source: 'data', target: '/d' }] } };
  const request = requestOf({ services, volumes: { data: { name: 'x_data' } } });
  expect(told(splitCompose(request).notices)).toContain(expected);
});

test('a volume that is mounted and not declared is an error, for Compose itself is silent till `up`', () => {
  const services = { app: { image: 'a', volumes: [{ type: 'volume', source: 'data', target: '/d' }] } };
  expect(told(splitCompose(requestOf({ services })).notices)).toEqual([
    'error compose-volume-undeclared app',
  ]);
});

test('anonymous volumes and tmpfs stay as they are', () => {
  const volumes = [
    { type: 'volume', target: '/anonymous', volume: {} },
    { type: 'tmpfs', target: '/t' },
  ];
  const { color, volumes: create } = splitCompose(requestOf({ services: { app: { image: 'a', volumes } } }));
  expect(color.services.app?.volumes).toEqual(volumes);
  expect(color).not.toHaveProperty('volumes');
  expect(create).toEqual([]);
});
