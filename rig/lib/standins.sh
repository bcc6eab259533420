# shellcheck shell=bash
# The official images that compose files and Dockerfiles name. Where the real registry answers, they are the
# real ones; where it does not, stand-ins made of Debian packages take their names. To be sourced.

readonly STAND_IN_LABEL=restaurant-deploy.stand-in

# Has every image of standins/list on this machine and in the rig's registry.
ensure_images() {
  local image rootfs folder
  while read -r image rootfs folder; do
    case "$image" in '#'*) continue ;; esac
    ensure_image "$image" "$rootfs" "$folder"
    push_to_registry "$image"
  done <"$RIG_SOURCE/standins/list"
  docker image prune --force --filter "label=$STAND_IN_LABEL" >/dev/null
}

# Leaves a real image and an up-to-date stand-in alone; else pulls the real one or builds the stand-in.
ensure_image() {
  local image=$1 rootfs=$2 folder=$3 recipe
  recipe=$(stand_in_recipe "$rootfs" "$folder")
  if has_image "$image"; then
    case "$(docker image inspect --format "{{index .Config.Labels \"$STAND_IN_LABEL\"}}" "$image")" in
      '' | "$recipe") return ;;
    esac
  fi
  real_registry_answers && timed "pulling $image" docker pull --quiet "$image" && return
  rootfs=$(ensure_rootfs "$rootfs" forky)
  gather_machine_settings
  timed "building a stand-in for $image" docker build --quiet --network none --build-arg "ROOTFS=$rootfs" \
    --build-context "machine=$(cache_home)/machine" --build-context "alpine=$RIG_SOURCE/standins/alpine" \
    --label "$STAND_IN_LABEL=$recipe" -t "$image" "$RIG_SOURCE/standins/$folder"
}

# Prints what a stand-in is made of, as a hash. Only that of node depends on the machine.
stand_in_recipe() {
  recipe_hash "standins/$2" standins/alpine < <(
    rootfs_image "$1" forky
    [ "$1" != node ] || sha256sum <"$(machine_ca_bundle)"
  )
}

# True when official images can be pulled here; asked once a run, with a small one and little patience.
real_registry_answers() {
  if [ -z "${REAL_REGISTRY:-}" ]; then
    say 'asking the registry of the official images ...'
    REAL_REGISTRY=no
    timeout 20 docker pull --quiet hello-world:latest >/dev/null 2>&1 </dev/null && REAL_REGISTRY=yes
    [ "$REAL_REGISTRY" = yes ] || say 'it does not answer: using stand-ins made of Debian packages'
  fi
  [ "$REAL_REGISTRY" = yes ]
}

# Prints the file with the certificate authorities that this machine trusts.
machine_ca_bundle() {
  local file
  for file in "${NODE_EXTRA_CA_CERTS:-}" "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt; do
    [ -s "$file" ] && printf '%s\n' "$file" && return
  done
  die 'this machine has no bundle of certificate authorities' 'apt-get install ca-certificates'
}

# Writes the build context "machine": what `npm ci` and `apt-get install` need in a build here. No credentials
# are copied.
gather_machine_settings() {
  local folder registry
  folder="$(cache_home)/machine"
  mkdir -p "$folder"
  cp "$(machine_ca_bundle)" "$folder/ca-certificates.crt"
  registry=$(cd / && npm config get registry 2>/dev/null) || registry=
  {
    echo 'cafile=/etc/ssl/certs/ca-certificates.crt'
    case "$registry" in
      *@*) say 'the npm registry of this machine wants a password; stand-ins use the public one' ;;
      http*) echo "registry=$registry" ;;
    esac
  } >"$folder/npmrc"
  # The npm that Node 22 comes with; Debian's own would bring four hundred packages.
  [ -s "$folder/npm.tgz" ] || fetch_npm "$folder"
  apt_stanza forky | grep -v '^Signed-By' >"$folder/debian.sources"
}

fetch_npm() {
  local fetched
  if ! fetched=$(cd "$1" && npm pack --silent npm@10 </dev/null); then
    die 'npm could not be fetched with npm pack npm@10' 'look at the registry settings: npm config list'
  fi
  mv "$1/$fetched" "$1/npm.tgz"
}
