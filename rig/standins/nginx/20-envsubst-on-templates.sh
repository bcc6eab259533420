#!/bin/sh
# /etc/nginx/templates/NAME.template becomes /etc/nginx/conf.d/NAME with the variables of the environment
# put in. Only variables that exist are replaced, so $host and the like of nginx stay.
set -e

templates=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
[ -d "$templates" ] || exit 0

# shellcheck disable=SC2016 # envsubst wants the names with their dollar
defined=$(awk -v filter="${NGINX_ENVSUBST_FILTER:-}" \
  'BEGIN { for (name in ENVIRON) if (name ~ filter) printf "${%s} ", name }' </dev/null)
find "$templates" -follow -type f -name "*$suffix" | sort | while read -r template; do
  name=${template#"$templates"/}
  target="$output/${name%"$suffix"}"
  mkdir -p "${target%/*}"
  echo "$0: $template -> $target"
  envsubst "$defined" <"$template" >"$target"
done
