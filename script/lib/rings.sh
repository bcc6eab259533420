# shellcheck shell=bash
# The rings of script/test, one function each. A ring writes "PASSED FAILED" to $RESULTS/NAME and ends with another
# code than 0 when something failed. To be sourced by script/test; the current folder is the repository.

# count NAME PASSED FAILED: the result of a ring; may be called again to add to it.
count() {
  local ok=0 bad=0
  if [ -f "$RESULTS/$1" ]; then read -r ok bad <"$RESULTS/$1"; fi
  printf '%d %d\n' $((ok + $2)) $((bad + $3)) >"$RESULTS/$1"
  [ "$3" -eq 0 ]
}

# check NAME WHAT COMMAND...: a check that counts as one test.
check() {
  local name=$1 what=$2
  shift 2
  if "$@"; then
    printf 'ok      %s\n' "$what"
    count "$name" 1 0
  else
    printf 'FAILED  %s\n' "$what"
    count "$name" 0 1
  fi
}

# ensure_commands COMMAND=PACKAGE...: installs the packages of those commands that are not there.
ensure_commands() {
  local pair packages=()
  for pair in "$@"; do command -v "${pair%%=*}" >/dev/null || packages+=("${pair#*=}"); done
  [ ${#packages[@]} -eq 0 ] || ensure_packages "${packages[@]}"
}

ring_docs() {
  check docs 'what is made from the sources is as they make it' node script/docs.mjs --check
}

ring_lint() {
  local bad=0
  check lint 'Biome has nothing to say' node_modules/.bin/biome check . || bad=1
  ensure_commands shellcheck=shellcheck
  check lint 'ShellCheck has nothing to say' shellcheck_all || bad=1
  return "$bad"
}

# Every shell script: those named so, and those that say so in their first line.
shellcheck_all() {
  local files
  mapfile -t files < <(
    grep -rlE -m 1 -I --exclude-dir node_modules --exclude-dir dist '^(#!.*\b(ba)?sh\b|# shellcheck shell=)' \
      script rig bench monitoring .ci
  )
  # Not followed: what a container sources at its start, and what a library gets from the script that sources it.
  shellcheck -x --exclude SC1090,SC2153 "${files[@]}"
}

ring_types() {
  check types 'the types hold' node_modules/.bin/tsc --noEmit
}

ring_dist() {
  check dist 'dist/ is what the sources make' same_dist
}

same_dist() {
  node script/build.mjs build/fresh || return 1
  diff -rq dist build/fresh && return
  echo 'remedy: npm run build, and commit dist/'
  return 1
}

ring_unit() { jest_ring unit; }

# By default what Compose takes, deploys on a real server, and of the fault matrix another part each day; with --full all.
ring_e2e() {
  if [ -n "${FULL:-}" ]; then
    jest_ring e2e --runInBand
  else
    export MATRIX_PART=${MATRIX_PART:-$((10#$(date +%j) % 36))/36}
    jest_ring e2e --runInBand --testPathPatterns 'e2e/(compose|deploy|matrix)'
  fi
}

# jest_ring PROJECT [ARGUMENT...]
jest_ring() {
  local name=$1 code=0 json
  shift
  ensure_commands ssh-keygen=openssh-client openssl=openssl git=git
  json="$RESULTS/$name.json"
  NODE_OPTIONS=--experimental-vm-modules node --no-warnings node_modules/.bin/jest --selectProjects "$name" "$@" \
    --json --outputFile "$json" >/dev/null || code=$?
  count_json "$name" "$json" || code=1
  return "$code"
}

# count_json NAME FILE: takes the counts from a report as Jest and Vitest write it. A file of tests that could not
# even be loaded has no tests to count, so it counts itself.
count_json() {
  local counts
  counts=$(node -e '
    const { numPassedTests: ok, numFailedTests: bad, testResults } =
      JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
    const broken = testResults.filter((one) => one.status === "failed" &&
      !one.assertionResults.some((test) => test.status === "failed")).length;
    console.log(ok, bad + broken);
  ' "$2") || return 1
  # shellcheck disable=SC2086 # two words
  count "$1" $counts
}

ring_rig() {
  local code=0
  ensure_commands openssl=openssl git=git
  node --test --test-reporter spec --test-reporter-destination stdout \
    --test-reporter tap --test-reporter-destination "$RESULTS/rig.tap" 'rig/**/*.test.mjs' 'bench/*.test.mjs' || code=$?
  count rig "$(tap_total pass)" "$(tap_total fail)" || code=1
  return "$code"
}

tap_total() { sed -n "s/^# $1 //p" "$RESULTS/rig.tap" | tail -n 1; }

# What Prometheus itself says of the rules, their cases, and the metrics that we write.
ring_monitoring() {
  local bad=0
  PROMTOOL=$(unpacked_command promtool prometheus) || return 1
  check monitoring 'the rules are rules' "$PROMTOOL" check rules monitoring/alerts.yml || bad=1
  check monitoring 'each alert fires where it should, and nowhere else' "$PROMTOOL" test rules monitoring/alerts.test.yml ||
    bad=1
  check monitoring 'the queries of the dashboards are queries' dashboard_queries_hold || bad=1
  check monitoring 'the dashboards are such as Grafana knows' dashboard_types_hold || bad=1
  check monitoring 'Prometheus takes its configuration' prometheus_takes_its_configuration || bad=1
  check monitoring 'the metrics of a change are well-formed' deploy_metrics_hold || bad=1
  return "$bad"
}

dashboard_queries_hold() {
  node script/lib/dashboard-rules.mjs >"$RESULTS/dashboards.yml" && "$PROMTOOL" check rules "$RESULTS/dashboards.yml"
}

# In build/, from where the types of Grafana are found.
dashboard_types_hold() {
  mkdir -p build && node script/lib/dashboard-types.mjs >build/dashboards.ts &&
    node_modules/.bin/tsc --ignoreConfig --noEmit --strict --skipLibCheck --target es2024 --module esnext \
      --moduleResolution bundler --types '' build/dashboards.ts
}

prometheus_takes_its_configuration() {
  cp monitoring/alerts.yml "$RESULTS/alerts.yml" &&
    sed 's|/etc/prometheus/||' monitoring/prometheus.yml >"$RESULTS/prometheus.yml" &&
    "$PROMTOOL" check config "$RESULTS/prometheus.yml"
}

deploy_metrics_hold() {
  node --no-warnings --input-type=module -e '
    import { prometheusText } from "./src/report/prometheus.ts";
    import { deployed } from "./__tests__/unit/report/results.ts";
    const objectives = { deployed: 3, successRate: 0.7, changeFailureRate: 0.2, medianLeadMs: 9, medianRollbackMs: 6, medianRestoreMs: 2 };
    const edge = { slots: [{ slot: "slot7", color: "green", service: "nginx" }], expiresAt: 1e12 };
    process.stdout.write(prometheusText({ ...deployed, objectives }, Date.now(), edge));
  ' >"$RESULTS/deploy.prom" && [ -s "$RESULTS/deploy.prom" ] && "$PROMTOOL" check metrics <"$RESULTS/deploy.prom"
}

# The example's own tests, as its developers run them: the backend inside its image, the page with Vitest.
ring_examples() {
  local bad=0
  backend_tests || bad=1
  frontend_tests || bad=1
  return "$bad"
}

backend_tests() {
  local image="restaurant-deploy/backend-tests:$$" log="$RESULTS/backend.log" code=0 ran lost
  timed 'building the backend of examples/restaurant' docker build --quiet -t "$image" examples/restaurant/backend
  docker run --rm --network none -e ENVIRONMENT=development "$image" python manage.py test 2>&1 |
    tee "$log" || code=$?
  docker image rm "$image" >/dev/null
  ran=$(sed -n 's/^Ran \([0-9]*\) tests\{0,1\} in.*/\1/p' "$log")
  lost=$(sed -n 's/^FAILED (\(.*\))$/\1/p' "$log" | grep -oE '(failures|errors)=[0-9]+' |
    awk -F = '{ sum += $2 } END { print sum + 0 }')
  [ -n "$ran" ] || { count examples 0 1; return; }
  count examples $((ran - lost)) "$lost" && return "$code"
}

frontend_tests() {
  local folder=examples/restaurant/frontend code=0
  ensure_npm_ci "$ROOT/$folder"
  npm --prefix "$folder" test -- --reporter default --reporter json --outputFile "$RESULTS/frontend.json" ||
    code=$?
  count_json examples "$RESULTS/frontend.json" && return "$code"
}
