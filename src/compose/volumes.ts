import { listed } from '../config/nearest.ts';
import type { Context } from './context.ts';
import { unescapeDollars } from './dollars.ts';
import { locate } from './locate.ts';
import { type Mount, type Volume, withoutExtensions } from './model.ts';
import { ownLabels, type Side, volumeName } from './names.ts';
import type { Notice, VolumeToCreate } from './types.ts';

/**
 * A named volume is the app's data, so both colors get the same one, under a name without a color. Compose would
 * delete with `down -v` what a project owns, so a color owns none: the deploy creates them, or the shared project has
 * them when shared services use them.
 */
export interface VolumeSplit {
  readonly shared: Record<string, Volume>;
  readonly color: Record<string, Volume>;
  readonly create: readonly VolumeToCreate[];
  readonly dataDirs: readonly string[];
  readonly notices: readonly Notice[];
}

/** Declares the named volumes of both projects. */
export function splitVolumes(context: Context): VolumeSplit {
  const { request } = context;
  const shared: Record<string, Volume> = {};
  const color: Record<string, Volume> = {};
  const create: VolumeToCreate[] = [];
  const dataDirs: string[] = [];
  const notices: Notice[] = [];
  for (const key of usedVolumes(context)) {
    const declared = request.model.volumes?.[key];
    if (declared === undefined) {
      notices.push(undeclared(context, key));
      continue;
    }
    const ofShared = users(context, 'shared', key);
    const ofColor = users(context, 'color', key);
    const own = ownVolume(context, key, declared ?? {});
    if (ofShared.length > 0) shared[key] = own.volume;
    if (ofColor.length > 0) {
      color[key] = { name: own.volume.name, external: true };
      if (ofShared.length === 0 && !own.volume.external) create.push(toCreate(own.volume));
      notices.push(...writtenByBoth(context, key, ofColor));
    }
    dataDirs.push(...own.dataDirs);
  }
  return { shared, color, create, dataDirs, notices };
}

interface OwnVolume {
  readonly volume: Volume & { readonly name: string };
  readonly dataDirs: readonly string[];
}

/** The user's settings under a name that is the same for every color and release. */
function ownVolume({ request }: Context, key: string, declared: Volume): OwnVolume {
  if (declared.external) return { volume: { name: declared.name ?? key, external: true }, dataDirs: [] };
  // Compose prints `<project>_<key>` where the user gave no name of their own.
  const given = declared.name === `${request.model.name}_${key}` ? undefined : declared.name;
  const name = given ?? volumeName(request, key);
  const labels = { ...declared.labels, ...ownLabels(request, 'shared') };
  const volume = { ...withoutExtensions(declared), name, labels };
  const directory = boundDirectory(request, declared);
  if (directory === undefined) return { volume, dataDirs: [] };
  return {
    volume: { ...volume, driver_opts: { ...declared.driver_opts, device: directory } },
    dataDirs: [directory],
  };
}

/** `driver_opts: {o: bind, device: ./data}` is a folder of the repository; on the host its place is among the data. */
function boundDirectory(request: Context['request'], { driver_opts }: Volume): string | undefined {
  const flags = driver_opts?.o?.split(',') ?? [];
  if (!driver_opts?.device || !flags.includes('bind')) return undefined;
  const place = locate(request, unescapeDollars(driver_opts.device));
  return place.kind === 'repository' || place.kind === 'data'
    ? `${request.root}/data/${place.path}`
    : undefined;
}

/** What `docker volume create` is told: plain values, for no compose file is read there. */
function toCreate({ name, driver, driver_opts, labels }: OwnVolume['volume']): VolumeToCreate {
  return {
    name,
    ...(driver ? { driver } : {}),
    ...(driver_opts ? { options: plain(driver_opts) } : {}),
    labels: plain(labels ?? {}),
  };
}

function plain(values: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, unescapeDollars(value ?? '')]),
  );
}

const isNamed = (mount: Mount) =>
  mount.type === 'volume' && mount.source !== undefined && mount.source !== '';

function usedVolumes({ request }: Context): string[] {
  const mounts = Object.values(request.model.services).flatMap((service) => service.volumes ?? []);
  return [...new Set(mounts.filter(isNamed).map((mount) => mount.source ?? ''))];
}

interface User {
  readonly service: string;
  readonly writes: boolean;
}

function users(context: Context, side: Side, key: string): User[] {
  return context.servicesOf(side).flatMap(([service, { volumes }]) => {
    const mounts = (volumes ?? []).filter((mount) => isNamed(mount) && mount.source === key);
    return mounts.length === 0 ? [] : [{ service, writes: mounts.some((mount) => !mount.read_only) }];
  });
}

/** Images of databases that take their files for their own alone, by the last part of their name. */
const DATABASE = /(?:^|\/)(?:postgres|postgis|pgvector|timescaledb|mysql|mariadb|percona|mongo)(?:[:@]|$)/;

function writtenByBoth(context: Context, key: string, users: readonly User[]): Notice[] {
  const writers = users.filter((user) => user.writes).map((user) => user.service);
  if (writers.length === 0) return [];
  const database = writers.find((name) => DATABASE.test(context.request.model.services[name]?.image ?? ''));
  if (database !== undefined) {
    return [
      {
        code: 'compose-database-twice',
        level: 'error',
        service: database,
        what: `The database "${database}" would run in both colors on the volume "${key}": two servers destroy each other's data.`,
        remedy: `Add "${database}" to \`shared\`: one instance for both colors.`,
      },
    ];
  }
  return [
    {
      code: 'compose-volume-written',
      level: 'warning',
      what: `Both colors of ${listed(writers)} write the volume "${key}" while they overlap.`,
      remedy:
        'Fine for uploads and the like. A store with one writer (SQLite, a search index, a queue) belongs into a ' +
        'service listed in `shared`; mount the volume with `:ro` where it is only read.',
    },
  ];
}

function undeclared(context: Context, key: string): Notice {
  const mounted = [...users(context, 'color', key), ...users(context, 'shared', key)];
  return {
    code: 'compose-volume-undeclared',
    level: 'error',
    ...(mounted[0] ? { service: mounted[0].service } : {}),
    what: `The volume "${key}" is mounted but the compose file does not declare it.`,
    remedy: `Add \`${key}:\` below \`volumes:\` of the compose file, or write \`./${key}\` when a folder is meant.`,
  };
}
