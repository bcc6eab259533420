# shellcheck shell=bash
# A working Docker with Compose and Buildx. To be sourced after common.sh and apt.sh.

# ensure_docker: returns when `docker info`, `docker compose` and `docker buildx` work. Installs what lacks
# from the distribution's packages and starts the daemon; says what it does on standard error.
ensure_docker() {
  docker_works || with_lock docker install_and_start_docker
}

docker_answers() { docker version >/dev/null 2>&1; }

docker_has_plugins() { docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; }

# All of that in one call, for the usual case.
docker_works() {
  local found
  found=$(docker info --format '{{.ServerVersion}} {{range .ClientInfo.Plugins}}{{.Name}} {{end}}' 2>/dev/null)
  [[ $found == [0-9]*' buildx '* && $found == *' compose '* ]]
}

install_and_start_docker() {
  docker_works && return
  if [ "$(id -u)" != 0 ]; then
    die 'there is no Docker that this user can use (with Compose and Buildx)' \
      'run as root, or as a user in the group docker of a machine that has Docker, Compose and Buildx'
  fi
  if ! command -v dockerd >/dev/null && ! docker_answers || ! docker_has_plugins; then
    install_docker
    hash -r
  fi
  docker_answers || start_docker
  docker_works || die "Docker answers, but Compose or Buildx do not work" \
    'look at: docker compose version; docker buildx version'
}

install_docker() {
  case "$(os_release ID)" in
    debian) install_docker_debian ;;
    ubuntu) ensure_packages docker.io docker-compose-v2 docker-buildx iptables ;;
    *) die "no Docker here, and $(os_release PRETTY_NAME) is neither Debian nor Ubuntu" \
      'install Docker Engine >= 24 with Compose and Buildx' ;;
  esac
}

# Debian 13 and newer carry what is needed. Debian 12 takes these packages from Debian 13, pinned so low
# that nothing else follows; runc stays that of Debian 12, because the newer one would pull in a new libc.
install_docker_debian() {
  local packages=(docker.io docker-cli containerd docker-compose docker-buildx)
  local version stanza
  version=$(os_release VERSION_ID)
  if [ -n "$version" ] && [ "${version%%.*}" -lt 12 ]; then
    die "Debian $version is too old for a current Docker" 'use Debian 12 or newer'
  fi
  if [ "${version%%.*}" = 12 ]; then
    stanza=$(apt_stanza trixie) || die 'found no apt source with the component main of this release' \
      'add one to /etc/apt/sources.list.d'
    mkdir -p /etc/apt/sources.list.d /etc/apt/preferences.d
    printf '%s\n' "$stanza" >/etc/apt/sources.list.d/restaurant-deploy.sources
    {
      printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n\n'
      printf 'Package: %s\nPin: release n=trixie\nPin-Priority: 600\n' "${packages[*]}"
    } >/etc/apt/preferences.d/restaurant-deploy
    timed 'reading the package lists of Debian 13 (for Docker)' apt_quiet update
  fi
  ensure_packages "${packages[@]}" iptables
}

# Starts the daemon by systemd where that runs, else in the background, with its log in the cache folder.
start_docker() {
  local log
  log="$(cache_home)/dockerd.log"
  if [ -d /run/systemd/system ]; then
    log='journalctl -u docker'
    systemctl start docker || die 'systemd did not start Docker' "look at: $log"
  else
    say "starting dockerd in the background (log: $log)"
    # Descriptor 9 is the lock of with_lock, which the daemon must not keep.
    setsid nohup dockerd >>"$log" 2>&1 </dev/null 9>&- &
  fi
  local began=$SECONDS
  until docker_answers; do
    if [ $((SECONDS - began)) -ge 60 ]; then
      [ -f "$log" ] && tail -n 20 "$log" >&2
      die 'dockerd did not answer within 60 s' "look at its log: $log"
    fi
    sleep 0.2
  done
  say "dockerd answers after $((SECONDS - began)) s"
}
