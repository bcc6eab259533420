import { type Command, script } from '../commands/command.ts';

/** A lease without a heartbeat for so long belongs to nobody: its holder is dead. */
export const STALE_SECONDS = 90;
/** Between two heartbeats; four may be lost before the lease is stale. */
export const HEARTBEAT_MS = 15_000;

/** Exit code when somebody else holds the lease; their record is then on standard output. */
export const HELD = 75;

/**
 * sh source that takes the lease of an environment's folder, or finds it held. `$1` folder, `$2` our record (JSON
 * that holds the token), `$3` the token. The age of a lease is measured by the host's own clock alone, and the lock
 * makes look and take one step: two runs that race can not both win. After the clock was set back a lease counts from
 * now, or it would be held for as long as the clock jumped. It is cat that writes: a shell's own printf does not say
 * that the disk is full.
 */
export const ACQUIRE = `(
  umask 077; mkdir -p "$1/releases" && cd "$1" || exit 70
  exec 9>lease.lock; flock -w 10 9 || { echo "$1/lease.lock stays locked" >&2; exit 70; }
  if [ -f lease ] && ! grep -qF "$3" lease && at=$(stat -c %Y lease 2>/dev/null); then
    age=$(( $(date +%s) - at ))
    if [ "$age" -lt 0 ]; then touch lease; age=0; fi
    if [ "$age" -le ${STALE_SECONDS} ]; then echo "$age"; cat lease; exit ${HELD}; fi
    echo "stale $age $(cat lease)" >&2
  fi
  printf '%s' "$2" | cat >lease.new && mv lease.new lease || { rm -f lease.new; exit 1; }
)`;

/** sh function that ends the script when the lease is no longer ours: a change never goes on without it. */
export const STILL_OURS = `still_ours() { grep -qF "$2" "$1/lease" 2>/dev/null || { echo "the lease of $1 is no longer ours" >&2; exit ${HELD}; }; }`;

/** sh function that gives the lease back, when it is ours; look and removal are one step here too. */
export const GIVE_BACK = `give_back() {
  ( cd "$1" 2>/dev/null || exit 0
    exec 9>lease.lock; flock -w 5 9 || exit 0
    grep -qF "$2" lease 2>/dev/null && rm -f lease; : )
}`;

/** Renews the lease; exit code 75 when it is no longer ours. One that was given back meanwhile does not come again. */
export function heartbeat(root: string, token: string): Command {
  return script(`${STILL_OURS}\nstill_ours "$1" "$2"; touch -c "$1/lease"`, [root, token]);
}

/** Gives the lease back, when it is ours. */
export function release(root: string, token: string): Command {
  return script(`${GIVE_BACK}\ngive_back "$1" "$2"`, [root, token]);
}
