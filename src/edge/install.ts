import type { Readable } from 'node:stream';
import { archive, type Entry } from '../commands/archive.ts';
import { type Command, script } from '../commands/command.ts';
import { EDGE_ALIASES, EDGE_IMAGE, EDGE_NAME, EDGE_OUTSIDE, haproxyConfig } from './config.ts';
import { formatMap, mapsOf } from './maps.ts';
import { type EdgeState, edgeStateSchema } from './state.ts';

/** The edge's files for a state. `active` is written apart from them: with the switch, alone. */
export function edgeFiles(state: EdgeState): Entry[] {
  const maps = mapsOf(state);
  return [
    { path: 'edge.json', content: `${JSON.stringify(state, null, 1)}\n`, mode: 0o600 },
    { path: 'haproxy.cfg', content: haproxyConfig(state), mode: 0o600 },
    { path: 'maps/hosts.map', content: formatMap(maps.hosts), mode: 0o600 },
    { path: 'maps/slots.map', content: formatMap(maps.slots), mode: 0o600 },
    { path: 'maps/redirect.map', content: formatMap(maps.redirect), mode: 0o600 },
    { path: 'maps/login.map', content: formatMap(maps.login), mode: 0o600 },
    { path: 'maps/noindex.map', content: formatMap(maps.noindex), mode: 0o600 },
  ];
}

/**
 * Writes the edge's files if the state on disk is still the one that this change was decided on; exit code 75 when
 * another app's deploy was quicker: read again and decide anew. Each file is complete or not there: written beside,
 * synced, renamed.
 * Prints the sha256 of the new edge.json.
 * @param seen sha256 of the edge.json that was read, empty when there was none.
 */
export function writeEdge(
  dir: string,
  seen: string,
  state: EdgeState,
): { command: Command; input: Readable } {
  const source = `
set -eu; umask 077; mkdir -p "$1"; cd "$1"
exec 9>lock; flock -w 20 9
now=; [ ! -f edge.json ] || now=$(sha256sum <edge.json | cut -d" " -f1)
[ "$now" = "$2" ] || exit 75
mkdir -p maps run certs; touch maps/active.map certs/list.txt
new=.new.$$; rm -rf .new.*; mkdir "$new"; tar -xf - -C "$new"
for file in maps/hosts.map maps/slots.map maps/redirect.map maps/login.map maps/noindex.map haproxy.cfg edge.json; do
  sync "$new/$file"; mv "$new/$file" "$file"
done
rm -rf "$new"
sha256sum <edge.json | cut -d" " -f1`;
  return { command: script(source, [dir, seen]), input: archive(edgeFiles(edgeStateSchema.parse(state))) };
}

/**
 * Starts the edge's container, or finds it running. The colors' network is internal: it gives no container a gateway,
 * so joining it changes nothing else for an app. The edge runs as the deploy user, so that its sockets are theirs.
 * Two first deploys may come at once, so one waits for the other. The sockets of an edge that ended are removed first,
 * or the new one would look ready before it is.
 * Exit code 76: a port is taken; what Docker said is on standard error. 77: no image. 78: it does not come up.
 */
export function startEdge(dir: string): Command {
  const source = `
set -u; cd "$1"
exec 8>start.lock; flock -w 300 8 || exit 1
is_running() { [ "$(docker inspect -f '{{.State.Running}}' "$1" 2>/dev/null)" = true ]; }
if ! is_running "$3"; then
  docker network inspect "$3" >/dev/null 2>&1 || docker network create --internal "$3" >/dev/null || exit 1
  docker network inspect "$4" >/dev/null 2>&1 || docker network create "$4" >/dev/null || exit 1
  docker image inspect "$2" >/dev/null 2>&1 || docker pull -q "$2" >&2 || exit 77
  rm -f run/*.sock
  if ! docker container inspect "$3" >/dev/null 2>&1; then
    docker create --name "$3" --user "$(id -u):$(id -g)" --network "$4" -p 80:80 -p 443:443 --restart always \\
      --log-opt max-size=10m --log-opt max-file=3 --label restaurant-deploy.edge=1 -v "$1:/edge" \\
      "$2" haproxy -W -db -f /edge/haproxy.cfg >/dev/null || exit 1
    docker network connect $5 "$3" "$3" || { docker rm -f "$3" >/dev/null 2>&1; exit 1; }
  fi
  if ! said=$(docker start "$3" 2>&1); then
    echo "$said" >&2
    docker rm -f "$3" >/dev/null 2>&1
    case $said in *"already allocated"*|*"already in use"*) exit 76 ;; esac
    exit 1
  fi
fi
i=0
until [ -S run/admin.sock ] && is_running "$3"; do
  i=$((i + 1)); [ $i -lt 100 ] || { docker logs --tail 20 "$3" >&2; docker rm -f "$3" >/dev/null 2>&1; exit 78; }
  sleep 0.1
done`;
  const aliases = EDGE_ALIASES.map((alias) => `--alias ${alias}`).join(' ');
  return script(source, [dir, EDGE_IMAGE, EDGE_NAME, EDGE_OUTSIDE, aliases]);
}

/**
 * Makes a color the active one on disk, alone and at once: what a restart or a power cut comes back to.
 * The map's other lines are kept; without a color the environment's own line goes.
 */
export const WRITE_ACTIVE = `write_active() {
  ( umask 077; exec 9>"$1/lock"; flock -w 20 9 || exit 1
    { awk -v key="$2" '$1 != key' "$1/maps/active.map"; [ -z "$3" ] || echo "$2 $3"; } >"$1/maps/.active" &&
    sync "$1/maps/.active" && mv "$1/maps/.active" "$1/maps/active.map" )
}`;
