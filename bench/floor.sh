# shellcheck shell=sh
# The bare work of a change, done by hand on the server: what no tool can be quicker than. Run there by sh -s with
# the arguments FOLDER KIND [PROJECT]; prints milliseconds.
#   deploy            start the other color, wait until it is healthy, tell the edge, stop the old color
#   start PROJECT     start the stopped containers of a project, and wait until they are healthy
set -eu
cd "$1"

now() { date +%s%3N; }

healthy() {
  for id in $(docker ps -aq --filter "label=com.docker.compose.project=$1"); do
    until [ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" = healthy ]; do sleep 0.02; done
  done
}

# A write to disk and one command to the edge, as the switch is. The key belongs to nobody.
switch() {
  echo "floor $1" >active.new && sync active.new && mv active.new active
  echo "set map /edge/maps/active.map floor $1" |
    socat - "UNIX-CONNECT:$HOME/.restaurant-deploy/edge/run/admin.sock" >/dev/null
}

case $2 in
  deploy)
    old=$(cat color 2>/dev/null || echo green)
    new=blue; [ "$old" = green ] || new=green
    docker ps -aq --filter "label=com.docker.compose.project=floor-$new" | xargs -r docker rm -f >/dev/null
    began=$(now)
    docker compose -p "floor-$new" up -d >/dev/null 2>&1
    healthy "floor-$new"
    switch "$new"
    docker ps -q --filter "label=com.docker.compose.project=floor-$old" | xargs -r docker stop >/dev/null
    ended=$(now)
    echo "$new" >color
    ;;
  start)
    docker ps -q --filter "label=com.docker.compose.project=$3" | xargs -r docker stop >/dev/null
    began=$(now)
    docker compose -p "$3" start >/dev/null 2>&1
    healthy "$3"
    ended=$(now)
    ;;
esac
echo $((ended - began))
