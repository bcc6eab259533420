# shellcheck shell=bash
# Debian and Ubuntu packages, from the sources that this machine itself uses. To be sourced after common.sh.

# Prints one field of /etc/os-release, such as ID or VERSION_CODENAME; empty when it has none.
os_release() {
  # shellcheck disable=SC1091 # the file is the machine's own
  (. /etc/os-release 2>/dev/null && eval "printf '%s\n' \"\${$1:-}\"")
}

# apt_stanza SUITE: prints a deb822 stanza for another suite of the archive this machine installs from:
# the same URI and signing options as the entry of its own release. Fails when there is no such entry.
apt_stanza() {
  local suite=$1 own
  own=$(os_release VERSION_CODENAME)
  local files=() file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] && files+=("$file")
  done
  [ ${#files[@]} -gt 0 ] || return 1
  awk -v own="$own" -v suite="$suite" -f "${BASH_SOURCE[0]%/*}/apt-stanza.awk" "${files[@]}"
}

# True when apt already knows the package NAME in a version that it would install.
apt_knows() { [[ $(apt-cache policy -- "$1" 2>/dev/null) == *'Candidate: '[!\(]* ]]; }

is_installed() { [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) == *'ok installed' ]]; }

# Runs apt-get without a question, however debconf and dpkg are set up here.
apt_quiet() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -y -q \
    -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# Ends the script when it does not run as root; WHAT says what root is needed for.
need_root() {
  [ "$(id -u)" = 0 ] || die "$1 needs root" 'run this as root (sudo), or do that by hand once'
}

# ensure_packages NAME...: installs those of the named packages that are not installed yet.
ensure_packages() {
  local name missing=()
  for name in "$@"; do
    is_installed "$name" || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || die "this needs the packages ${missing[*]}, and here is no apt-get" \
    'use Debian 12 or newer, or Ubuntu, or install what provides them'
  need_root "installing ${missing[*]}"
  for name in "${missing[@]}"; do
    if ! apt_knows "$name"; then
      timed 'reading the package lists' apt_quiet update
      break
    fi
  done
  timed "installing ${missing[*]}" apt_install "${missing[@]}"
}

# Installs, and when the lists are too old (a file is gone from the mirror) reads them once more.
apt_install() {
  apt_quiet install --no-install-recommends "$@" ||
    { apt_quiet update && apt_quiet install --no-install-recommends "$@"; }
}

# unpacked_command COMMAND PACKAGE: prints the path of a command of a package, and unpacks the package into the cache
# folder when the command is not there. For packages that would start a service if they were installed.
unpacked_command() {
  local command=$1 package=$2 folder
  command -v "$command" && return
  folder="$(cache_home)/packages/$package"
  [ -x "$folder/usr/bin/$command" ] || with_lock "package-$package" unpack_package "$package" "$folder" "$command"
  printf '%s\n' "$folder/usr/bin/$command"
}

unpack_package() {
  local package=$1 folder=$2 command=$3 new
  [ -x "$folder/usr/bin/$command" ] && return
  command -v apt-get >/dev/null || die "this needs $command, and here is no apt-get" "put $command on PATH"
  if ! apt_knows "$package"; then
    need_root "reading the package lists for $package"
    timed 'reading the package lists' apt_quiet update
  fi
  new=$(mktemp -d "$(cache_home)/unpack.XXXXXX")
  (cd "$new" && timed "fetching $package" apt_quiet download "$package" && dpkg-deb -x ./*.deb root) ||
    die "could not fetch $package" "put $command on PATH"
  mkdir -p "${folder%/*}"
  rm -rf "$folder"
  mv "$new/root" "$folder"
  rm -rf "$new"
}
