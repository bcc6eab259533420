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

# ensure_rootfs NAME SUITE: sets ROOTFS to that image, bootstrapped from the machine's own mirror when it is
# not there yet.
ensure_rootfs() {
  local name=$1 suite=$2
  ROOTFS=$(rootfs_image "$name" "$suite")
  has_image "$ROOTFS" && return
  ensure_packages mmdebstrap
  timed "bootstrapping Debian $suite for rootfs-$name (a minute or two, once)" bootstrap "$name" "$suite"
  forget_older "$ROOTFS"
}

# Valid-Until is not checked, so that a mirror that lags, or a clock that is ahead, is good enough for tests;
# signatures are. (dpkg's path-exclude would make the whole ten times slower: finish removes files instead.)
# The image gets its tag as the last step, so it is complete or not there at all.
bootstrap() {
  local name=$1 suite=$2 stanza id
  stanza=$(apt_stanza "$suite") || {
    echo 'This needs a Debian mirror, and no apt source of this machine is one.' >&2
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
  docker tag "$id" "$ROOTFS"
}

# ensure_layer NAME: sets IMAGE to the image of the folder rig/NAME (a Dockerfile FROM $ROOTFS).
ensure_layer() {
  local name=$1
  IMAGE="$IMAGE_PREFIX/$name:$(recipe_hash "$name" <<<"$ROOTFS")"
  has_image "$IMAGE" && return
  timed "building $IMAGE" docker build --quiet --network none --build-arg "ROOTFS=$ROOTFS" -t "$IMAGE" \
    "$RIG_SOURCE/$name"
  forget_older "$IMAGE"
}

# Sets SERVER_IMAGE and REGISTRY_IMAGE.
ensure_own_images() {
  ensure_rootfs server trixie
  ensure_layer server
  SERVER_IMAGE=$IMAGE
  ensure_layer registry
  REGISTRY_IMAGE=$IMAGE
}
