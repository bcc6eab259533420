#!/bin/sh
# Runs what lies in /docker-entrypoint.d before nginx itself, in the order of the names:
# executable *.envsh are sourced, executable *.sh are run; the rest is left out, and that is said.
set -e

if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
  for part in /docker-entrypoint.d/*; do
    case "$part" in
      *.envsh) if [ -x "$part" ]; then . "$part"; else echo "$0: ignoring $part, not executable"; fi ;;
      *.sh) if [ -x "$part" ]; then "$part"; else echo "$0: ignoring $part, not executable"; fi ;;
      *) [ ! -e "$part" ] || echo "$0: ignoring $part" ;;
    esac
  done >&2
fi
exec "$@"
