/** compose.yaml, as far as tests change it. */
export interface ComposeFile {
  services: Record<string, ComposeService>;
  [section: string]: unknown;
}
export interface ComposeService {
  environment?: Record<string, string>;
  [key: string]: unknown;
}

/** deploy.yml, as far as tests change it. */
export interface DeployFile {
  routes: Route[];
  env: { clear: Record<string, string>; secret: string[] };
  [key: string]: unknown;
}
export interface Route {
  hosts: string[];
  service: string;
  port: number;
  health: { path: string; interval: string; 'in-a-row': number; deadline: string };
}

/** The app is one file that is mounted into an image of the rig's registry, so that no test waits for a build. */
export const IMAGE = 'python:3.12-slim';
const server = (...words: string[]) => ['python3', '-u', '/srv/server.py', ...words];

const ASK_READY = 'from urllib.request import urlopen; urlopen("http://127.0.0.1:7000/ready", timeout=5)';

/** A web service that server.py answers. */
export function webService(app: string, name = 'web', port = 7000): ComposeService {
  return {
    image: IMAGE,
    command: server(),
    container_name: `${app}-${name}`,
    ports: [`80:${port}`],
    volumes: ['./web:/srv:ro'],
    environment: { APP_NAME: name === 'web' ? app : `${app}-${name}`, PORT: String(port) },
    stop_grace_period: '10s',
    restart: 'unless-stopped',
  };
}

/** A web service and a worker beside a database: container names and published ports as people write them. */
export function composeFile(app: string): ComposeFile {
  const web = webService(app);
  return {
    services: {
      web: {
        ...web,
        environment: { ...web.environment, DATABASE_URL: 'postgres://postgres:${DB_PASSWORD}@db/postgres' },
        depends_on: { db: { condition: 'service_healthy' } },
        healthcheck: {
          test: ['CMD', 'python3', '-c', ASK_READY],
          interval: '5s',
          timeout: '5s',
          retries: 3,
          start_period: '30s',
          start_interval: '500ms',
        },
      },
      worker: {
        image: IMAGE,
        command: server('worker'),
        container_name: `${app}-worker`,
        volumes: ['./web:/srv:ro'],
        environment: { APP_NAME: app },
        restart: 'unless-stopped',
      },
      db: {
        image: 'postgres:17-alpine',
        environment: { POSTGRES_PASSWORD: '${DB_PASSWORD}' },
        volumes: ['data:/var/lib/postgresql/data'],
        healthcheck: {
          test: ['CMD', 'pg_isready', '--host=127.0.0.1', '--username=postgres'],
          interval: '10s',
          timeout: '10s',
          retries: 10,
          start_period: '60s',
          start_interval: '500ms',
        },
        restart: 'unless-stopped',
      },
    },
    volumes: { data: {} },
  };
}

/** The same without a database: quicker to start. */
export function smallComposeFile(app: string): ComposeFile {
  return { services: { web: webService(app) } };
}

export function route(host: string, service = 'web', port = 7000): Route {
  const health = { path: '/health', interval: '100ms', 'in-a-row': 2, deadline: '60s' };
  return { hosts: [host], service, port, health };
}

/** A deploy.yml for it, with times that fit tests. */
export function deployFile(app: string): DeployFile {
  return {
    app,
    compose: 'compose.yaml',
    hosts: ['deploy@203.0.113.7'],
    routes: [route(`${app}.example.com`)],
    shared: ['db'],
    env: { clear: {}, secret: ['DB_PASSWORD'] },
    observe: { for: '500ms' },
    drain: { timeout: '2s' },
    retain: 3,
  };
}
