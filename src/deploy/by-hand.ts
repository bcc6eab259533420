import { EDGE_NAME, PROOF_HEADER, SLOT_HEADER } from '../edge/config.ts';
import { WRITE_ACTIVE } from '../edge/install.ts';
import { mapFile } from '../edge/maps.ts';
import { leadToOne } from '../edge/servers.ts';
import { COLORS } from '../edge/state.ts';
import { STOP } from './finish.ts';
import { ACQUIRE, GIVE_BACK, HELD, STILL_OURS } from './lease.ts';
import { CLEAN_ENV, JOIN, REMOVE_PROJECT } from './project-shell.ts';
import type { Release } from './records.ts';
import { NOTE, WRITE_FILE } from './writes.ts';

/**
 * What `bin/rollback` on the server has to know of a release, in words that a shell can read: a line begins with what
 * it tells, `always SERVICE`, `check COLOR HOSTNAME PATH SCHEME ALIAS PORT` and `connect COLOR SERVICE ALIAS` among
 * them. Neither hostnames, paths, services nor aliases hold a blank; the version, which may, is the rest of its line,
 * as JSON.
 */
export function byHand(release: Release, always: readonly string[]): string {
  const lines = COLORS.flatMap((color) => [
    ...release.targets[color].map(({ connect, alias }) => `connect ${color} ${connect} ${alias}`),
    ...release.routes.flatMap((route) => {
      const target = release.targets[color].find(
        ({ service, port }) => service === route.service && port === route.port,
      );
      return route.hosts.map((host) =>
        [
          'check',
          color,
          host,
          route.health.path,
          route.tls ? 'https' : 'http',
          target?.alias,
          route.port,
        ].join(' '),
      );
    }),
  ]);
  const all = [
    `standby ${release.standby}`,
    `version ${JSON.stringify(release.version)}`,
    ...always.map((service) => `always ${service}`),
    ...new Set(lines),
  ];
  return all.map((line) => `${line}\n`).join('');
}

/** The runtime commands of a slot, with the shell's variables in place of what only the server knows. */
const ENABLE = leadToOne('$slot', '$alias', '$address', '$port').join('; ');

/**
 * `~/.restaurant-deploy/bin/rollback`: the way back for a person in an SSH session, when there is neither GitHub nor
 * Node.js. It takes the same lease, keeps the same journal and ledger and goes through the same check and switch as
 * `command: rollback`, so that a run that comes after it, or finds it dead, knows what to do. What it does not do: give
 * slots of the edge to a release whose routes are others than those of today.
 */
export const ROLLBACK = `#!/bin/sh
# Written by restaurant-deploy with each deploy: back to a release that was good, without GitHub and without Node.js.
set -u; umask 077

usage() {
  cat <<USAGE
usage: rollback [APP [ENVIRONMENT]] [--release RELEASE]   back to the good release before the live one, or to RELEASE
       rollback [APP [ENVIRONMENT]] --list                what is live, and what there is to go back to
USAGE
  exit "$1"
}
die() { printf 'error: %s\\n' "$1" >&2; [ $# -lt 2 ] || printf 'remedy: %s\\n' "$2" >&2; exit 1; }

acquire() ${ACQUIRE}
${STILL_OURS}
${GIVE_BACK}
${WRITE_FILE}
${NOTE}
${WRITE_ACTIVE}
${REMOVE_PROJECT}
${JOIN}
${STOP}

# ask SOCKET: what comes on standard input goes to the socket, and its answer to standard output.
ask() {
  if command -v perl >/dev/null 2>&1; then
    perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) && connect(S, sockaddr_un(shift)) or die "$!\\n";
      alarm 10; select S; $| = 1; print while <STDIN>; select STDOUT; print while <S>' "$1"
  elif command -v python3 >/dev/null 2>&1; then
    python3 -c 'import shutil, socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect(sys.argv[1]); s.sendall(sys.stdin.buffer.read())
shutil.copyfileobj(s.makefile("rb"), sys.stdout.buffer)' "$1"
  else
    socat -t 10 - "UNIX-CONNECT:$1"
  fi
}

# http SOCKET HOSTNAME PATH SCHEME [HEADER]: one question to the edge.
http() {
  printf 'GET %s HTTP/1.0\\r\\nHost: %s\\r\\nX-Forwarded-Proto: %s\\r\\n%s\\r\\n' "$3" "$2" "$4" "\${5:+$5
}" | sed 's/\\([^\\r]\\)$/\\1\\r/' | ask "$edge/run/$1.sock" | head -c 65536
}
status() { sed -n '1s/^HTTP[^ ]* \\([0-9]*\\).*/\\1/p'; }
admin() { printf '%s\\n' "$1" | ask "$edge/run/admin.sock" | tr -d '\\n'; }

app= environment= asked= list=
while [ $# -gt 0 ]; do
  case $1 in
    --release) [ $# -ge 2 ] || usage 64 >&2; asked=$2; shift ;;
    --list) list=1 ;;
    -h | --help) usage 0 ;;
    -*) usage 64 >&2 ;;
    *) if [ -z "$app" ]; then app=$1; elif [ -z "$environment" ]; then environment=$1; else usage 64 >&2; fi ;;
  esac
  shift
done
case $app$environment$asked in *[!A-Za-z0-9._-]*) die 'A name holds letters, digits, dots, hyphens and underscores.' ;; esac

home=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
edge=$home/edge
root= many=
for file in "$home"/apps/\${app:-*}/\${environment:-*}/state.json; do
  [ -f "$file" ] || continue
  [ -z "$root" ] || many=1
  root=\${file%/state.json}
done
if [ -z "$root" ] || [ -n "$many" ]; then
  ( cd "$home/apps" 2>/dev/null && ls -d ./*/* ) | sed 's|^\\./|  |; s|/| |' >&2
  [ -n "$many" ] && die 'Which one? The apps and environments of this server are above.' 'rollback APP ENVIRONMENT'
  die 'There is no such app and environment on this server.' 'Those that there are stand above.'
fi
environment=\${root##*/}; app=\${root%/*}; app=\${app##*/}; key=$app/$environment
cd "$root" || exit 1
docker version >/dev/null 2>&1 || die 'Docker does not answer.' 'docker version says why.'

of_state() { sed -n "s/.*\\"$1\\":{\\"release\\":\\"\\([^\\"]*\\)\\".*/\\1/p" state.json; }
look() {
  active=$(awk -v key="$key" '$1 == key { print $2 }' "$edge/maps/active.map" 2>/dev/null)
  [ -n "$active" ] || active=$(sed -n 's/.*"active":"\\([a-z]*\\)".*/\\1/p' state.json)
  case $active in blue) idle=green ;; green) idle=blue ;; *) die 'No color is active.' ;; esac
  live=$(of_state "$active"); stands=$(of_state "$idle")
  # A change that was cut: it had switched already, or it left its containers on the idle color.
  if [ -f journal.json ]; then
    stands=
    # "from" comes after the change's own color and release.
    case $(sed 's/,"from".*//' journal.json) in
      *"\\"color\\":\\"$active\\""*) live=$(sed 's/,"from".*/}/; s/.*"release":"\\([^"]*\\)".*/\\1/' journal.json) ;;
    esac
  fi
  good=$(sed -n '/"outcome":"deployed"/s/.*"release":"\\([^"]*\\)".*/\\1/p' ledger.jsonl | awk '!seen[$0]++')
  kept=$(for id in $good; do [ ! -f "releases/$id/by-hand" ] || echo "$id"; done)
}
look
if [ -n "$list" ]; then
  for id in $kept; do
    if [ "$id" = "$live" ]; then echo "$id  live ($active)"; elif [ "$id" = "$stands" ]; then echo "$id  standby ($idle)"; else echo "$id"; fi
  done
  # A change that was cut after its switch is not among the good ones yet.
  printf '%s\\n' "$kept" | grep -qxF "$live" || echo "$live  live ($active)"
  exit 0
fi

began=$(date +%s%3N)
by=$(printf '%s' "\${SUDO_USER:-$(id -un)}" | tr -cd 'A-Za-z0-9._-')
token=by-hand-$$-$began
now() { date -u +%Y-%m-%dT%H:%M:%S.000Z; }
held=$(acquire "$root" "{\\"token\\":\\"$token\\",\\"by\\":\\"$by\\",\\"run\\":\\"by hand\\",\\"since\\":\\"$(now)\\"}" "$token") || {
  [ $? -eq ${HELD} ] || die 'The lease could not be taken.' 'Check the disk and the rights of ~/.restaurant-deploy.'
  die "Another change is under way: $(printf '%s' "$held" | tail -n +2)" 'Wait for it. A dead one is passed over after 90 seconds.'
}
trap 'give_back "$root" "$token"' EXIT
look

if [ -n "$asked" ]; then
  target=$asked
  printf '%s\\n' "$kept" | grep -qxF "$target" || die "There is no good release $target." "rollback $app $environment --list"
else
  target=$(printf '%s\\n' "$kept" | awk -v live="$live" '$0 == live { exit } { before = $0 } END { print before }')
  [ -n "$target" ] || die 'There is no older good release to go back to.' "rollback $app $environment --list"
fi
if [ "$target" = "$live" ]; then echo "$key: $target is live already"; exit 0; fi
folder=$root/releases/$target; project=$app-$environment-$idle; old=$app-$environment-$active
checks=$(grep "^check $idle " "$folder/by-hand"); links=$(grep "^connect $idle " "$folder/by-hand")

# The slots of the edge that the release needs must be its own already.
if [ -n "$checks" ]; then
  command -v perl >/dev/null 2>&1 || command -v python3 >/dev/null 2>&1 || command -v socat >/dev/null 2>&1 ||
    die 'There is neither perl, python3 nor socat on this server.' 'Install one of them.'
  printf 'show version\\n' | ask "$edge/run/admin.sock" >/dev/null || die 'The edge does not answer.' 'docker start ${EDGE_NAME}; docker logs ${EDGE_NAME}'
fi
slot_of() { awk -v key="$1/$idle" '$1 == key { print $2 }' "$edge/maps/slots.map"; }
plan=$(printf '%s\\n' "$checks" | while read -r _ _ host path scheme alias port; do
  [ -n "$host" ] || continue
  slot=$(slot_of "$host")
  awk -v slot="$slot" -v want="$alias:$port" '$1 == "backend" { at = $2 } at == slot && $1 == "server" && $3 == want { found = 1 }
    END { exit !found }' "$edge/haproxy.cfg" || exit 1
  echo "$host $path $scheme $alias $port $slot"
done) || die "$target has other routes than the live release." "restaurant-deploy rollback --release $target, from a machine with Node.js or from GitHub, can change them."
while read -r image; do
  docker image inspect "$image" >/dev/null 2>&1 || die "The image $image of $target is gone." 'Deploy its commit instead.'
done <"$folder/images"
since=$(awk -v id="$target" 'index($0, "\\"release\\":\\"" id "\\"") && /"outcome":"deployed"/ { n = 0; on = 1; next } on && /"migrated":true/ { n++ } END { print n + 0 }' ledger.jsonl)
[ "$since" -eq 0 ] || echo "note: the hook before-switch ran $since times since $target; what it did to the database stays"

switched=
ids_of() {
  of=$1; shift
  docker ps "$@" --filter "label=com.docker.compose.project=$of" --filter label=com.docker.compose.oneoff=False
}
note_end() {
  note "{\\"at\\":\\"$(now)\\",\\"kind\\":\\"rollback\\",\\"outcome\\":\\"$1\\",\\"release\\":\\"$target\\",\\"version\\":$(sed -n 's/^version //p' "$folder/by-hand"),\\"previous\\":\\"$live\\",\\"color\\":\\"$idle\\",\\"by\\":\\"$by\\",\\"run\\":\\"by hand\\",\\"durationMs\\":$(($(date +%s%3N) - began)),\\"migrated\\":false}"
}
point() {
  write_active "$edge" "$key" "$1" || return 1
  [ -n "$checks" ] || return 0
  [ -z "$(admin "set map ${mapFile('active')} $key $1")" ] || [ -z "$(admin "add map ${mapFile('active')} $key $1")" ]
}
# open_at COLOR: how many sessions the edge has with a color.
open_at() {
  open=0
  for slot in $(awk -v color="/$1" -v key="$key" 'NR == FNR { if ($2 == key) mine[$1]; next }
    { host = $1; sub("/[^/]*$", "", host); if (host in mine && substr($1, length(host) + 1) == color) print $2 }' "$edge/maps/hosts.map" "$edge/maps/slots.map" | sort -u); do
    open=$((open + $(printf 'show stat %s 2 -1\\n' "$slot" | ask "$edge/run/admin.sock" | awk -F, 'NR == 2 { print $5 + 0 }' || echo 0)))
  done
  echo "$open"
}
# drained COLOR: waits ten seconds at most until a color has answered what it began to answer.
drained() {
  tries=0
  while [ "$tries" -lt 20 ] && [ "$(open_at "$1")" -gt 0 ]; do tries=$((tries + 1)); sleep 0.5; touch -c lease; done
}
undo() {
  trap '' INT TERM HUP
  [ -z "$switched" ] || point "$active" || die 'The traffic could not be put back.' 'The next run of restaurant-deploy brings it to an end.'
  remove_project "$root" "$project"
  note_end failed; rm -f journal.json
}
fail() { undo; die "$@"; }
trap 'fail interrupted' INT TERM HUP

still_ours "$root" "$token"
if [ -f journal.json ] && [ -n "$checks" ]; then
  # A change was cut between the map on disk and the map in memory, maybe: the disk decides.
  point "$active" || die 'The edge does not answer.' 'docker logs ${EDGE_NAME}'
  drained "$idle"
fi
write_file journal.json "{\\"kind\\":\\"rollback\\",\\"release\\":\\"$target\\",\\"color\\":\\"$idle\\",\\"at\\":\\"$(now)\\",\\"by\\":\\"$by\\",\\"run\\":\\"by hand\\",\\"from\\":{\\"color\\":\\"$active\\",\\"release\\":\\"$live\\"}}" || die 'The journal could not be written.' 'Check the disk: df -h.'
[ "$stands" = "$target" ] || remove_project "$root" "$project" || fail 'The idle color could not be emptied.'
echo "$key: starting $target beside $live"
said=$(cd "$folder" && ${CLEAN_ENV} docker compose --ansi never -p "$project" --env-file .env -f "compose.$idle.json" up -d --no-build 2>&1) ||
  fail "$target could not be started: $(printf '%s' "$said" | tail -n 1)" "docker compose in $folder says more."
if [ "$stands" = "$target" ]; then
  sed -n 's/^always //p' "$folder/by-hand" | while read -r service; do
    ids_of "$project" -q --filter "label=com.docker.compose.service=$service"
  done | xargs -r docker update --restart=always >/dev/null
fi
printf '%s\\n' "$links" | while read -r _ _ service alias; do
  [ -n "$service" ] || continue
  for id in $(ids_of "$project" -q | while read -r one; do [ "$(docker inspect -f '{{index .Config.Labels "com.docker.compose.service"}}' "$one")" != "$service" ] || echo "$one"; done); do
    join "$id" ${EDGE_NAME} "$alias" >/dev/null || [ -n "$(address_on "$id" ${EDGE_NAME})" ] || join_again "$id" ${EDGE_NAME} "$alias" >/dev/null || :
  done
done

# Ready, and good answers three times in a row for every hostname, within a minute.
ready() {
  ids=$(ids_of "$project" -aq); [ -n "$ids" ] || return 1
  docker inspect -f '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.State.ExitCode}}' $ids |
    awk '$1 == "running" && ($2 == "none" || $2 == "healthy") { next } $1 == "exited" && $3 == 0 { next } { bad = 1 } END { exit bad }'
}
answers() {
  printf '%s\\n' "$plan" | while read -r host path scheme alias port slot; do
    [ -n "$host" ] || continue
    case $(http candidate "$host" "$path" "$scheme" "${SLOT_HEADER}: $slot" | status) in 2??) ;; *) exit 1 ;; esac
  done
}
open_slots() {
  printf '%s\\n' "$plan" | while read -r host path scheme alias port slot; do
    [ -n "$host" ] || continue
    address=$(for id in $(ids_of "$project" -q); do
      docker inspect -f '{{range $name, $net := .NetworkSettings.Networks}}{{if eq $name "${EDGE_NAME}"}}{{json $net.Aliases}} {{$net.IPAddress}}{{end}}{{end}}' "$id"
    done | sed -n "s/.*\\"$alias\\".* \\([0-9a-f.:]*\\)$/\\1/p")
    case $(printf '%s' "$address" | wc -l) in
      0) [ -z "$address" ] || [ "$row" -gt 0 ] || admin "${ENABLE}" >/dev/null ;;
      *) lead_to_several "$slot" "$alias" "$port" "$(printf '%s' "$address" | tr '\\n' ' ')" ;;
    esac
  done
}
# lead_to_several SLOT ALIAS PORT ADDRESSES: a step towards servers for all of them; which gets which the edge finds by
# the name that they share.
lead_to_several() {
  printf 'show servers state %s\\n' "$1" | ask "$edge/run/admin.sock" | awk -v slot="$1" -v alias="$2" -v port="$3" -v all="$4" '
    BEGIN { n = split(all, list, " "); for (i in list) wanted[list[i]] }
    $3 ~ /^[0-9]+$/ && seen++ < n {
      server = "set server " slot "/" $4
      if ($18 != alias) print server " fqdn " alias
      else if ($5 in wanted) { if ($19 != port) print server " addr " $5 " port " port; if ($7 % 2) print server " state ready" }
    }' | while read -r order; do admin "$order" >/dev/null; done
}
row=0 until=$(($(date +%s) + 60))
while [ "$row" -lt 3 ]; do
  [ "$(date +%s)" -lt "$until" ] || fail "$target was not ready within 60 s: $(ids_of "$project" -a --format '{{.Names}} {{.Status}}' | tr '\\n' ';')" "docker logs of its containers say why; $live serves on."
  still_ours "$root" "$token"; touch -c lease
  open_slots
  if ready && answers; then row=$((row + 1)); sleep 0.1; else row=0; sleep 0.25; fi
done

still_ours "$root" "$token"; switched=1
point "$idle" || fail 'The edge did not take the switch.' 'docker logs ${EDGE_NAME}'
printf '%s\\n' "$plan" | while read -r host path scheme _; do
  [ -n "$host" ] || continue
  http public "$host" "$path" "$scheme" | tr -d '\\r' | grep -qix "${PROOF_HEADER}: $key $idle" || exit 1
done || fail 'After the switch the edge did not answer from the right color.' 'docker logs ${EDGE_NAME}'
trap '' INT TERM HUP

at=$(now)
write_file state.json "{\\"active\\":\\"$idle\\",\\"colors\\":{\\"$idle\\":{\\"release\\":\\"$target\\",\\"since\\":\\"$at\\"},\\"$active\\":{\\"release\\":\\"$live\\",\\"since\\":\\"$at\\"}},\\"by\\":\\"$by\\",\\"run\\":\\"by hand\\"}"
note_end rolled-back
took=$(($(date +%s%3N) - began))
if [ "$(sed -n 's/^standby //p' "releases/$live/by-hand" 2>/dev/null)" != running ]; then
  drained "$active"
  ids=$(ids_of "$old" -q); [ -z "$ids" ] || stop $ids
fi
rm -f journal.json
echo "$key: $target serves ($idle), after $took ms. Forward again: $0 $app $environment --release $live"
`;
