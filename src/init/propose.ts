import { RESERVED } from '../config/names.ts';
import type { ComposeFacts, ServiceFacts } from './compose-facts.ts';

/** What was said by flags or answers; the rest is proposed. */
export interface Wishes {
  readonly app?: string;
  readonly hosts?: readonly string[];
  readonly hostnames?: readonly string[];
  readonly service?: string;
  readonly port?: number;
  readonly health?: string;
  readonly shared?: readonly string[];
  readonly profiles?: readonly string[];
  readonly push?: string;
  readonly previews?: boolean;
}

/** A deploy.yml before it is written down. */
export interface Proposal {
  readonly app: string;
  readonly compose: readonly string[];
  readonly profiles: readonly string[];
  readonly hosts: readonly string[];
  readonly route:
    | {
        readonly hosts: readonly string[];
        readonly service: string;
        readonly port: number;
        readonly health: string;
      }
    | undefined;
  readonly shared: readonly string[];
  readonly clear: Readonly<Record<string, string>>;
  readonly secret: readonly string[];
  readonly push: string;
  readonly migration: { readonly service: string; readonly run: string } | undefined;
  readonly tests: readonly { readonly name: string; readonly in: string; readonly run: string }[];
  /** The compose file publishes 443: there is TLS to think of. */
  readonly tls: boolean;
  readonly previews: boolean;
  /** What a person still has to fill in. */
  readonly open: readonly string[];
}

/** Files beside the compose file, and what `.env` there holds. */
export interface Surroundings {
  /** Name of the repository's folder. */
  readonly folder: string;
  readonly composeFiles: readonly string[];
  readonly exists: (path: string) => boolean;
  readonly dotenv: ReadonlyMap<string, string>;
  /** The text of a file, undefined when it is not there. */
  readonly read: (path: string) => string | undefined;
}

/** One of each, as documentation has them (RFC 5737, RFC 2606): nobody's server and nobody's name. */
export const EXAMPLE_HOST = 'deploy@203.0.113.7';
export const EXAMPLE_HOSTNAME = 'www.example.com';

const DATA =
  /^(postgres|postgis|pgvector|timescaledb|mysql|mariadb|percona|mongo|redis|valkey|keydb|memcached|rabbitmq|nats|kafka|zookeeper|elasticsearch|opensearch|meilisearch|typesense|minio|clickhouse|influxdb|cassandra|couchdb|neo4j|etcd|mssql|mailpit|mailhog)/;
const PROXY = /^(nginx|httpd|apache|caddy|openresty|haproxy|envoy)/;
const WEB_PORTS = [80, 8080, 8000, 3000, 5000, 4000, 8888, 9000, 443];
const SECRET = /PASS|SECRET|TOKEN|KEY|CREDENTIAL|DSN|_URL$|_URI$|PRIVATE|SALT|WEBHOOK/i;

/** Folder of a build, from the root of the repository. */
const MIGRATIONS: readonly { readonly file: string; readonly run: string }[] = [
  { file: 'manage.py', run: 'python manage.py migrate' },
  { file: 'bin/rails', run: 'bin/rails db:migrate' },
  { file: 'artisan', run: 'php artisan migrate --force' },
  { file: 'alembic.ini', run: 'alembic upgrade head' },
  { file: 'prisma/schema.prisma', run: 'npx prisma migrate deploy' },
];

/** The service that the public reaches, by what people usually do; undefined when that tells nothing. */
export function publicService(services: readonly ServiceFacts[]): ServiceFacts | undefined {
  const open = services.filter((one) => !DATA.test(one.image));
  const publishes = (port: number) => open.find((one) => one.ports.some(({ outside }) => outside === port));
  return (
    publishes(80) ??
    publishes(443) ??
    open.find((one) => PROXY.test(one.image) && one.ports.length > 0) ??
    WEB_PORTS.map(publishes).find((one) => one !== undefined) ??
    open.find((one) => one.ports.length > 0) ??
    open.find((one) => PROXY.test(one.image)) ??
    (open.length === 1 ? open[0] : undefined)
  );
}

/** The port on which a service answers inside its container. */
export function portOf({ ports, exposed, image }: ServiceFacts): number {
  const inside = [...ports.map((one) => one.inside), ...exposed];
  const plain = inside.filter((port) => port !== 443);
  return WEB_PORTS.find((port) => plain.includes(port)) ?? plain[0] ?? (PROXY.test(image) ? 80 : 8000);
}

/** Whether nothing in the compose file tells the port. */
const isGuess = ({ ports, exposed, image }: ServiceFacts): boolean =>
  ports.length + exposed.length === 0 && !PROXY.test(image);

/** The profile that is for production: one that is called so, else none. */
const productionProfile = (services: readonly ServiceFacts[]): string[] => {
  const all = new Set(services.flatMap((one) => one.profiles));
  return ['production', 'prod'].filter((name) => all.has(name)).slice(0, 1);
};

/** A deploy.yml that fits the compose file, with what was wished in place of what was guessed. */
export function propose(facts: ComposeFacts, wishes: Wishes, around: Surroundings): Proposal {
  const profiles = wishes.profiles ?? productionProfile(facts.services);
  const services = facts.services.filter(
    (one) => one.profiles.length === 0 || one.profiles.some((name) => profiles.includes(name)),
  );
  const service =
    wishes.service === undefined
      ? publicService(services)
      : services.find((one) => one.name === wishes.service);
  const shared =
    wishes.shared ??
    services
      .filter((one) => DATA.test(one.image) || (one.build === undefined && one.hasVolume && one !== service))
      .map((one) => one.name);
  const name = wishes.service ?? service?.name;
  const variables = facts.variables.filter((one) => !(RESERVED as readonly string[]).includes(one.name));
  const known = (variable: string) => around.dotenv.get(variable);
  // What is neither secret by its name nor known must be given: as a secret it can not be forgotten.
  const clear = variables.filter((one) => !SECRET.test(one.name) && (known(one.name) ?? '') !== '');
  const secret = variables.filter((one) => !clear.includes(one) && !one.optional);
  const hosts = wishes.hosts?.length ? wishes.hosts : [EXAMPLE_HOST];
  const hostnames = wishes.hostnames?.length ? wishes.hostnames : [EXAMPLE_HOSTNAME];
  return {
    app: wishes.app ?? asName(facts.name ?? around.folder),
    compose: around.composeFiles,
    profiles,
    hosts,
    route:
      name === undefined
        ? undefined
        : {
            hosts: hostnames,
            service: name,
            port: wishes.port ?? (service ? portOf(service) : 80),
            health: wishes.health ?? service?.healthPath ?? '/',
          },
    shared,
    clear: Object.fromEntries(clear.map((one) => [one.name, known(one.name) ?? ''])),
    secret: secret.map((one) => one.name),
    push: wishes.push ?? 'ssh',
    migration: migrationOf(services, around),
    tests: testsOf(services, around),
    tls: services.some((one) => one.ports.some(({ outside, inside }) => outside === 443 || inside === 443)),
    previews: wishes.previews ?? false,
    open: [
      ...(hosts.includes(EXAMPLE_HOST) ? [`hosts: your server, in place of ${EXAMPLE_HOST}`] : []),
      ...(service && wishes.port === undefined && isGuess(service)
        ? [`routes[0].port: the port that ${service.name} listens on; ${portOf(service)} is a guess`]
        : []),
      ...(name !== undefined && hostnames.includes(EXAMPLE_HOSTNAME)
        ? [`routes[0].hosts: your hostnames, in place of ${EXAMPLE_HOSTNAME}`]
        : []),
      ...(name === undefined ? ['routes: the service that the public reaches could not be told'] : []),
    ],
  };
}

/** A name as apps have it: lower case, digits and dashes. */
export function asName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'app' : name;
}

const built = (services: readonly ServiceFacts[]) =>
  services.flatMap((one) =>
    one.build === undefined || /[:$]/.test(one.build) ? [] : [{ ...one, build: folderOf(one.build) }],
  );
const folderOf = (build: string) => build.replace(/^\.\/?/, '').replace(/\/+$/, '');
const inFolder = (folder: string, file: string) => (folder === '' ? file : `${folder}/${file}`);

function migrationOf(services: readonly ServiceFacts[], { exists }: Surroundings): Proposal['migration'] {
  for (const { name, build } of built(services)) {
    const found = MIGRATIONS.find(({ file }) => exists(inFolder(build, file)));
    if (found) return { service: name, run: found.run };
  }
  return undefined;
}

function testsOf(services: readonly ServiceFacts[], { exists, read }: Surroundings): Proposal['tests'] {
  return built(services).flatMap(({ name, build }) => {
    const folder = build === '' ? '.' : build;
    if (/"test"\s*:/.test(read(inFolder(build, 'package.json')) ?? ''))
      return [{ name, in: folder, run: 'npm ci && npm test' }];
    if (exists(inFolder(build, 'manage.py')))
      return [{ name, in: folder, run: 'pip install -r requirements.txt && python manage.py test' }];
    return [];
  });
}
