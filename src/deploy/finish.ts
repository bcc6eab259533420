import { type Command, script } from '../commands/command.ts';
import { ACQUIRE, GIVE_BACK, HELD, STILL_OURS } from './lease.ts';
import { REMOVE_PROJECT } from './project-shell.ts';
import type { Entry, State } from './records.ts';
import { NOTE, WRITE_FILE } from './writes.ts';

export interface FinishRequest {
  readonly root: string;
  readonly token: string;
  readonly state: State;
  /** The ledger's line; undefined when it is there already. */
  readonly entry: Entry | undefined;
  /** Project of the color that served before; undefined at a first deploy. */
  readonly oldProject: string | undefined;
  readonly standby: 'running' | 'stopped' | 'none';
  readonly standbyMs: number;
  /** Releases that are kept no longer. */
  readonly remove: readonly string[];
  /** Prefix of our image names for this app. */
  readonly imagePrefix: string;
  /** The lease goes too, when nothing follows that needs it. */
  readonly giveBack: boolean;
}

/**
 * Removes those of our images that no release of the app names any more. Arguments of the function: the environment's
 * folder, the image prefix. While another environment of the app is being changed, nothing is: images that it counts on
 * may not stand in a release yet. The next time gets them.
 */
export const PRUNE_IMAGES = `prune_images() {
  [ -z "$(find "$1/.." -mindepth 2 -maxdepth 2 -name lease -mmin -2 ! -path "$1/../\${1##*/}/lease")" ] || return 0
  root=$1; prefix=$2
  docker image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=$prefix*" | while read -r image; do
    cat "$root"/../*/releases/*/images 2>/dev/null | grep -qxF "$image" || docker image rm "$image" >/dev/null 2>&1
  done
}`;

/**
 * Removes releases, and the images that nothing names then. Arguments of the function: the environment's folder, the
 * image prefix, release ids.
 */
export const PRUNE = `${PRUNE_IMAGES}
prune() {
  root=$1; prefix=$2; shift 2
  [ $# -gt 0 ] || return 0
  for id in "$@"; do rm -rf "$root/releases/\${id:?}"; done
  prune_images "$root" "$prefix"
}`;

/**
 * sh function that stops containers for good: they stay stopped over a reboot, or the workers of a standby would run
 * beside those of the live color.
 */
export const STOP = `stop() { docker update --restart=no "$@" >/dev/null; docker stop "$@" >/dev/null; }`;

/**
 * Stops a standby when its time is up. Arguments: seconds, the environment's folder, state.json as it was written when
 * the time began, and the containers. It takes the lease as every change does, and stops nothing when anything has
 * changed since: the color may have been rolled back to, or be on its way there, or hold a newer release. It waits for
 * who has the lease however long that takes, but not for ever for a lease that can not be taken, and not at all when the
 * environment is gone.
 */
const STANDBY_END = `
${GIVE_BACK}
${STOP}
acquire() ${ACQUIRE}
sleep "$1"; root=$2; state=$3; shift 3
token=standby-$$-$(date +%s)
record() { printf '{"token":"%s","by":"the end of a standby","run":"local","since":"%s"}' "$token" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"; }
[ -d "$root" ] || exit 0
left=100
until acquire "$root" "$(record)" "$token"; do
  [ $? -eq ${HELD} ] || left=$((left - 1))
  [ "$left" -gt 0 ] && [ -d "$root" ] || exit 1
  sleep 5
done
if [ ! -e "$root/journal.json" ] && [ "$(cat "$root/state.json")" = "$state" ]; then stop "$@"; fi
give_back "$root" "$token"`;

/**
 * The end of a change: what is true now is written down first, then the old color is put aside as the standby policy
 * says, and only then the journal goes. A crash between leaves the journal, and the next run does the rest.
 * Exit code 72: Docker does not answer; the journal is left.
 */
export function finish(request: FinishRequest): Command {
  const source = `
set -u; umask 077
${STILL_OURS}
${WRITE_FILE}
${REMOVE_PROJECT}
${NOTE}
${PRUNE}
${GIVE_BACK}
${STOP}
root=$1; token=$2; state=$3; entry=$4; old=$5; standby=$6; seconds=$7; prefix=$8; standby_end=$9; shift 9
still_ours "$root" "$token"; cd "$root" || exit 70
write_file state.json "$state" || exit 70
[ -z "$entry" ] || note "$entry" || exit 70
if [ -n "$old" ]; then
  ids=$(docker ps -q --filter "label=com.docker.compose.project=$old") || exit 72
  case $standby in
    running)
      [ -z "$ids" ] || nohup sh -c "$standby_end" restaurant-deploy "$seconds" "$root" "$state" $ids \\
        >/dev/null 2>&1 </dev/null & ;;
    stopped) [ -z "$ids" ] || stop $ids ;;
    none) [ -z "$ids" ] || stop $ids; remove_project "$root" "$old" || exit 72 ;;
  esac
fi
rm -f journal.json
prune "$root" "$prefix" "$@"
${request.giveBack ? 'give_back "$root" "$token"' : ':'}`;
  return script(source, [
    request.root,
    request.token,
    JSON.stringify(request.state),
    request.entry === undefined ? '' : JSON.stringify(request.entry),
    request.oldProject ?? '',
    request.standby,
    String(Math.round(request.standbyMs / 1000)),
    request.imagePrefix,
    STANDBY_END,
    ...request.remove,
  ]);
}

/**
 * Takes a release that did not make it away again: its containers, its folder, its journal; and notes it.
 * Exit code 72: Docker does not answer; the journal is left for the next run.
 */
export function discard(
  root: string,
  token: string,
  project: string,
  release: string,
  entry: Entry | undefined,
): Command {
  const source = `
set -u; umask 077
${STILL_OURS}
${REMOVE_PROJECT}
${NOTE}
still_ours "$1" "$2"; cd "$1" || exit 70
remove_project "$1" "$3" || exit 72
[ -z "$4" ] || rm -rf "releases/$4" releases/.new
[ -z "$5" ] || note "$5"
rm -f journal.json`;
  const line = entry === undefined ? '' : JSON.stringify(entry);
  return script(source, [root, token, project, release, line]);
}

/**
 * Which releases go: all but the newest `retain` that were ever live, and never the ones that stand on a color.
 * @param good ids that went live, oldest first; one that went live again counts by its last time.
 */
export function releasesToRemove(
  all: readonly string[],
  good: readonly string[],
  standing: readonly string[],
  retain: number,
): string[] {
  const newestFirst = [...new Set(good.filter((id) => all.includes(id)).reverse())];
  const keep = new Set([...standing, ...newestFirst.slice(0, retain)]);
  return all.filter((id) => !keep.has(id));
}
