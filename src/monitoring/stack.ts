import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { archive } from '../commands/archive.ts';
import { type Command, script } from '../commands/command.ts';
import { alertmanagerFiles, type Told } from './alertmanager.ts';
import { FILES } from './files.ts';

/** The compose project of the stack. */
export const STACK = 'restaurant-deploy-monitoring';

/** All files of the stack, by path. */
export function stackFiles(told: readonly Told[]): Readonly<Record<string, string>> {
  const alertmanager = Object.entries(alertmanagerFiles(told));
  return {
    ...FILES,
    ...Object.fromEntries(alertmanager.map(([name, text]) => [`alertmanager/${name}`, text])),
  };
}

/**
 * Brings the stack's files, makes what is missing (the folders of its data, Grafana's password) and starts it; what runs
 * already and has not changed is left alone. All images are pulled first: without them nothing is changed, and nothing
 * stays of a first start. The folder of the metrics is for others to read: the node exporter runs as nobody.
 * Exit code 78: it does not come up, or not all of it stays up; why is on standard output.
 * @param home the folder of restaurant-deploy on the server.
 */
export function bringStack(home: string, told: readonly Told[]): { command: Command; input: Readable } {
  const files = stackFiles(told);
  const mark = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  const source = `
set -eu; umask 077; mkdir -p "$1/monitoring"; cd "$1/monitoring"
exec 9>lock; flock -w 60 9
rm -rf .new; mkdir .new; tar -xf - -C .new
printf 'RD_UID=%s\\nRD_GID=%s\\nRD_DOCKER_GID=%s\\nRD_CONFIG=%s\\n' "$(id -u)" "$(id -g)" \\
  "$(stat -c %g /var/run/docker.sock)" "$2" >.new/.env
compose() { docker compose --ansi never --progress plain -p "$project" "$@" </dev/null 2>&1 9>&-; }
project=$3
# Every image is there before anything is changed: what runs goes on as it is when one can not be had.
fetch() {
  images=$(compose --env-file .new/.env -f .new/compose.yml config --images) || { echo "$images"; return 1; }
  for image in $images; do
    docker image inspect "$image" >/dev/null 2>&1 || docker pull -q "$image" </dev/null 2>&1 >/dev/null 9>&- || {
      echo "the image $image can not be had"; return 1; }
  done
}
if ! fetch; then
  rm -rf .new
  [ -e compose.yml ] || { cd "$1" && rm -rf "$1/monitoring"; }
  exit 78
fi
mkdir -p "$1/metrics" "$1/edge/run"; chmod 755 "$1/metrics"
for file in .new/.env .new/*; do rm -rf "\${file#.new/}"; mv "$file" .; done
rm -rf .new
for one in prometheus alertmanager grafana loki alloy; do mkdir -p "data/$one"; done
mkdir -p secrets
if [ ! -s secrets/admin-password ]; then
  head -c 18 /dev/urandom | base64 | tr -d '\\n' >secrets/.new; mv secrets/.new secrets/admin-password
fi
compose --env-file .env -f compose.yml up -d --remove-orphans --wait --wait-timeout 120 || exit 78
# What can not read its configuration ends at once, and Compose has seen it run.
sleep 3
ended=$(docker ps -a --filter "label=com.docker.compose.project=$3" --filter status=restarting --filter status=exited \\
  --filter status=dead --format '{{.Names}}') || exit 78
for one in $ended; do echo "$one does not stay up:"; docker logs --tail 10 "$one" 2>&1; done
[ -z "$ended" ] || exit 78`;
  const entries = Object.entries(files).map(([path, content]) => ({ path, content, mode: 0o600 }));
  return { command: script(source, [home, mark, STACK]), input: archive(entries) };
}

/**
 * Ends the stack, with its files, its images and all that it has gathered; what deploys wrote stays, and so does an image
 * that another container is made of (the edge's).
 */
export function removeStack(home: string): Command {
  const source = `
set -u
[ -d "$1/monitoring" ] || exit 0
ids=$(docker ps -aq --filter "label=com.docker.compose.project=$2") || exit 1
if [ -n "$ids" ]; then
  images=$(docker inspect -f '{{.Config.Image}}' $ids)
  docker rm -f $ids >/dev/null || exit 1
  for image in $images; do docker image rm "$image" >/dev/null 2>&1; done
fi
docker network rm "$2_default" >/dev/null 2>&1
rm -rf "$1/monitoring" "$1/metrics/restaurant-deploy-facts.prom" && echo removed`;
  return script(source, [home, STACK]);
}
