# shellcheck shell=bash
# Words that every script says the same way: progress, errors, the cache folder, one-at-a-time.
# To be sourced. Standard output belongs to the caller: everything here speaks on standard error.

# Prints one progress line.
say() { printf -- '-- %s\n' "$*" >&2; }

# die WHAT [REMEDY...]: prints what went wrong and how to mend it, and ends the script with 1.
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  local remedy
  for remedy in "$@"; do printf '  remedy: %s\n' "$remedy" >&2; done
  exit 1
}

# The folder for everything that can be made again (logs, keys of the rig, locks); made when missing.
cache_home() {
  local home="${XDG_CACHE_HOME:-${HOME:?}/.cache}/restaurant-deploy"
  mkdir -p "$home" || die "cannot make the cache folder $home" 'set XDG_CACHE_HOME to a folder you can write to'
  printf '%s\n' "$home"
}

# timed WHAT COMMAND...: runs a slow command quietly, says how long it took, and shows the end of its
# output when it fails. The command runs without errexit, so a function given here must chain with &&.
timed() {
  local what=$1 began=$SECONDS output
  shift
  output=$(mktemp) || die 'cannot make a temporary file' 'look at the free space: df -h /tmp'
  say "$what ..."
  if "$@" >"$output" 2>&1 </dev/null; then
    say "$what: $((SECONDS - began)) s"
    rm -f "$output"
    return 0
  fi
  tail -n 40 "$output" >&2
  rm -f "$output"
  die "failed: $what (the end of its output is above)"
}

# with_lock NAME COMMAND...: runs the command while holding a lock that all scripts of this user share.
# Waits up to 15 minutes for another holder: building base images takes some. The lock goes with the
# process, so a killed script leaves none behind; children that outlive it must close descriptor 9.
with_lock() {
  local file
  file="$(cache_home)/$1.lock"
  shift
  (
    if ! flock -n 9; then
      say "waiting for another run that holds $file"
      flock -w 900 9 || die "another run has held $file for 15 minutes" "see who: fuser $file"
    fi
    "$@"
  ) 9>>"$file"
}
