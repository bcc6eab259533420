import { moveReadFiles } from './assets.ts';
import { linkAliases, withoutCrossings } from './borders.ts';
import type { Context } from './context.ts';
import { escapeDollars } from './dollars.ts';
import { type ComposeModel, type Grant, type Service, withoutExtensions } from './model.ts';
import { type Cargo, moveMounts, NO_CARGO, together } from './mounts.ts';
import { ownLabels, type Side } from './names.ts';
import { attach } from './networks.ts';
import type { Notice } from './types.ts';

export interface ServiceSplit {
  readonly services: ComposeModel['services'];
  readonly cargo: Cargo;
}

/** The services of one side as they stand in its project. */
export function splitServices(context: Context, side: Side): ServiceSplit {
  const links = linkAliases(context);
  const services: ComposeModel['services'] = {};
  const cargoes: Cargo[] = [];
  for (const [name, service] of context.servicesOf(side)) {
    const moved = moveService(context, side, name, service, links.get(name) ?? []);
    services[name] = moved.service;
    cargoes.push(moved.cargo);
  }
  return { services, cargo: together(cargoes) };
}

/** One service, step by step; the order does not matter, each step looks at keys of its own. */
function moveService(
  context: Context,
  side: Side,
  name: string,
  original: Service,
  links: readonly string[],
): { readonly service: Service; readonly cargo: Cargo } {
  const { request } = context;
  const { service: inside, notices } = withoutCrossings(context, side, name, original);
  const mounts = moveMounts(request, side, name, original);
  const read = moveReadFiles(request, side, name, original);
  const image = pinned(context, name, original);
  const service: Service = {
    ...withoutKeys(withoutExtensions(inside), DROPPED),
    ...image.parts,
    ...(original.volumes ? { volumes: mounts.volumes } : {}),
    ...read.parts,
    ...(original.networks
      ? { networks: attach(context, original, side, namesOf(name, original, links)) }
      : {}),
    ...(isAlways(original) ? { restart: 'always' } : {}),
    labels: { ...original.labels, ...ownLabels(request, side), ...releaseLabel(context, side) },
    ...portable(original),
  };
  return {
    service: side === 'color' ? inColor(service, request.env) : service,
    cargo: together([{ ...NO_CARGO, notices: [...notices, ...image.notices] }, mounts.cargo, read.cargo]),
  };
}

/**
 * Gone from every service: `container_name` (two colors can not have one name; it stays as an alias, see namesOf),
 * `build` (the runner has built), `develop` (watched paths of the runner), `profiles` (chosen already; with the key
 * `up` would leave the service out) and `extends` (resolved already).
 */
const DROPPED = ['container_name', 'build', 'develop', 'profiles', 'extends'] as const;

/**
 * Gone from a color service: the published ports (the edge has 80 and 443, and no port can be taken twice) and a fixed
 * hardware address. What is given in deploy.yml stands above what the compose file sets.
 */
function inColor(service: Service, env: Readonly<Record<string, string>>): Service {
  const given = Object.entries(env).map(([name, value]) => [name, escapeDollars(value)] as const);
  const environment = { ...service.environment, ...Object.fromEntries(given) };
  return {
    ...withoutKeys(service, ['ports', 'mac_address']),
    ...(Object.keys(environment).length > 0 ? { environment } : {}),
  };
}

/**
 * What is to run whenever Docker does. `unless-stopped` becomes `always`: when dockerd itself was killed, Docker takes
 * the containers that it finds and ends for stopped by a person, and starts none of them again. A standby that was
 * stopped gets `no` instead, see src/deploy/finish.ts.
 */
const isAlways = ({ restart, deploy }: Service): boolean =>
  restart === undefined
    ? Boolean(deploy?.restart_policy) && (deploy?.restart_policy?.condition ?? 'any') === 'any'
    : restart === 'always' || restart === 'unless-stopped';

/** People write the container's name into DB_HOST and the like, so it must go on resolving. */
function namesOf(name: string, service: Service, links: readonly string[]): string[] {
  const container = service.container_name;
  return [...(container && container !== name ? [container] : []), ...links];
}

/**
 * The release is told by the containers of a color only. On a shared service it would change with each deploy, and
 * Compose recreates a container whose labels change.
 */
function releaseLabel({ request }: Context, side: Side): Record<string, string> {
  return side === 'color' ? { 'restaurant-deploy.release': request.release } : {};
}

/** An image that was given is on the host already: it is never pulled, so a registry that is down can not harm. */
function pinned({ request }: Context, name: string, service: Service) {
  const image = request.images[name];
  if (image !== undefined)
    return { parts: { image: escapeDollars(image), pull_policy: 'never' }, notices: [] };
  if (service.image !== undefined) {
    // `pull_policy: build` would build on the host, where there is no source.
    return { parts: service.pull_policy === 'build' ? { pull_policy: 'missing' } : {}, notices: [] };
  }
  const notice: Notice = {
    code: 'compose-image-missing',
    level: 'error',
    service: name,
    what: `"${name}" has no image: it is built from source, and no built image was given for it.`,
    remedy: `Write \`image:\` beside \`build:\` of "${name}".`,
  };
  return { parts: {}, notices: [notice] };
}

/**
 * Some forms that a newer Compose on the runner prints are refused by an older one on the server (2.24 and up are
 * promised). They are said in the older way, which all of them read.
 */
function portable(service: Service): Partial<Service> {
  return {
    ...(service.devices ? { devices: service.devices.map(shortDevice) } : {}),
    ...(service.configs ? { configs: service.configs.map(numericMode) } : {}),
    ...(service.secrets ? { secrets: service.secrets.map(numericMode) } : {}),
  };
}

function shortDevice(device: NonNullable<Service['devices']>[number]) {
  if (typeof device === 'string') return device;
  const { source, target = source, permissions = 'rwm' } = device;
  return `${source}:${target}:${permissions}`;
}

function numericMode(grant: Grant): Grant {
  return typeof grant.mode === 'string' ? { ...grant, mode: Number.parseInt(grant.mode, 8) } : grant;
}

function withoutKeys(service: Service, keys: readonly string[]): Service {
  return Object.fromEntries(Object.entries(service).filter(([key]) => !keys.includes(key)));
}
