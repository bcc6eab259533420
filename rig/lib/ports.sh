# shellcheck shell=bash
# Loopback ports for what the rig publishes. To be sourced.

# Prints COUNT free loopback ports. They lie below the range that systems give to outgoing connections, and
# those of a stopped rig count as taken, so that a server keeps its ports for as long as it exists.
free_ports() {
  local count=$1 port taken
  taken=" $(docker ps -aq --filter label=restaurant-deploy.rig |
    xargs -r docker inspect --format '{{range .HostConfig.PortBindings}}{{range .}}{{.HostPort}} {{end}}{{end}}' |
    tr '\n' ' ')"
  for ((port = 18022; port < 20000 && count > 0; port++)); do
    [[ $taken == *" $port "* ]] && continue
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
    printf '%s\n' "$port"
    count=$((count - 1))
  done
  [ "$count" -eq 0 ] || die 'no free loopback port between 18022 and 19999' 'remove rigs: script/rig down'
}

# Prints the loopback ports under which CONTAINER publishes its ports PORT..., running or not, on one line.
published_ports() {
  local container=$1 port format=
  shift
  for port in "$@"; do format+="{{range index .HostConfig.PortBindings \"$port/tcp\"}}{{.HostPort}} {{end}}"; done
  docker inspect --format "$format" "$container"
}
