#!/bin/sh
# What is no command is meant for node: an option, or a script.
set -e

case "$1" in
  -*) set -- node "$@" ;;
  *) command -v "$1" >/dev/null || set -- node "$@" ;;
esac
exec "$@"
