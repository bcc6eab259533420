#!/bin/sh
# Options or a configuration file alone mean redis-server, which runs as the user redis and, as in the
# official image, takes connections from other containers without a password.
set -e

case "$1" in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ]; then
  shift
  case "${1:-}" in
    '' | -*) set -- --protected-mode no "$@" ;;
    *) file=$1; shift; set -- "$file" --protected-mode no "$@" ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis {} +
    exec setpriv --reuid redis --regid redis --init-groups redis-server "$@"
  fi
  exec redis-server "$@"
fi
exec "$@"
