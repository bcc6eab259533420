import type { Command } from '../commands/command.ts';
import { script } from '../commands/command.ts';
import type { ComposeModel } from '../compose/model.ts';
import { EDGE_NAME } from '../edge/config.ts';
import { STILL_OURS } from './lease.ts';

/**
 * Compose fills a variable that a release leaves open from its own environment: that of an SSH session shall not be
 * what an app runs with.
 */
export const CLEAN_ENV =
  'env -i PATH="$PATH" HOME="$HOME" DOCKER_HOST="${DOCKER_HOST:-}" DOCKER_CONFIG="${DOCKER_CONFIG:-$HOME/.docker}"';

/**
 * sh functions: the address of container $1 on network $2, and its joining that network under the name $3. One that has
 * no address after that leaves, whatever Docker says of it, and joins again. The place of an earlier container of the
 * same name is not freed by that, but as that one is removed (LEAVE_EDGE).
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

/** sh function that ends a start of a project that is still under way. */
export const STOP_START = `stop_start() {
  if [ -f "$1/.$2.pid" ]; then
    pid=$(cat "$1/.$2.pid")
    if grep -aq "$2" "/proc/$pid/cmdline" 2>/dev/null; then kill "$pid" 2>/dev/null; sleep 0.3; kill -9 "$pid" 2>/dev/null; fi
    rm -f "$1/.$2.pid" "$1/.$2.up"
  fi
}`;

/**
 * sh functions: the names of containers, to be asked before they are removed, and the end of their places on the edge's
 * network, after it. A container that crashed while it joined keeps its place, and nobody of its name could join any
 * more ("already exists"): Docker gives it up by the name once no container has that, and not before.
 */
export const LEAVE_EDGE = `names_of() { docker inspect -f '{{.Name}}' "$@" 2>/dev/null; }
leave_edge() { for name; do docker network disconnect -f ${EDGE_NAME} "\${name#/}" >/dev/null 2>&1; done; }`;

/** sh function that removes all containers of a project, whatever a start left behind. It fails when Docker is away. */
export const REMOVE_PROJECT = `${STOP_START}
${LEAVE_EDGE}
remove_project() {
  stop_start "$1" "$2"
  for round in 1 2 3; do
    ids=$(docker ps -aq --filter "label=com.docker.compose.project=$2") || return 1
    [ -n "$ids" ] || break
    names=$(names_of $ids)
    docker rm -f $ids >/dev/null 2>&1
    leave_edge $names || :
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
