# shellcheck shell=bash
# The rig's own images. Each is tagged with the hash of its recipe, so that a second run finds it and a
# changed recipe makes a new one. To be sourced after script/lib; RIG_SOURCE is the folder rig/.

readonly IMAGE_PREFIX=restaurant-deploy

# Prints 12 digits that change with any file given (folders go whole) or with standard input.
recipe_hash() {
  (cd "$RIG_SOURCE" && { cat; find "$@" -type f -print0 | sort -z | xargs -0 sha256sum; } |
    sha256sum | cut -c 1-12)
}

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

# Removes other tags of the same image than the one given; those still in use stay.
forget_older() {
  local tag
  docker image ls --format '{{.Repository}}:{{.Tag}}' "${1%:*}" | while read -r tag; do
    [ "$tag" = "$1" ] || docker image rm "$tag" >/dev/null 2>&1 || true
  done
}

# Prints the name of the image with the packages of rootfs/NAME.packages from SUITE of Debian.
rootfs_image() {
  local name=$1 suite=$2
  printf '%s/rootfs-%s:%s\n' "$IMAGE_PREFIX" "$name" \
    "$(recipe_hash "rootfs/$name.packages" rootfs/finish <<<"$suite")"
}

# ensure_rootfs NAME SUITE: makes that image when it is not there yet: on Debian from the machine's own mirror,
# elsewhere from the official image of Debian. Prints its name.
ensure_rootfs() {
  local name=$1 suite=$2 image
  image=$(rootfs_image "$name" "$suite")
  has_image "$image" || make_rootfs "$name" "$suite" "$image"
  printf '%s\n' "$image"
}

make_rootfs() {
  local name=$1 suite=$2 image=$3
  need_space
  if [ "$(os_release ID)" = debian ]; then
    ensure_packages mmdebstrap
    timed "bootstrapping Debian $suite for rootfs-$name (a minute or two, once)" bootstrap "$@"
  else
    timed "installing packages of Debian $suite for rootfs-$name (a minute or two, once)" \
      install_into_official "$@"
  fi
  forget_older "$image"
}

# Ends the script when Docker's disk is nearly full: a build that runs out of space says so only at its end.
need_space() {
  local folder free
  folder=$(docker info --format '{{.DockerRootDir}}')
  [ -d "$folder" ] || return 0
  free=$(df --output=avail -BM "$folder" | tail -n 1 | tr -dc 0-9)
  [ "$free" -ge 4000 ] || die "only $free MB are free in $folder, and the images of the rig need 4000" \
    'make room, for instance by docker system prune'
}

install_into_official() {
  local name=$1 suite=$2 image=$3
  docker build -t "$image" --build-context "rootfs=$RIG_SOURCE/rootfs" - <<DOCKERFILE
FROM debian:$suite-slim
RUN --mount=from=rootfs,target=/rootfs apt-get update \
 && apt-get install -y --no-install-recommends \$(cat /rootfs/$name.packages) \
 && rm -rf /var/lib/apt/lists/* && /rootfs/finish /
DOCKERFILE
}

# Valid-Until is not checked, so that a mirror that lags, or a clock that is ahead, is good enough for tests;
# signatures are. (finish removes files afterwards because dpkg's path-exclude makes the whole twice as slow.)
# The image gets its tag as the last step, so it is complete or not there at all.
bootstrap() {
  local name=$1 suite=$2 image=$3 stanza id
  stanza=$(apt_stanza "$suite") || {
    echo "No apt source of this machine has the component main of $(os_release VERSION_CODENAME)." >&2
    return 1
  }
  id=$(
    set -o pipefail
    mmdebstrap --variant=minbase --format=tar \
      --include="$(paste -sd, "$RIG_SOURCE/rootfs/$name.packages")" \
      --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
      --customize-hook="$RIG_SOURCE/rootfs/finish" \
      "$suite" - - <<<"$stanza" | docker import -
  ) || {
    [ -z "$id" ] || docker image rm "$id" >/dev/null
    return 1
  }
  docker tag "$id" "$image"
}

# ensure_layer NAME ROOTFS: builds the folder rig/NAME (a Dockerfile FROM $ROOTFS) when that image is not there
# yet. Prints its name.
ensure_layer() {
  local name=$1 rootfs=$2 image
  image="$IMAGE_PREFIX/$name:$(recipe_hash "$name" <<<"$rootfs")"
  if ! has_image "$image"; then
    timed "building $image" docker build --quiet --network none --build-arg "ROOTFS=$rootfs" -t "$image" \
      "$RIG_SOURCE/$name"
    forget_older "$image"
  fi
  printf '%s\n' "$image"
}

# ensure_own_images: sets SERVER_IMAGE and REGISTRY_IMAGE.
ensure_own_images() {
  local rootfs
  rootfs=$(ensure_rootfs server trixie)
  SERVER_IMAGE=$(ensure_layer server "$rootfs")
  REGISTRY_IMAGE=$(ensure_layer registry "$rootfs")
}

# Prints one word that changes with any recipe, with the CA bundle, and with any image or registry container
# that was made, removed or replaced. It takes one call of docker, where looking at each takes thirty.
images_state() {
  local images
  mapfile -t images < <(grep -v '^#' "$RIG_SOURCE/standins/list" | cut -d ' ' -f 1)
  {
    recipe_hash rootfs server registry standins <"$(machine_ca_bundle)"
    docker inspect --format '{{.Id}}' "$REGISTRY" "$SERVER_IMAGE" "$REGISTRY_IMAGE" "${images[@]}"
  } 2>/dev/null | sha256sum | cut -c 1-64
}

# True when nothing has changed since remember_images; then it sets what ensure_own_images sets.
images_are_current() {
  local stamp state
  stamp="$(cache_home)/images"
  [ -f "$stamp" ] && read -r state SERVER_IMAGE REGISTRY_IMAGE <"$stamp" && [ "$state" = "$(images_state)" ]
}

remember_images() {
  printf '%s %s %s\n' "$(images_state)" "$SERVER_IMAGE" "$REGISTRY_IMAGE" >"$(cache_home)/images"
}
