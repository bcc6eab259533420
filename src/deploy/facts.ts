import { createHash } from 'node:crypto';
import { batch, readBatch } from '../commands/batch.ts';
import { type Command, command, script } from '../commands/command.ts';
import { EDGE_NAME } from '../edge/config.ts';
import { parseMap } from '../edge/maps.ts';
import { type EdgeState, EMPTY_EDGE, edgeStateSchema } from '../edge/state.ts';
import { messageOf } from '../errors.ts';
import { ACQUIRE } from './lease.ts';
import {
  ENGINE_FORMAT,
  type Engine,
  lookAtMachine,
  type Machine,
  readEngine,
  readMachine,
} from './machine.ts';
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
  /** Docker's own, in the words of images; the kernel's (`uname -m`) where Docker did not say. */
  readonly architecture: string;
  readonly machine: Machine;
  /** Versions; undefined when the tool is not there or does not answer, with what it said. */
  readonly engine: string | undefined;
  readonly engineIs: Engine | undefined;
  readonly engineSaid: string;
  readonly compose: string | undefined;
  /** Free bytes where Docker keeps its data; infinite where nobody could tell. */
  readonly freeBytes: number;
  /** Memory that can be had without swapping; infinite where nobody could tell. */
  readonly availableBytes: number;
  /** The server's clock when it was read, in milliseconds since 1970; undefined where nobody could tell. */
  readonly clockMs: number | undefined;
  /** Docker's socket stands at its usual place, and the deploy user may use it. */
  readonly dockerSocket: boolean;
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

/** Where Docker's socket is, unless it runs without root. */
export const DOCKER_SOCKET = '/var/run/docker.sock';

/** Exit code of a shell that knows no such program, in every language. */
const NOT_FOUND = 127;

/** Prints a file. One that is not there, or goes while it is read, is no error; one that can not be read is. */
const readFile = (path: string) => script('[ ! -f "$1" ] || cat "$1" || [ ! -e "$1" ]', [path]);

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
    machine: lookAtMachine(['.', home, edge, root]),
    engine: command('docker', 'version', '--format', ENGINE_FORMAT),
    compose: command('docker', 'compose', 'version', '--short'),
    disk: script('df -Pk /var/lib/docker 2>/dev/null || df -Pk "$1"', ['/']),
    memory: script("awk '/^MemAvailable:/ { print $2 }' /proc/meminfo"),
    clock: command('date', '+%s'),
    socket: script('[ -S "$1" ] && [ -w "$1" ] && echo yes', [DOCKER_SOCKET]),
    edge: script(
      `running=$(docker inspect -f '{{.State.Running}}' "$1" 2>/dev/null); echo "\${running:-false}"
       [ "$running" = true ] && exit 0
       cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
         awk '$4 == "0A" && $2 ~ /:(0050|01BB)$/ { print ($2 ~ /0050$/ ? "listen 80" : "listen 443") }' | sort -u
       docker ps --filter publish=80 --filter publish=443 --format 'publish {{.Names}}'`,
      [EDGE_NAME],
    ),
    edgeState: readFile(`${edge}/edge.json`),
    active: readFile(`${edge}/maps/active.map`),
    state: readFile(`${root}/state.json`),
    journal: readFile(`${root}/journal.json`),
    ledger: script('[ ! -f "$1" ] || tail -n 1000 "$1"', [`${root}/ledger.jsonl`]),
    // Each with a line end of its own: one that was cut shall not take the next with it.
    releases: script(
      'for f in "$1"/releases/*/release.json; do { [ ! -f "$f" ] || cat "$f" || [ ! -e "$f" ]; } || exit; echo; done',
      [root],
    ),
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
  const good = (name: string) =>
    results.get(name)?.code === 0 && text(name) !== '' ? text(name) : undefined;
  // What we wrote ourselves is read whole or not at all: a record that is taken for missing reads as a bare server.
  const own = (name: string): string => {
    const { code, stderr = '' } = results.get(name) ?? {};
    if (code === 0) return text(name);
    throw new Error(`${name}: ${stderr.trim() || 'no answer'}`);
  };
  const json = (name: string): unknown => {
    const record = own(name);
    try {
      return record === '' ? undefined : JSON.parse(record);
    } catch (cause) {
      throw new Error(`${name}: ${messageOf(cause)}`, { cause });
    }
  };
  const [running = 'false', ...rest] = text('edge').split('\n');
  const after = (word: string) =>
    rest.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const said = results.get('engine');
  const engine = readEngine(good('engine') ?? '');

  return {
    paths: pathsOf(own('home'), app, environment),
    uid: Number(text('user')),
    architecture: engine?.architecture || text('architecture'),
    machine: readMachine(text('machine')),
    engine: engine?.version,
    engineIs: engine,
    engineSaid: said?.code === NOT_FOUND ? 'not found' : (said?.stderr.trim() ?? ''),
    compose: good('compose')?.replace(/^v/, ''),
    freeBytes: freeBytes(text('disk')),
    availableBytes: /^\d+$/.test(text('memory')) ? Number(text('memory')) * 1024 : Number.POSITIVE_INFINITY,
    clockMs: /^\d+$/.test(text('clock')) ? Number(text('clock')) * 1000 : undefined,
    dockerSocket: text('socket') === 'yes',
    edge: {
      state: edgeStateSchema.optional().parse(json('edgeState')) ?? EMPTY_EDGE,
      seen: seenOf(results.get('edgeState')?.stdout ?? ''),
      running: running === 'true',
      active: parseMap(own('active')),
      listening: after('listen')
        .map(Number)
        .sort((a, b) => a - b),
      publishers: after('publish'),
    },
    state: stateSchema.optional().parse(json('state')),
    journal: journalSchema.optional().parse(json('journal')),
    ledger: readLedger(own('ledger')),
    releases: readReleases(own('releases')),
    sharedSum: own('sharedSum'),
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

/** The mark of an edge.json by its text: of what was read, so that it never is that of a newer file. */
export const seenOf = (edgeJson: string): string =>
  edgeJson === '' ? '' : createHash('sha256').update(edgeJson).digest('hex');

/** The free bytes that `df -Pk` tells. Where it tells none there is no reason to refuse. */
function freeBytes(df: string): number {
  const free = /\s\d+\s+\d+\s+(-?\d+)\s+\S+\s+\/.*$/m.exec(df)?.[1];
  return free === undefined ? Number.POSITIVE_INFINITY : Number(free) * 1024;
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
