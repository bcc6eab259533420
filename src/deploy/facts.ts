import { batch, readBatch } from '../commands/batch.ts';
import { type Command, command, script } from '../commands/command.ts';
import { EDGE_NAME } from '../edge/config.ts';
import { parseMap } from '../edge/maps.ts';
import { type EdgeState, EMPTY_EDGE, edgeStateSchema } from '../edge/state.ts';
import { ACQUIRE } from './lease.ts';
import { type Paths, pathsOf } from './paths.ts';
import {
  type Entry,
  type Journal,
  journalSchema,
  type Release,
  readLedger,
  releaseSchema,
  type State,
  stateSchema,
} from './records.ts';

/** What is true on a host now, read in one round trip. */
export interface Facts {
  readonly paths: Paths;
  readonly uid: number;
  readonly architecture: string;
  /** Versions; undefined when the tool is not there or does not answer, with what it said. */
  readonly engine: string | undefined;
  readonly engineSaid: string;
  readonly compose: string | undefined;
  /** Free bytes where Docker keeps its data. */
  readonly freeBytes: number;
  readonly edge: {
    readonly state: EdgeState;
    /** sha256 of the edge.json read, empty without one: a change is written only if it is still that. */
    readonly seen: string;
    readonly running: boolean;
    readonly active: ReadonlyMap<string, string>;
    /** Ports 80 and 443 when something listens there, and the containers that publish them. */
    readonly listening: readonly number[];
    readonly publishers: readonly string[];
  };
  readonly state: State | undefined;
  readonly journal: Journal | undefined;
  readonly ledger: readonly Entry[];
  readonly releases: readonly Release[];
  /** The mark of what the shared services were started from, empty without any. */
  readonly sharedSum: string;
  /** Image references asked for that are there -> image id. */
  readonly images: ReadonlyMap<string, string>;
  readonly containers: readonly ContainerFact[];
}

export interface ContainerFact {
  readonly name: string;
  readonly service: string;
  /** blue, green or shared. */
  readonly color: string;
  readonly release: string;
  /** running, exited, restarting, ... */
  readonly state: string;
  /** "Up 3 minutes (healthy)" */
  readonly status: string;
}

const CONTAINER_FORMAT = [
  '{{.Names}}',
  '{{.Label "com.docker.compose.service"}}',
  '{{.Label "restaurant-deploy.color"}}',
  '{{.Label "restaurant-deploy.release"}}',
  '{{.State}}',
  '{{.Status}}',
].join('\t');

const readFile = (path: string) => script('[ ! -f "$1" ] || cat "$1"', [path]);

/**
 * Reads everything about an environment, and first takes its lease when one is given.
 * Paths below are relative to the deploy user's home, where sshd starts a command.
 */
export function inspect(
  app: string,
  environment: string,
  images: readonly string[],
  lease?: { readonly record: string; readonly token: string },
): Command {
  const { home, edge, root, shared } = pathsOf('.', app, environment);
  const reads: Record<string, Command> = {
    home: script('cd && pwd -P'),
    user: command('id', '-u'),
    architecture: command('uname', '-m'),
    engine: command('docker', 'version', '--format', '{{.Server.Version}}'),
    compose: command('docker', 'compose', 'version', '--short'),
    disk: script('df -Pk /var/lib/docker 2>/dev/null || df -Pk "$1"', ['/']),
    edge: script(
      `running=$(docker inspect -f '{{.State.Running}}' "$1" 2>/dev/null); echo "\${running:-false}"
       [ "$running" = true ] && exit 0
       cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { n = split($2, a, ":"); print a[n] }' | sort -u
       docker ps --filter publish=80 --filter publish=443 --format '{{.Names}}'`,
      [EDGE_NAME],
    ),
    edgeState: readFile(`${edge}/edge.json`),
    edgeSum: script('[ ! -f "$1" ] || sha256sum <"$1"', [`${edge}/edge.json`]),
    active: readFile(`${edge}/maps/active.map`),
    state: readFile(`${root}/state.json`),
    journal: readFile(`${root}/journal.json`),
    ledger: script('[ ! -f "$1" ] || tail -n 1000 "$1"', [`${root}/ledger.jsonl`]),
    releases: script('cat "$1"/releases/*/release.json 2>/dev/null; :', [root]),
    sharedSum: readFile(`${shared}/sum`),
    containers: command(
      ...['docker', 'ps', '-a', '--filter', `label=restaurant-deploy.app=${app}`],
      ...['--filter', `label=restaurant-deploy.environment=${environment}`, '--format', CONTAINER_FORMAT],
    ),
  };
  if (images.length > 0) {
    // One reference that is missing is an error of the whole command, after it has printed those that are there.
    reads.images = command(
      'docker',
      'image',
      'inspect',
      '--format',
      '{{.Id}} {{json .RepoTags}} {{json .RepoDigests}}',
      ...images,
    );
  }
  if (!lease) return batch(reads);
  return batch(reads, `mkdir -p ${home} && ${ACQUIRE}`, [root, lease.record, lease.token]);
}

/** @throws Error when the output is not that of `inspect`; ZodError when a record on the host is damaged. */
export function readFacts(stdout: string, app: string, environment: string): Facts {
  const results = readBatch(stdout);
  const text = (name: string) => results.get(name)?.stdout.trim() ?? '';
  const json = (name: string): unknown => (text(name) === '' ? undefined : JSON.parse(text(name)));
  const good = (name: string) =>
    results.get(name)?.code === 0 && text(name) !== '' ? text(name) : undefined;
  const [running = 'false', ...rest] = text('edge').split('\n');

  return {
    paths: pathsOf(text('home'), app, environment),
    uid: Number(text('user')),
    architecture: text('architecture'),
    engine: good('engine'),
    engineSaid: results.get('engine')?.stderr.trim() ?? '',
    compose: good('compose')?.replace(/^v/, ''),
    freeBytes: Number(text('disk').split('\n')[1]?.split(/\s+/)[3] ?? 0) * 1024,
    edge: {
      state: edgeStateSchema.optional().parse(json('edgeState')) ?? EMPTY_EDGE,
      seen: text('edgeSum').split(' ')[0] ?? '',
      running: running === 'true',
      active: parseMap(text('active')),
      listening: rest.flatMap((line) => (line === '0050' ? [80] : line === '01BB' ? [443] : [])),
      publishers: rest.filter((line) => line !== '' && !/^[0-9A-F]{4}$/.test(line)),
    },
    state: stateSchema.optional().parse(json('state')),
    journal: journalSchema.optional().parse(json('journal')),
    ledger: readLedger(text('ledger')),
    releases: readReleases(text('releases')),
    sharedSum: text('sharedSum'),
    images: readImages(text('images')),
    containers: text('containers')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [name = '', service = '', color = '', release = '', state = '', status = ''] = line.split('\t');
        return { name, service, color, release, state, status };
      }),
  };
}

/** release.json files, one line each, oldest first. A damaged one counts as not there. */
function readReleases(text: string): Release[] {
  return text
    .split('\n')
    .flatMap((line) => {
      try {
        return [releaseSchema.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    })
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/** A reference in the form that Docker lists it: no default registry, a tag, or a digest without a tag. */
export function familiarName(reference: string): string {
  const short = reference.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '');
  const [name = '', digest] = short.split('@');
  const untagged = name.replace(/:[^/:]+$/, '');
  if (digest) return `${untagged}@${digest}`;
  return name === untagged && !/^sha256:|^[0-9a-f]{64}$/.test(name) ? `${name}:latest` : name;
}

/** Reference -> id, for each name by which an image can be asked. */
function readImages(text: string): Map<string, string> {
  const ids = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, id, tags, digests] = /^(\S+) (\[.*?\]|null) (\[.*?\]|null)$/.exec(line) ?? [];
    if (!id) continue;
    for (const list of [tags, digests]) {
      for (const name of (JSON.parse(list ?? 'null') as string[] | null) ?? []) ids.set(name, id);
    }
  }
  return ids;
}
