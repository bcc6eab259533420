import type { Command } from '../commands/command.ts';
import { script } from '../commands/command.ts';
import type { ComposeModel } from '../compose/model.ts';
import { type Container, type Readiness, readContainers, readiness } from '../compose/readiness.ts';
import { EDGE_NAME } from '../edge/config.ts';
import { DeployError, type Fault, messageOf } from '../errors.ts';
import { STILL_OURS } from './lease.ts';
import type { Server } from './server.ts';

/**
 * Compose fills a variable that a release leaves open from its own environment: that of an SSH session shall not be
 * what an app runs with.
 */
export const CLEAN_ENV =
  'env -i PATH="$PATH" HOME="$HOME" DOCKER_HOST="${DOCKER_HOST:-}" DOCKER_CONFIG="${DOCKER_CONFIG:-$HOME/.docker}"';

/**
 * sh functions: the address of container $1 on network $2, and its joining that network under the name $3. When an
 * earlier container of the same name died while it joined, Docker may keep its place ("already exists") and let nobody
 * else have it: joining again frees that place.
 */
export const JOIN = `address_on() { docker inspect -f "{{with index .NetworkSettings.Networks \\"$2\\"}}{{.IPAddress}}{{end}}" "$1" 2>/dev/null; }
join() { docker network connect --alias "$3" "$2" "$1" 2>&1; }
join_again() { docker network disconnect -f "$2" "$1" >/dev/null 2>&1; join "$@"; }`;

/** A project to bring up, and which of its services the edge shall reach by which name. */
export interface ProjectRequest {
  readonly project: string;
  /** Folder with the compose file and its .env, absolute on the host. */
  readonly dir: string;
  readonly file: string;
  readonly model: ComposeModel;
  readonly connect: readonly { readonly service: string; readonly alias: string }[];
  readonly routed: readonly string[];
  /** It stands already, maybe stopped, and with it that it shall stay so: its services are to run again. */
  readonly standing: boolean;
}

const FORMAT =
  '{"Name":{{json .Name}},"RestartCount":{{json .RestartCount}},"State":{{json .State}},' +
  '"Config":{"Labels":{{json .Config.Labels}}},"HostConfig":{"RestartPolicy":{{json .HostConfig.RestartPolicy}}},' +
  '"Networks":{{json .NetworkSettings.Networks}}}';

/**
 * Starts a project and tells how it stands, line by line, until its connection is closed: the host watches itself,
 * so that waiting costs no round trips. Lines: `+ ...` what Compose says, `= {json}` a container, `. <ms>` the end of
 * a picture with the host's clock, `up <code>` when Compose has ended.
 * The first picture is of the moment before the start: what ended later ended in this start.
 * Containers of routed services join the edge's network by an alias of their own; through the compose file they
 * would get the bare name of the service there too, and apps would see each other.
 */
export function startProject(root: string, token: string, request: ProjectRequest): Command {
  const source = `
set -u; umask 077
${STILL_OURS}
${JOIN}
still_ours "$1" "$2"; root=$1; dir=$3; file=$4; project=$5; network=$6; again=$7; shift 7
cd "$dir" || exit 70
log="$root/.$project.up"
echo ". $(date +%s%3N)"
${CLEAN_ENV} docker compose --ansi never -p "$project" --env-file .env -f "$file" up -d --no-build >"$log" 2>&1 & up=$!
echo "$up" >"$root/.$project.pid"
trap 'kill "$up" 2>/dev/null; exit 143' TERM HUP INT PIPE
said=0; last=; tried=' '; joined=' '; ended=
while :; do
  if [ -z "$ended" ] && ! kill -0 "$up" 2>/dev/null; then wait "$up"; ended=$?; fi
  lines=$(wc -l <"$log"); [ "$lines" -eq "$said" ] || { sed -n "$((said + 1)),\${lines}s/^/+ /p" "$log"; said=$lines; }
  list=$(docker ps -a --no-trunc --filter "label=com.docker.compose.project=$project" \\
    --filter label=com.docker.compose.oneoff=False --format '{{.ID}} {{.State}} {{.Label "com.docker.compose.service"}}')
  ids=
  while read -r id state service; do
    [ -n "$id" ] || continue
    ids="$ids $id"
    [ "$state" = running ] || continue
    case $joined in *" $id "*) continue ;; esac
    for pair in "$@"; do
      [ "\${pair%%=*}" = "$service" ] || continue
      how=join
      case $tried in *" $id "*)
        # It has joined when it has an address, whatever was said.
        [ -z "$(address_on "$id" "$network")" ] || { joined="$joined$id "; continue; }
        how=join_again ;;
      esac
      said_of=$($how "$id" "$network" "\${pair#*=}") || case $said_of in
        *"already exists"*) ;; # a standby that was started again is still a member
        *) echo "+ $said_of" ;;
      esac
      tried="$tried$id "
    done
  done <<LIST
$list
LIST
  if [ -n "$ids" ]; then
    now=$(docker inspect -f '${FORMAT}' $ids 2>/dev/null)
    if [ "$now" != "$last" ]; then printf '%s\\n' "$now" | sed 's/^/= /'; last=$now; fi
  fi
  if [ -n "$again" ] && [ "$ended" = 0 ]; then
    for service in $again; do
      docker ps -q --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$service"
    done | xargs -r docker update --restart=always >/dev/null
    again=
  fi
  echo ". $(date +%s%3N)" || exit 0
  if [ "$ended" ] && [ "$ended" != told ]; then echo "up $ended"; ended=told; fi
  sleep 0.15
done`;
  const pairs = request.connect.map(({ service, alias }) => `${service}=${alias}`);
  const again = request.standing ? alwaysOf(request.model).join(' ') : '';
  return script(source, [
    root,
    token,
    request.dir,
    request.file,
    request.project,
    EDGE_NAME,
    again,
    ...pairs,
  ]);
}

/** The services that run whenever Docker does. */
export const alwaysOf = (model: ComposeModel): string[] =>
  Object.entries(model.services).flatMap(([name, { restart }]) => (restart === 'always' ? [name] : []));

/** A container with its addresses, by network name. */
type Seen = Container & { readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> };

/** What one picture of a project says. */
export interface Picture {
  readonly readiness: Readiness;
  /** Compose's exit code once it has ended. */
  readonly up: number | undefined;
  /** Service -> addresses of its containers on the edge's network. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
}

/** A project that is being started and watched. */
export class RunningProject {
  readonly request: ProjectRequest;
  readonly #stop = new AbortController();
  #containers: Seen[] = [];
  /** The host's clock at the first picture. */
  #began: number | undefined;
  /** Restarts that are no crash loop yet. */
  #forgiven = 2;
  #building: Seen[] = [];
  #up: number | undefined;
  #said: string[] = [];
  #listeners = new Set<(picture: Picture) => void>();
  #picture: Picture | undefined;
  #ended: Error | undefined;

  constructor(server: Server, token: string, request: ProjectRequest, onSaid: (line: string) => void) {
    this.request = request;
    const command = startProject(server.facts.paths.root, token, request);
    server.host
      .run(command, {
        signal: this.#stop.signal,
        onLine: (line, stream) => {
          if (stream === 'stderr') this.#said.push(line);
          else this.#read(line, onSaid);
        },
      })
      .then(
        ({ code, stderr }) =>
          this.#fail(new Error(`the watch of ${request.project} ended (${code}) ${stderr.trim()}`)),
        (error) => this.#fail(error),
      );
  }

  #fail(error: Error): void {
    this.#ended = error;
    for (const listener of [...this.#listeners]) listener(this.#picture as Picture);
  }

  #read(line: string, onSaid: (line: string) => void): void {
    const rest = line.slice(2);
    if (line.startsWith('+ ')) {
      this.#said.push(rest);
      onSaid(rest.trim());
    } else if (line.startsWith('= ')) {
      this.#building.push(...(readContainers(`[${rest}]`) as Seen[]));
    } else if (line.startsWith('up ')) {
      this.#up = Number(rest.trim());
    } else if (line.startsWith('. ')) {
      if (this.#building.length > 0) this.#containers = this.#building;
      this.#building = [];
      this.#show(Number(rest));
    }
  }

  #show(now: number): void {
    const addresses = new Map<string, string[]>();
    for (const one of this.#containers) {
      const service = one.Config.Labels?.['com.docker.compose.service'];
      const address = one.Networks?.[EDGE_NAME]?.IPAddress;
      if (service && address && one.State.Status === 'running') {
        addresses.set(service, [...(addresses.get(service) ?? []), address]);
      }
    }
    const { model, routed } = this.request;
    this.#began ??= now;
    // What was started before this start and has ended is a standby about to be started again, or an old container
    // that Compose stops to put a new one in its place: no failure of this start.
    const containers = this.#containers.filter(
      ({ State }) => State.Status !== 'exited' || Date.parse(State.StartedAt) >= (this.#began ?? 0),
    );
    this.#picture = {
      readiness: readiness({ model, containers, routed, now, restarts: this.#forgiven }),
      up: this.#up,
      addresses,
    };
    for (const listener of [...this.#listeners]) listener(this.#picture);
  }

  /** From now on each restart is one too many: the project was ready. */
  expectNoRestart(): void {
    this.#forgiven = Math.max(0, ...this.#containers.map((one) => one.RestartCount));
  }

  /** The latest picture. */
  get picture(): Picture | undefined {
    return this.#picture;
  }

  /**
   * Waits until a picture satisfies `done`.
   * @throws what ended the watch, the signal's reason, or what `done` throws.
   */
  until(done: (picture: Picture) => boolean, signal: AbortSignal): Promise<Picture> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        this.#listeners.delete(look);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        finish();
        reject(signal.reason);
      };
      const look = (picture: Picture | undefined) => {
        try {
          if (this.#ended) throw this.#ended;
          if (!picture || !done(picture)) return;
          finish();
          resolve(picture);
        } catch (error) {
          finish();
          reject(error);
        }
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#listeners.add(look);
      look(this.#picture);
    });
  }

  /** @throws DeployError when the picture shows that waiting longer would not help. */
  check(picture: Picture, where: string): void {
    const { failed } = picture.readiness;
    if (failed.length > 0) {
      throw new DeployError(
        failed.map(
          ({ service, container, reason, evidence }): Fault => ({
            code: 'app-not-ready',
            where: `${where}, service ${service}`,
            what: `The container ${container ?? ''} ${reason}.`,
            remedy: 'Its log below says why. The old release goes on serving.',
            ...(evidence ? { evidence } : {}),
          }),
        ),
      );
    }
    if (picture.up) throw new DeployError(upFault(this.#said, where));
  }

  /** Who is not ready yet, for the message of a deadline. */
  get waitingFor(): string {
    const waiting = this.#picture?.readiness.waiting ?? [];
    return (
      waiting.map(({ service, reason }) => `${service}: ${reason}`).join('; ') || 'no container was started'
    );
  }

  /** Ends the watch; the project stays as it is. */
  stop(): void {
    this.#listeners.clear();
    this.#stop.abort(new Error('done'));
  }
}

/** What Compose said when it could not bring the project up. */
function upFault(said: readonly string[], where: string): Fault {
  const lines = said.filter(
    (line) => !/^\s*(Container|Network|Volume) \S+\s+(Creat|Start|Wait|Runn|Recreat|Health)/.test(line),
  );
  const full = lines.some((line) => /no space left/i.test(line));
  const last = lines.at(-1)?.trim() ?? '';
  return {
    code: full ? 'host-disk-full' : 'compose-up',
    where,
    what: full ? `The disk of the server is full: ${last}` : `Compose could not start the project: ${last}`,
    remedy: full
      ? 'Make room (docker system df shows where it went), then run the deploy again.'
      : 'The words are those of Docker on the server; try the compose file there by hand when they are not enough.',
    evidence: lines.slice(-20).join('\n'),
  };
}

/** sh function that ends a start of a project that is still under way. */
export const STOP_START = `stop_start() {
  if [ -f "$1/.$2.pid" ]; then
    pid=$(cat "$1/.$2.pid")
    if grep -aq "$2" "/proc/$pid/cmdline" 2>/dev/null; then kill "$pid" 2>/dev/null; sleep 0.3; kill -9 "$pid" 2>/dev/null; fi
    rm -f "$1/.$2.pid" "$1/.$2.up"
  fi
}`;

/** sh function that removes all containers of a project, whatever a start left behind. It fails when Docker is away. */
export const REMOVE_PROJECT = `${STOP_START}
remove_project() {
  stop_start "$1" "$2"
  for round in 1 2 3; do
    ids=$(docker ps -aq --filter "label=com.docker.compose.project=$2") || return 1
    [ -n "$ids" ] || break
    docker rm -f $ids >/dev/null 2>&1
  done
}`;

/** The last log lines of a project's containers, for a person to see what went wrong. */
export function projectLogs(project: string, lines = 30): Command {
  return script(
    `docker ps -a --filter "label=com.docker.compose.project=$1" --format '{{.ID}} {{.Names}} ({{.Status}})' |
while read -r id name; do echo "--- $name"; docker logs --tail "$2" "$id" 2>&1; done`,
    [project, String(lines)],
  );
}

/** Reads them, and never fails. */
export async function logsOf(server: Server, project: string): Promise<string> {
  try {
    return (await server.host.run(projectLogs(project), { timeoutMs: 10_000 })).stdout.trim();
  } catch (error) {
    return `(no logs: ${messageOf(error)})`;
  }
}
