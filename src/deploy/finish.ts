import { type Command, script } from '../commands/command.ts';
import { STILL_OURS } from './lease.ts';
import { WRITE_FILE } from './prepare.ts';
import { REMOVE_PROJECT } from './project.ts';
import type { Entry, State } from './records.ts';

export interface FinishRequest {
  readonly root: string;
  readonly token: string;
  readonly state: State;
  readonly entry: Entry;
  /** Project of the color that served before; undefined at a first deploy. */
  readonly oldProject: string | undefined;
  readonly standby: 'running' | 'stopped' | 'none';
  readonly standbyMs: number;
  /** Releases that are kept no longer. */
  readonly remove: readonly string[];
  /** Prefix of our image names for this app. */
  readonly imagePrefix: string;
}

/**
 * Removes releases, and those of our images that no release of the app names any more. Arguments of the function:
 * the environment's folder, the image prefix, release ids.
 */
export const PRUNE = `prune() {
  root=$1; prefix=$2; shift 2
  [ $# -gt 0 ] || return 0
  for id in "$@"; do rm -rf "$root/releases/$id"; done
  docker image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=$prefix*" | while read -r image; do
    cat "$root"/../*/releases/*/images 2>/dev/null | grep -qxF "$image" || docker image rm "$image" >/dev/null 2>&1
  done
}`;

/**
 * The end of a change: what is true now is written down first, then the old color is put aside as the standby policy
 * says, and only then the journal goes. A crash between leaves the journal, and the next run does the rest.
 */
export function finish(request: FinishRequest): Command {
  const source = `
set -u; umask 077
${STILL_OURS}
${WRITE_FILE}
${REMOVE_PROJECT}
${PRUNE}
root=$1; token=$2; state=$3; entry=$4; old=$5; standby=$6; seconds=$7; prefix=$8; shift 8
still_ours "$root" "$token"; cd "$root" || exit 70
write_file state.json "$state" || exit 70
printf '%s\\n' "$entry" >>ledger.jsonl && sync ledger.jsonl || exit 70
if [ -n "$old" ]; then
  ids=$(docker ps -q --filter "label=com.docker.compose.project=$old")
  case $standby in
    running)
      [ -z "$ids" ] || nohup sh -c 'sleep "$0"; root=$1; shift; flock "$root/lease.lock" docker stop "$@"' \\
        "$seconds" "$root" $ids >/dev/null 2>&1 </dev/null & ;;
    stopped) [ -z "$ids" ] || docker stop $ids >/dev/null ;;
    none) [ -z "$ids" ] || docker stop $ids >/dev/null; remove_project "$root" "$old" ;;
  esac
fi
rm -f journal.json
prune "$root" "$prefix" "$@"
grep -qF "$token" lease 2>/dev/null && rm -f lease; :`;
  return script(source, [
    request.root,
    request.token,
    JSON.stringify(request.state),
    JSON.stringify(request.entry),
    request.oldProject ?? '',
    request.standby,
    String(Math.round(request.standbyMs / 1000)),
    request.imagePrefix,
    ...request.remove,
  ]);
}

/** Takes a release that did not make it away again: its containers, its folder, its journal; and notes it. */
export function discard(
  root: string,
  token: string,
  project: string,
  release: string,
  entry: Entry,
): Command {
  const source = `
set -u; umask 077
${STILL_OURS}
${REMOVE_PROJECT}
still_ours "$1" "$2"; cd "$1" || exit 70
remove_project "$1" "$3"
[ -z "$4" ] || rm -rf "releases/$4" releases/.new
printf '%s\\n' "$5" >>ledger.jsonl
rm -f journal.json`;
  return script(source, [root, token, project, release, JSON.stringify(entry)]);
}

/**
 * Which releases go: all but the newest `retain` that were ever live, and never the ones that stand on a color.
 * @param good ids that went live, oldest first.
 */
export function releasesToRemove(
  all: readonly string[],
  good: readonly string[],
  standing: readonly string[],
  retain: number,
): string[] {
  const keep = new Set([...standing, ...good.filter((id) => all.includes(id)).slice(-retain)]);
  return all.filter((id) => !keep.has(id));
}
