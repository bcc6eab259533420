# shellcheck shell=bash
# The servers of one rig: containers restaurant-deploy-$RIG_NAME-N on a network of their own, each with a
# volume for its Docker. To be sourced; RIG_STATE is the folder of this rig's keys.

readonly LABEL="restaurant-deploy.rig"

network_name() { printf 'restaurant-deploy-%s\n' "$RIG_NAME"; }
server_name() { printf 'restaurant-deploy-%s-%s\n' "$RIG_NAME" "$1"; }
has_container() { docker container inspect "$1" >/dev/null 2>&1; }

# Prints the numbers of the servers that exist, in order.
server_numbers() {
  docker ps -a --filter "label=$LABEL=$RIG_NAME" --format "{{.Label \"$LABEL.number\"}}" | sort -n
}

# wait_for SECONDS WHAT COMMAND...: runs the command again and again until it succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || die "$what is not ready in time" 'script/rig down, then up again' \
      'look at: docker logs CONTAINER; docker exec CONTAINER tail /var/log/dockerd.log /var/log/sshd.log'
    sleep 0.1
  done
}

ensure_keys() {
  mkdir -p "$RIG_STATE"
  chmod 0700 "$RIG_STATE"
  [ -s "$RIG_STATE/key" ] && [ -s "$RIG_STATE/key.pub" ] && return
  ensure_packages openssh-client
  rm -f "$RIG_STATE/key" "$RIG_STATE/key.pub"
  ssh-keygen -q -t ed25519 -N '' -C "rig $RIG_NAME" -f "$RIG_STATE/key" </dev/null
}

ensure_network() {
  local joined
  docker network inspect "$(network_name)" >/dev/null 2>&1 ||
    docker network create --label "$LABEL=$RIG_NAME" "$(network_name)" >/dev/null
  joined=$(docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "$REGISTRY")
  [[ " $joined" == *" $(network_name) "* ]] ||
    docker network connect --alias registry "$(network_name)" "$REGISTRY"
}

# A new server with an empty Docker; fails when one of its ports was taken in between.
create_server() {
  local number=$1 name ports
  name=$(server_name "$number")
  docker volume rm -f "$name" >/dev/null
  mapfile -t ports < <(free_ports 3)
  docker create --name "$name" --hostname "server-$number" --network "$(network_name)" --privileged \
    --label "$LABEL=$RIG_NAME" --label "$LABEL.number=$number" \
    --tmpfs /run:exec,dev,suid,mode=755 --tmpfs /tmp:exec,mode=1777 -v "$name:/var/lib/docker" \
    -p "127.0.0.1:${ports[0]}:22" -p "127.0.0.1:${ports[1]}:80" -p "127.0.0.1:${ports[2]}:443" \
    -e "RIG_REGISTRY_PORT=$REGISTRY_PORT" "$SERVER_IMAGE" >/dev/null
}

# Makes the server when it is missing, starts it when it is stopped, and leaves it alone when it runs.
ensure_server() {
  local number=$1 name try
  name=$(server_name "$number")
  if ! has_container "$name"; then
    for try in 1 2 3; do
      create_server "$number" && docker start "$name" >/dev/null && return
      docker rm -f "$name" >/dev/null 2>&1 || true
      say "server $number did not start (see above), try $try of 3"
    done
    die "server $number cannot be started" 'look at the free space (df -h) and at docker logs'
  fi
  if [ "$(docker container inspect --format '{{.Config.Image}}' "$name")" != "$SERVER_IMAGE" ]; then
    say "server $number is of an older recipe; script/rig down, then up, makes a new one"
  fi
  docker start "$name" >/dev/null || die "server $number does not start again (see above)" \
    "when a port is taken: free it, or script/rig down"
}

sshd_answers() {
  local banner
  exec 3<>"/dev/tcp/127.0.0.1/$1" && read -r -t 2 banner <&3 && [[ $banner == SSH-2.0-* ]]
}

dockerd_answers() { docker exec "$1" curl -fsS --unix-socket /run/docker.sock http://docker/_ping; }

wait_for_server() {
  local number=$1 name ssh
  name=$(server_name "$number")
  read -r ssh <<<"$(published_ports "$name" 22)"
  wait_for 60 "dockerd of server $number" dockerd_answers "$name"
  wait_for 30 "sshd of server $number" in_subshell sshd_answers "$ssh"
}

# Runs a command that leaves descriptors open in a process of its own.
in_subshell() { ("$@"); }

# Lets the key of this rig in, also after the cache folder was emptied and a new key was made.
let_in() {
  docker exec -i -u deploy "$(server_name "$1")" sh -c 'umask 077; cat >"$HOME/.ssh/authorized_keys"' \
    <"$RIG_STATE/key.pub"
}

write_known_hosts() {
  local number name ssh file="$RIG_STATE/known_hosts" fresh
  fresh=$(mktemp "$file.XXXXXX")
  for number in $(server_numbers); do
    name=$(server_name "$number")
    read -r ssh <<<"$(published_ports "$name" 22)"
    docker exec "$name" sh -c 'cat /etc/ssh/ssh_host_*_key.pub' |
      awk -v host="[127.0.0.1]:$ssh" '{ print host, $1, $2 }'
  done >"$fresh"
  mv "$fresh" "$file"
}

# Prints what the rig is, as lines for a shell.
print_rig() {
  local number name ssh http https registry
  for number in $(server_numbers); do
    name=$(server_name "$number")
    read -r ssh http https <<<"$(published_ports "$name" 22 80 443)"
    printf 'RIG_HOST_%s=%q\n' "$number" "deploy@127.0.0.1:$ssh"
    printf 'RIG_HTTP_%s=%q\n' "$number" "http://127.0.0.1:$http"
    printf 'RIG_HTTPS_%s=%q\n' "$number" "https://127.0.0.1:$https"
    printf 'RIG_CONTAINER_%s=%q\n' "$number" "$name"
  done
  printf 'RIG_KEY=%q\nRIG_KNOWN_HOSTS=%q\n' "$RIG_STATE/key" "$RIG_STATE/known_hosts"
  read -r registry <<<"$(published_ports "$REGISTRY" 5000)"
  printf 'RIG_REGISTRY=%q\n' "127.0.0.1:$registry"
}

# Removes the servers of this rig, their volumes, network and keys. Nothing there is fine.
remove_servers() {
  local found
  found=$(docker ps -aq --filter "label=$LABEL=$RIG_NAME")
  # shellcheck disable=SC2086 # one argument an id
  [ -z "$found" ] || docker rm -f -v $found >/dev/null
  found=$(docker volume ls -q --filter "name=^restaurant-deploy-$RIG_NAME-[0-9]+\$")
  # shellcheck disable=SC2086
  [ -z "$found" ] || docker volume rm $found >/dev/null
  if docker network inspect "$(network_name)" >/dev/null 2>&1; then
    docker network disconnect -f "$(network_name)" "$REGISTRY" 2>/dev/null || true
    docker network rm "$(network_name)" >/dev/null
  fi
  rm -rf "$RIG_STATE"
}

# A partition: packets from and to the server vanish, connections stay open and silent. (Taking the
# container off its network would close them in good order instead, which no broken cable does.)
partition_cut() {
  partition_mend "$1"
  docker exec "$1" sh -ec 'iptables -w -t raw -I PREROUTING -i eth0 -j DROP
    iptables -w -t mangle -I POSTROUTING -o eth0 -j DROP'
}

partition_mend() {
  docker exec "$1" sh -c 'while iptables -w -t raw -D PREROUTING -i eth0 -j DROP; do :; done
    while iptables -w -t mangle -D POSTROUTING -o eth0 -j DROP; do :; done' 2>/dev/null
}

# A root shell in the server, or one command: several words are run as they are, one word is a line for the
# shell. Standard input is passed on. Ends with the command's code.
shell_on() {
  local container=$1 options=(-i)
  shift
  [ -t 0 ] && [ -t 1 ] && options+=(-t)
  case $# in
    0) set -- bash -l ;;
    1) set -- bash -c "$1" ;;
  esac
  exec docker exec "${options[@]}" "$container" "$@"
}
