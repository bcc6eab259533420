#!/bin/sh
# Writes down what no exporter knows of a server, every 15 seconds, for the textfile collector of the node exporter: how
# the containers of each color are, when each lease had its last heartbeat, and since when each change is under way.
# Arguments: the folder of restaurant-deploy on the server, the folder to write to, seconds between two looks (0: once).
set -u
home=$1
out=$2
seconds=$3

# family NAME TYPE HELP: its head. Its samples are those lines of standard input that begin with its name.
family() {
  samples=$(printf '%s\n' "$lines" | grep "^$1[{ ]") || return 0
  printf '# HELP %s %s\n# TYPE %s %s\n%s\n' "$1" "$3" "$1" "$2" "$samples"
}

# One line a service and color; of several containers the worst counts, and all restarts. Those of `compose run` are none.
# What has ended with 0 is well where that is its job: who is to be started again after a reboot has not.
containers() {
  ids=$(docker ps -aq --filter label=restaurant-deploy.app) || return 1
  [ -n "$ids" ] || return 0
  # shellcheck disable=SC2086 # ids are words
  docker inspect -f '{{with .Config.Labels}}{{index . "restaurant-deploy.app"}} {{index . "restaurant-deploy.environment"}} {{index . "restaurant-deploy.color"}} {{index . "com.docker.compose.service"}} {{index . "com.docker.compose.oneoff"}}{{end}} {{.State.Status}} {{.State.ExitCode}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.HostConfig.RestartPolicy.Name}}' $ids 2>/dev/null |
    awk '
      NF >= 9 && $5 != "True" {
        key = sprintf("{app=\"%s\",environment=\"%s\",color=\"%s\",service=\"%s\"}", $1, $2, $3, $4)
        well = ($6 == "running" && ($9 == "none" || $9 == "healthy")) || ($6 == "exited" && $7 == 0 && $10 !~ /^(always|unless-stopped)$/)
        if (!(key in up) || !well) up[key] = well + 0
        restarts[key] += $8
      }
      END {
        for (key in up) {
          print "restaurant_deploy_container_up" key, up[key]
          print "restaurant_deploy_container_restarts_total" key, restarts[key]
        }
      }' | sort
}

# of_files FILE METRIC: when that file of each environment was written last.
of_files() {
  for file in "$home"/apps/*/*/"$1"; do
    at=$(stat -c %Y "$file" 2>/dev/null) || continue
    path=${file#"$home"/apps/}
    environment=${path#*/}
    printf '%s{app="%s",environment="%s"} %s\n' "$2" "${path%%/*}" "${environment%%/*}" "$at"
  done
}

look() {
  lines=$(
    containers && printf 'restaurant_deploy_facts_timestamp_seconds %s\n' "$(date +%s)"
    of_files lease restaurant_deploy_lease_heartbeat_timestamp_seconds
    of_files journal.json restaurant_deploy_journal_timestamp_seconds
  )
  family restaurant_deploy_container_up gauge 'Whether a service runs and is healthy, or has ended with 0 as a job does.'
  family restaurant_deploy_container_restarts_total counter 'How often Docker started it anew.'
  family restaurant_deploy_lease_heartbeat_timestamp_seconds gauge 'The last heartbeat of the lease that is held.'
  family restaurant_deploy_journal_timestamp_seconds gauge 'Since when a change is under way.'
  family restaurant_deploy_facts_timestamp_seconds gauge 'When Docker was asked last, and answered.'
}

umask 022
while :; do
  look >"$out/.facts" && mv "$out/.facts" "$out/restaurant-deploy-facts.prom"
  [ "$seconds" != 0 ] || exit 0
  sleep "$seconds"
done
