import { splitCompose } from '../../../src/compose/split.ts';
import { ROOT, recorded, requestFor, requestOf, told, WORKSPACE } from './fixture.ts';

const restaurant = () =>
  requestFor('restaurant', {
    shared: ['db'],
    routes: [{ service: 'nginx', port: 80 }],
    env: { COLOR: 'green', DJANGO_SECRET_KEY: 'a$b' },
    images: { app: 'restaurant-backend@sha256:1234' },
  });

const ofGreen = {
  'restaurant-deploy.app': 'shop',
  'restaurant-deploy.environment': 'production',
  'restaurant-deploy.color': 'green',
  'restaurant-deploy.release': 'r2',
};
const ofShared = {
  'restaurant-deploy.app': 'shop',
  'restaurant-deploy.environment': 'production',
  'restaurant-deploy.color': 'shared',
};

test("the restaurant's compose file becomes a color without names, ports and build", () => {
  expect(splitCompose(restaurant()).color).toEqual({
    name: 'shop-production-green',
    services: {
      app: {
        command: null,
        entrypoint: null,
        image: 'restaurant-backend@sha256:1234',
        pull_policy: 'never',
        restart: 'always',
        environment: {
          ENVIRONMENT: 'production',
          GREETING: 'Grüß Gott',
          DB_HOST: 'restaurant-db',
          RELEASE: 'r2',
          COLOR: 'green',
          DJANGO_SECRET_KEY: 'a$$b',
        },
        healthcheck: {
          test: ['CMD', 'curl', '-f', 'http://localhost:8000/api/v1/health/'],
          interval: '10s',
          retries: 3,
          start_period: '20s',
        },
        volumes: [{ type: 'volume', source: 'media', target: '/app/media', volume: {} }],
        networks: { green: { aliases: ['restaurant-backend-green'] } },
        labels: ofGreen,
      },
      nginx: {
        command: null,
        entrypoint: null,
        image: 'nginx:alpine',
        restart: 'always',
        environment: {
          BACKEND_HOST: 'restaurant-backend-green',
          DOMAIN_NAME: 'example.com',
          COLOR: 'green',
          DJANGO_SECRET_KEY: 'a$$b',
        },
        depends_on: { app: { condition: 'service_healthy', required: true } },
        volumes: [
          {
            type: 'bind',
            source: `${ROOT}/releases/r2/files/nginx/templates`,
            target: '/etc/nginx/templates',
            read_only: true,
            bind: { create_host_path: true },
          },
          {
            type: 'bind',
            source: '/etc/letsencrypt',
            target: '/etc/letsencrypt',
            read_only: true,
            bind: { create_host_path: true },
          },
          { type: 'volume', source: 'media', target: '/media', read_only: true, volume: {} },
        ],
        networks: { green: { aliases: ['restaurant-nginx-green'] } },
        labels: ofGreen,
      },
    },
    networks: { green: { name: 'shop-production-green', external: true } },
    volumes: { media: { name: 'shop-production_media', external: true } },
  });
});

test('its database becomes a project of its own, on the networks of both colors', () => {
  expect(splitCompose(restaurant()).shared).toEqual({
    name: 'shop-production-shared',
    services: {
      db: {
        command: null,
        entrypoint: null,
        image: 'postgres:17-alpine',
        restart: 'always',
        environment: { POSTGRES_PASSWORD: 'p$$w"d' },
        healthcheck: { test: ['CMD-SHELL', 'pg_isready -U postgres'], interval: '2s' },
        volumes: [
          { type: 'volume', source: 'db', target: '/var/lib/postgresql/data', volume: {} },
          {
            type: 'bind',
            source: `${ROOT}/shared/files/backend/init.sql`,
            target: '/docker-entrypoint-initdb.d/init.sql',
            read_only: true,
            bind: { create_host_path: true },
          },
        ],
        networks: { blue: { aliases: ['restaurant-db'] }, green: { aliases: ['restaurant-db'] } },
        labels: ofShared,
      },
    },
    networks: {
      blue: { name: 'shop-production-blue', labels: { ...ofShared, 'restaurant-deploy.color': 'blue' } },
      green: { name: 'shop-production-green', labels: { ...ofShared, 'restaurant-deploy.color': 'green' } },
    },
    volumes: { db: { name: 'shop-production_db', labels: ofShared } },
  });
});

test('and what both need on the host is told', () => {
  const { color: _color, shared: _shared, notices, ...rest } = splitCompose(restaurant());
  expect(rest).toEqual({
    volumes: [{ name: 'shop-production_media', labels: ofShared }],
    files: [
      { from: `${WORKSPACE}/backend/init.sql`, to: 'backend/init.sql', scope: 'shared' },
      { from: `${WORKSPACE}/nginx/templates`, to: 'nginx/templates', scope: 'release' },
    ],
    variables: [],
    dataDirs: [],
    edge: [
      { service: 'nginx', connect: 'nginx', alias: 'shop-production-green-nginx', port: 80, replicas: 1 },
    ],
  });
  expect(told(notices)).toEqual(['warning compose-volume-written']);
});

test('the shared project is byte for byte the same for another release and the other color', () => {
  const names = ['restaurant', 'networks', 'volumes', 'assets', 'borders', 'jobs'];
  for (const name of names) {
    const green = requestFor(name, { shared: ['db'], release: 'r2', color: 'green', env: { A: '1' } });
    const blue = {
      ...green,
      release: 'r3',
      color: 'blue' as const,
      env: { A: '2' },
      images: { app: 'app@sha256:9' },
    };
    expect(JSON.stringify(splitCompose(blue).shared)).toBe(JSON.stringify(splitCompose(green).shared));
    expect(splitCompose(blue).shared).toBeDefined();
  }
});

test('without shared services there is no shared project and the color owns its networks', () => {
  const { shared, color, volumes } = splitCompose(requestFor('restaurant'));
  expect(shared).toBeUndefined();
  const { 'restaurant-deploy.release': _release, ...labels } = ofGreen;
  expect(color.networks).toEqual({ green: { name: 'shop-production-green', labels } });
  expect(volumes.map(({ name }) => name)).toEqual(['shop-production_media', 'shop-production_db']);
});

test('include, extends, anchors and profiles are resolved and leave no trace', () => {
  const { color } = splitCompose(requestFor('reuse'));
  expect(Object.keys(color)).toEqual(['name', 'services', 'networks', 'volumes']);
  expect(Object.keys(color.services)).toEqual(['cache', 'web', 'worker']);
  expect(color.services.web).not.toHaveProperty('profiles');
  expect(color.services.web?.logging).toEqual({ driver: 'json-file', options: { 'max-size': '10m' } });
  expect(color.services.worker?.environment).toEqual({ QUEUE: 'orders' });
  expect(color.services.worker?.command).toEqual(['work', '--for', '$${QUEUE}']);
});

test('the model that was given is not changed', () => {
  const request = restaurant();
  splitCompose(request);
  expect(request.model).toEqual(recorded('restaurant'));
});

test('names that the compose file does not have are told with the name that was meant', () => {
  const { notices } = splitCompose({
    ...restaurant(),
    shared: ['database', 'dbb'],
    routes: [{ service: 'ngnix', port: 80 }],
  });
  const told = notices
    .filter(({ level }) => level === 'error')
    .map(({ code, remedy }) => `${code}: ${remedy}`);
  expect(told).toEqual([
    'compose-shared-unknown: It has "app", "db" and "nginx".',
    'compose-shared-unknown: Did you mean "db"?',
    'compose-route-unknown: Did you mean "nginx"?',
    'compose-database-twice: Add "db" to `shared`: one instance for both colors.',
  ]);
});

test('a routed service can not be shared, and not everything can be', () => {
  const all = ['app', 'db', 'nginx'];
  const { notices, edge } = splitCompose({ ...restaurant(), shared: all });
  expect(told(notices)).toContain('error compose-route-shared nginx');
  expect(told(notices)).toContain('error compose-all-shared');
  expect(edge).toEqual([]);
});

test('the edge connects the owner of the network namespace that a routed service lives in', () => {
  const services = {
    vpn: { image: 'a', networks: { default: null } },
    web: { image: 'a', network_mode: 'service:vpn' },
    api: { image: 'a', network_mode: 'service:web' },
  };
  const routes = [
    { service: 'web', port: 80 },
    { service: 'api', port: 81 },
    { service: 'api', port: 81 },
  ];
  const alias = 'shop-production-green-vpn';
  expect(splitCompose(requestOf({ services }, { routes })).edge).toEqual([
    { service: 'web', connect: 'vpn', alias, port: 80, replicas: 1 },
    { service: 'api', connect: 'vpn', alias, port: 81, replicas: 1 },
  ]);
});
