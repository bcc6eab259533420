# shellcheck shell=bash
# The registry, one for all rigs of this machine. It is reached as `registry:5000` on a rig's network, and
# as 127.0.0.1:$REGISTRY_PORT on the runner side and (forwarded) inside each server. To be sourced.

readonly REGISTRY=restaurant-deploy-registry

# Starts the registry when it is not running and sets REGISTRY_PORT.
ensure_registry() {
  if ! docker inspect "$REGISTRY" >/dev/null 2>&1; then
    REGISTRY_PORT=5005
    if (exec 3<>/dev/tcp/127.0.0.1/5005) 2>/dev/null; then
      REGISTRY_PORT=$(free_ports 1)
      say "port 5005 is taken by something else: the registry gets $REGISTRY_PORT"
    fi
    docker run -d --name "$REGISTRY" --label restaurant-deploy.rig=shared --restart unless-stopped \
      -p "127.0.0.1:$REGISTRY_PORT:5000" -v "$REGISTRY:/var/lib/registry" "$REGISTRY_IMAGE" >/dev/null ||
      die 'the registry did not start (see above)' "docker rm -f $REGISTRY, then try again"
  fi
  read -r REGISTRY_PORT <<<"$(published_ports "$REGISTRY" 5000)"
  docker start "$REGISTRY" >/dev/null || die 'the registry did not start (see above)' \
    "when its port $REGISTRY_PORT is taken: docker rm -f $REGISTRY and script/rig down, then try again"
  wait_for 20 'the registry' curl -fsS -o /dev/null "http://127.0.0.1:$REGISTRY_PORT/v2/"
}

# push_to_registry NAME:TAG: puts the local image of that name into the registry as library/NAME:TAG,
# when the registry does not hold that very image yet.
push_to_registry() {
  local image=$1 target="127.0.0.1:$REGISTRY_PORT/library/$1" held pushed
  held=$(curl -s -I -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
    "http://127.0.0.1:$REGISTRY_PORT/v2/library/${image%:*}/manifests/${image##*:}" |
    tr -d '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p')
  pushed=$(docker image inspect --format '{{join .RepoDigests " "}}' "$image")
  [[ -n $held && " $pushed " == *" ${target%:*}@$held "* ]] && return
  docker tag "$image" "$target"
  timed "pushing $image to the rig's registry" docker push --quiet "$target"
}
