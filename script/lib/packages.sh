# shellcheck shell=bash
# The npm packages of this repository, and the Node.js that the action runs on. To be sourced after common.sh;
# ROOT is the repository.

# ensure_node_modules: installs the packages of package-lock.json, unless those that are there came from this
# very lock file. Puts the Node.js of the action (a development dependency) first on PATH.
ensure_node_modules() {
  local version
  version=$(node --version 2>/dev/null) || die 'there is no Node.js here' 'install Node.js 20 or newer, with npm'
  version=${version#v}
  [ "${version%%.*}" -ge 20 ] || die "Node.js $version is too old to start with" 'install Node.js 20 or newer'
  command -v npm >/dev/null || die 'there is no npm here' 'install npm (Debian: apt-get install npm)'
  ensure_npm_ci "$ROOT"
  node_is_right || timed 'fetching the Node.js of the action' fetch_node
  export PATH="$ROOT/node_modules/node/bin:$PATH"
}

# ensure_npm_ci FOLDER: runs npm ci there, unless node_modules came from the package-lock.json as it is now.
ensure_npm_ci() {
  npm_ci_is_current "$1" || with_lock "npm-$(cksum <<<"$1" | cut -d ' ' -f 1)" npm_ci "$1"
}

lock_sum() { sha256sum <"$1/package-lock.json"; }

npm_ci_is_current() { [ "$(cat "$1/node_modules/.installed" 2>/dev/null)" = "$(lock_sum "$1")" ]; }

npm_ci() {
  npm_ci_is_current "$1" && return
  timed "installing the npm packages of ${1##*/}" npm --prefix "$1" ci
  lock_sum "$1" >"$1/node_modules/.installed"
}

node_is_right() { [[ $("$ROOT/node_modules/node/bin/node" --version 2>/dev/null) == v24.* ]]; }

# Install scripts are off (.npmrc); the one that is wanted fetches the binary.
fetch_node() {
  npm --prefix "$ROOT" rebuild node --ignore-scripts=false --foreground-scripts && node_is_right
}
