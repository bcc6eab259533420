// Made by script/docs.mjs from monitoring/: change them there.

/** The files of the stack by their paths. */
export const FILES: Readonly<Record<string, string>> = {
  'alerts.yml': `# What somebody has to be told of. Each alert has its page in docs/runbooks, and its cases in alerts.test.yml.
groups:
  # The color, app and environment behind a slot of the edge come from what the deploys write down.
  - name: edge
    rules:
      - record: restaurant_deploy:edge_answers:rate2m
        expr: |
          sum by (app, environment, color, code) (
            sum by (proxy, code) (rate(haproxy_backend_http_responses_total{job="edge"}[2m]))
            * on (proxy) group_left (app, environment, color)
            max by (proxy, app, environment, color) (restaurant_deploy_slot)
          )
      - alert: EdgeDown
        expr: up{job="edge"} == 0 or absent(up{job="edge"})
        for: 1m
        labels: {severity: critical}
        annotations:
          summary: The edge can not be reached by Prometheus.
          description: Either the edge is down, and with it every app of this server, or it runs since before it had an exporter.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/EdgeDown.md
      - alert: NoHealthyColor
        expr: |
          sum by (app, environment) (restaurant_deploy:edge_answers:rate2m{code="5xx"})
          / sum by (app, environment) (restaurant_deploy:edge_answers:rate2m) > 0.99
        for: 1m
        labels: {severity: critical}
        annotations:
          summary: '{{ $labels.app }} {{ $labels.environment }} answers nothing but errors.'
          description: Of the requests of the last two minutes, practically all ended with a 5xx status.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/NoHealthyColor.md
      - alert: EdgeErrors
        expr: |
          sum by (app, environment) (restaurant_deploy:edge_answers:rate2m{code="5xx"})
          / sum by (app, environment) (restaurant_deploy:edge_answers:rate2m) > 0.05
          and sum by (app, environment) (restaurant_deploy:edge_answers:rate2m) > 0.1
        for: 5m
        labels: {severity: warning}
        annotations:
          summary: '{{ $labels.app }} {{ $labels.environment }} answers {{ $value | humanizePercentage }} of its requests with an error.'
          description: More than 5 % of the answers have a 5xx status since five minutes.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/EdgeErrors.md
      - alert: EdgeSlow
        expr: |
          max by (app, environment) (
            haproxy_backend_response_time_average_seconds{job="edge"}
            * on (proxy) group_left (app, environment, color)
            max by (proxy, app, environment, color) (restaurant_deploy_slot)
            and on (proxy) rate(haproxy_backend_http_requests_total{job="edge"}[5m]) > 0
          ) > 1
        for: 5m
        labels: {severity: warning}
        annotations:
          summary: '{{ $labels.app }} {{ $labels.environment }} takes {{ $value | humanizeDuration }} to answer.'
          description: The average of the last 1,024 requests of a service is above one second since five minutes.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/EdgeSlow.md

  - name: colors
    rules:
      - alert: ColorUnhealthy
        expr: |
          min by (app, environment, color) (restaurant_deploy_container_up) == 0
          and on (app, environment, color) restaurant_deploy_active_color == 1
        for: 2m
        labels: {severity: critical}
        annotations:
          summary: A container of {{ $labels.app }} {{ $labels.environment }} ({{ $labels.color }}, which serves) is not healthy.
          description: It does not run, or Docker's health check fails, since two minutes.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/ColorUnhealthy.md
      - alert: ContainerRestarting
        expr: increase(restaurant_deploy_container_restarts_total[15m]) > 2
        labels: {severity: warning}
        annotations:
          summary: '{{ $labels.service }} of {{ $labels.app }} {{ $labels.environment }} ({{ $labels.color }}) ends again and again.'
          description: Docker started it anew more than twice in 15 minutes.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/ContainerRestarting.md

  - name: deploys
    rules:
      - alert: DeployFailed
        expr: restaurant_deploy_outcome{outcome=~"failed|reverted"} == 1
        labels: {severity: warning}
        annotations:
          summary: The last change of {{ $labels.app }} {{ $labels.environment }} ended as {{ $labels.outcome }}.
          description: What served before serves on. It resolves with the next change that works.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/DeployFailed.md
      - alert: LeaseStale
        expr: time() - restaurant_deploy_lease_heartbeat_timestamp_seconds > 300
        for: 1m
        labels: {severity: warning}
        annotations:
          summary: A run that changed {{ $labels.app }} {{ $labels.environment }} is gone without an end.
          description: Its lease had no heartbeat since five minutes; a live one has one every 15 seconds.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/LeaseStale.md
      - alert: NoDeployMetrics
        expr: |
          time() - max(restaurant_deploy_facts_timestamp_seconds) > 300
          or absent(restaurant_deploy_facts_timestamp_seconds)
          or absent(restaurant_deploy_timestamp_seconds)
        for: 10m
        labels: {severity: warning}
        annotations:
          summary: There are no numbers of the deploys.
          description: What looks at the server does not run, or no deploy has written its numbers. Other alerts can not fire without them.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/NoDeployMetrics.md

  - name: host
    rules:
      - alert: CertificateExpiring
        expr: restaurant_deploy_certificate_expiry_timestamp_seconds - time() < 14 * 86400
        for: 10m
        labels: {severity: warning}
        annotations:
          summary: A certificate of {{ $labels.app }} {{ $labels.environment }} ends in {{ $value | humanizeDuration }}.
          description: This is the one that the edge has. A renewed one reaches it with the next deploy.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/CertificateExpiring.md
      - alert: DiskFilling
        expr: |
          node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"}
          / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"} < 0.1
          or predict_linear(node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"}[6h], 86400) < 0
          and node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"}
          / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|overlay|squashfs"} < 0.3
        for: 15m
        labels: {severity: warning}
        annotations:
          summary: The disk at {{ $labels.mountpoint }} of {{ $labels.instance }} fills up.
          description: Less than a tenth is free, or it will be full within a day if it goes on as in the last six hours.
          runbook_url: https://github.com/org/restaurant-deploy/blob/v1/docs/runbooks/DiskFilling.md
`,
  'compose.yml': `# What watches one server. \`command: monitoring\` brings it there, fills in the variables and starts it, see
# docs/monitoring.md. Every port is bound to the loopback; every container but node-exporter runs as the deploy user.
name: restaurant-deploy-monitoring

x-common: &common
  restart: unless-stopped
  user: \${RD_UID:?}:\${RD_GID:?}
  cap_drop: [ALL]
  security_opt: ['no-new-privileges:true']
  # A change of any file makes the containers anew.
  labels: {restaurant-deploy.monitoring: '\${RD_CONFIG:-}'}
  logging: &logging {driver: json-file, options: {max-size: 5m, max-file: '2'}}

services:
  prometheus:
    <<: *common
    image: prom/prometheus:v3.5.0
    command:
      - --config.file=/etc/prometheus/prometheus.yml
      - --storage.tsdb.path=/prometheus
      - --storage.tsdb.retention.time=15d
      - --storage.tsdb.retention.size=2GB
    ports: ['127.0.0.1:9090:9090']
    volumes:
      - ./prometheus.yml:/etc/prometheus/prometheus.yml:ro
      - ./alerts.yml:/etc/prometheus/alerts.yml:ro
      - ./data/prometheus:/prometheus
    mem_limit: 768m
    cpus: 1

  alertmanager:
    <<: *common
    image: prom/alertmanager:v0.28.1
    command: [--config.file=/etc/alertmanager/alertmanager.yml, --storage.path=/alertmanager, --cluster.listen-address=]
    ports: ['127.0.0.1:9093:9093']
    volumes:
      - ./alertmanager:/etc/alertmanager:ro
      - ./data/alertmanager:/alertmanager
    mem_limit: 128m
    cpus: 0.25

  grafana:
    <<: *common
    image: grafana/grafana:12.1.1
    ports: ['127.0.0.1:3000:3000']
    environment:
      GF_SECURITY_ADMIN_PASSWORD__FILE: /run/grafana/admin-password
      GF_AUTH_ANONYMOUS_ENABLED: 'false'
      GF_USERS_ALLOW_SIGN_UP: 'false'
      GF_ANALYTICS_REPORTING_ENABLED: 'false'
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false'
      GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: /etc/grafana/dashboards/deploys.json
    volumes:
      - ./grafana/provisioning:/etc/grafana/provisioning:ro
      - ./grafana/dashboards:/etc/grafana/dashboards:ro
      - ./secrets:/run/grafana:ro
      - ./data/grafana:/var/lib/grafana
    mem_limit: 512m
    cpus: 1

  loki:
    <<: *common
    image: grafana/loki:3.5.3
    command: [-config.file=/etc/loki/loki.yml]
    volumes:
      - ./loki.yml:/etc/loki/loki.yml:ro
      - ./data/loki:/loki
    mem_limit: 512m
    cpus: 1

  # Reads the logs of the apps' containers. Who may ask Docker is root's equal, so it gets nothing else.
  alloy:
    <<: *common
    image: grafana/alloy:v1.10.2
    command: [run, --storage.path=/var/lib/alloy/data, --disable-reporting, --server.http.listen-addr=0.0.0.0:12345, /etc/alloy/config.alloy]
    group_add: ['\${RD_DOCKER_GID:?}']
    volumes:
      - ./config.alloy:/etc/alloy/config.alloy:ro
      - /var/run/docker.sock:/var/run/docker.sock:ro
      - ./data/alloy:/var/lib/alloy/data
    mem_limit: 256m
    cpus: 0.5

  node-exporter:
    image: prom/node-exporter:v1.9.1
    restart: unless-stopped
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']
    logging: *logging
    command:
      - --path.rootfs=/host
      - --path.procfs=/host/proc
      - --path.sysfs=/host/sys
      - --collector.disable-defaults
      - --collector.cpu
      - --collector.diskstats
      - --collector.filesystem
      - --collector.filesystem.mount-points-exclude=^/(dev|proc|run|sys|var/lib/docker/.+)($$|/)
      - --collector.loadavg
      - --collector.meminfo
      - --collector.textfile
      - --collector.textfile.directory=/metrics
    pid: host
    volumes:
      - /:/host:ro,rslave
      - ../metrics:/metrics:ro
    mem_limit: 64m
    cpus: 0.25

  # Looks at containers, leases and changes under way, see facts.sh.
  facts:
    <<: *common
    image: docker:28-cli
    entrypoint: [sh, /facts.sh, /restaurant-deploy, /metrics, '15']
    group_add: ['\${RD_DOCKER_GID:?}']
    volumes:
      - ./facts.sh:/facts.sh:ro
      - ..:/restaurant-deploy:ro
      - ../metrics:/metrics
      - /var/run/docker.sock:/var/run/docker.sock:ro
    mem_limit: 64m
    cpus: 0.25

  # The edge's numbers are on a socket, so that no app can ask for them; Prometheus wants a port.
  edge-metrics:
    <<: *common
    image: haproxy:3.2-alpine
    volumes:
      - ./edge-metrics.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro
      - ../edge/run:/run/edge:ro
    mem_limit: 64m
    cpus: 0.25
`,
  'config.alloy': `// Logs of the apps' containers to Loki, by app, environment, color and service.
discovery.docker "apps" {
  host = "unix:///var/run/docker.sock"

  filter {
    name   = "label"
    values = ["restaurant-deploy.app"]
  }
}

discovery.relabel "apps" {
  targets = discovery.docker.apps.targets

  rule {
    source_labels = ["__meta_docker_container_label_restaurant_deploy_app"]
    target_label  = "app"
  }

  rule {
    source_labels = ["__meta_docker_container_label_restaurant_deploy_environment"]
    target_label  = "environment"
  }

  rule {
    source_labels = ["__meta_docker_container_label_restaurant_deploy_color"]
    target_label  = "color"
  }

  rule {
    source_labels = ["__meta_docker_container_label_com_docker_compose_service"]
    target_label  = "service"
  }
}

loki.source.docker "apps" {
  host       = "unix:///var/run/docker.sock"
  targets    = discovery.relabel.apps.output
  forward_to = [loki.write.local.receiver]
}

loki.write "local" {
  endpoint {
    url = "http://loki:3100/loki/api/v1/push"
  }
}
`,
  'edge-metrics.cfg': `# From a port of the monitoring's own network to the exporter's socket of the edge.
global
  log stdout format raw local0 notice
  maxconn 20

defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s

frontend metrics
  bind :8404
  http-request deny unless { path /metrics }
  default_backend edge

backend edge
  server edge unix@/run/edge/metrics.sock
`,
  'facts.sh': `#!/bin/sh
# Writes down what no exporter knows of a server, every 15 seconds, for the textfile collector of the node exporter: how
# the containers of each color are, when each lease had its last heartbeat, and since when each change is under way.
# Arguments: the folder of restaurant-deploy on the server, the folder to write to, seconds between two looks (0: once).
set -u
home=$1
out=$2
seconds=$3

# family NAME TYPE HELP: its head. Its samples are those lines of standard input that begin with its name.
family() {
  samples=$(printf '%s\\n' "$lines" | grep "^$1[{ ]") || return 0
  printf '# HELP %s %s\\n# TYPE %s %s\\n%s\\n' "$1" "$3" "$1" "$2" "$samples"
}

# One line a service and color; of several containers the worst counts, and all restarts. Those of \`compose run\` are none.
# What has ended with 0 is well where that is its job: who is to be started again after a reboot has not.
containers() {
  ids=$(docker ps -aq --filter label=restaurant-deploy.app) || return 1
  [ -n "$ids" ] || return 0
  # shellcheck disable=SC2086 # ids are words
  docker inspect -f '{{with .Config.Labels}}{{index . "restaurant-deploy.app"}} {{index . "restaurant-deploy.environment"}} {{index . "restaurant-deploy.color"}} {{index . "com.docker.compose.service"}} {{index . "com.docker.compose.oneoff"}}{{end}} {{.State.Status}} {{.State.ExitCode}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.HostConfig.RestartPolicy.Name}}' $ids 2>/dev/null |
    awk '
      NF >= 9 && $5 != "True" {
        key = sprintf("{app=\\"%s\\",environment=\\"%s\\",color=\\"%s\\",service=\\"%s\\"}", $1, $2, $3, $4)
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
    path=\${file#"$home"/apps/}
    environment=\${path#*/}
    printf '%s{app="%s",environment="%s"} %s\\n' "$2" "\${path%%/*}" "\${environment%%/*}" "$at"
  done
}

look() {
  lines=$(
    containers && printf 'restaurant_deploy_facts_timestamp_seconds %s\\n' "$(date +%s)"
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
`,
  'loki.yml': `# One process, on one disk, for seven days.
auth_enabled: false
server:
  http_listen_port: 3100
  log_level: warn
common:
  path_prefix: /loki
  replication_factor: 1
  ring:
    kvstore: {store: inmemory}
  storage:
    filesystem: {chunks_directory: /loki/chunks, rules_directory: /loki/rules}
schema_config:
  configs:
    - from: '2025-01-01'
      store: tsdb
      object_store: filesystem
      schema: v13
      index: {prefix: index_, period: 24h}
limits_config:
  retention_period: 168h
  # A container that floods its log is cut, not the disk filled.
  ingestion_rate_mb: 4
  ingestion_burst_size_mb: 8
  per_stream_rate_limit: 1MB
  per_stream_rate_limit_burst: 4MB
  max_global_streams_per_user: 1000
compactor:
  working_directory: /loki/compactor
  retention_enabled: true
  delete_request_store: filesystem
analytics:
  reporting_enabled: false
`,
  'prometheus.yml': `global:
  scrape_interval: 15s
  evaluation_interval: 15s

rule_files: [/etc/prometheus/alerts.yml]

alerting:
  alertmanagers:
    - static_configs: [{targets: ['alertmanager:9093']}]

scrape_configs:
  - job_name: edge
    metrics_path: /metrics
    # 64 slots have some 6,000 series; these are what rules and dashboards ask for.
    params:
      scope: [frontend, backend]
      metrics:
        - haproxy_frontend_http_requests_total,haproxy_backend_current_sessions,haproxy_backend_http_requests_total,haproxy_backend_http_responses_total,haproxy_backend_response_time_average_seconds,haproxy_backend_connection_errors_total
    static_configs: [{targets: ['edge-metrics:8404'], labels: {instance: edge}}]
  - job_name: host
    static_configs: [{targets: ['node-exporter:9100'], labels: {instance: host}}]
  - job_name: prometheus
    static_configs: [{targets: ['localhost:9090']}]
  - job_name: alertmanager
    static_configs: [{targets: ['alertmanager:9093']}]
  - job_name: loki
    static_configs: [{targets: ['loki:3100']}]
  - job_name: alloy
    static_configs: [{targets: ['alloy:12345']}]
`,
  'grafana/provisioning/dashboards/files.yml': `apiVersion: 1
providers:
  - {name: restaurant-deploy, type: file, allowUiUpdates: false, options: {path: /etc/grafana/dashboards}}
`,
  'grafana/provisioning/datasources/sources.yml': `apiVersion: 1
datasources:
  - {name: Prometheus, uid: prometheus, type: prometheus, access: proxy, url: 'http://prometheus:9090', isDefault: true}
  - {name: Loki, uid: loki, type: loki, access: proxy, url: 'http://loki:3100'}
  - name: Alertmanager
    uid: alertmanager
    type: alertmanager
    access: proxy
    url: http://alertmanager:9093
    jsonData: {implementation: prometheus, handleGrafanaManagedAlerts: false}
`,
  'grafana/dashboards/deploys.json': `{
 "uid": "restaurant-deploy-deploys",
 "title": "Deploys",
 "tags": [
  "restaurant-deploy"
 ],
 "schemaVersion": 39,
 "version": 1,
 "editable": false,
 "time": {
  "from": "now-7d",
  "to": "now"
 },
 "refresh": "30s",
 "templating": {
  "list": [
   {
    "name": "app",
    "type": "query",
    "datasource": {
     "type": "prometheus",
     "uid": "prometheus"
    },
    "query": {
     "query": "label_values(restaurant_deploy_timestamp_seconds, app)",
     "refId": "app"
    },
    "refresh": 2,
    "includeAll": true,
    "multi": true,
    "current": {
     "text": "All",
     "value": "$__all"
    }
   },
   {
    "name": "environment",
    "type": "query",
    "datasource": {
     "type": "prometheus",
     "uid": "prometheus"
    },
    "query": {
     "query": "label_values(restaurant_deploy_timestamp_seconds{app=~\\"$app\\"}, environment)",
     "refId": "environment"
    },
    "refresh": 2,
    "includeAll": true,
    "multi": true,
    "current": {
     "text": "All",
     "value": "$__all"
    }
   }
  ]
 },
 "annotations": {
  "list": [
   {
    "name": "Changes",
    "datasource": {
     "type": "prometheus",
     "uid": "prometheus"
    },
    "enable": true,
    "iconColor": "blue",
    "target": {
     "refId": "Anno",
     "expr": "changes(restaurant_deploy_timestamp_seconds{app=~\\"$app\\",environment=~\\"$environment\\"}[$__interval]) > 0",
     "interval": "30s"
    },
    "titleFormat": "{{app}} {{environment}}"
   }
  ]
 },
 "panels": [
  {
   "id": 1,
   "type": "stat",
   "title": "Deploys in 30 days",
   "description": "Those that went live.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_dora_deploys{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}}",
     "instant": true
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 0,
    "w": 6,
    "h": 5
   }
  },
  {
   "id": 2,
   "type": "stat",
   "title": "Lead time",
   "description": "Commit to live, median of 30 days.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_dora_lead_time_seconds{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}}",
     "instant": true
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "s"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 6,
    "y": 0,
    "w": 6,
    "h": 5
   }
  },
  {
   "id": 3,
   "type": "stat",
   "title": "Change failure rate",
   "description": "Live deploys that were reverted or rolled back.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_dora_change_failure_ratio{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}}",
     "instant": true
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "percentunit",
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       },
       {
        "color": "red",
        "value": 0.15
       }
      ]
     }
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 0,
    "w": 6,
    "h": 5
   }
  },
  {
   "id": 4,
   "type": "stat",
   "title": "Time to restore",
   "description": "Objective: 120 s.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_dora_restore_seconds{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}}",
     "instant": true
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "s",
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       },
       {
        "color": "red",
        "value": 120
       }
      ]
     }
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 18,
    "y": 0,
    "w": 6,
    "h": 5
   }
  },
  {
   "id": 5,
   "type": "stat",
   "title": "Success without a hand",
   "description": "Objective: 95 %.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_dora_success_ratio{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}}",
     "instant": true
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "percentunit",
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "red",
        "value": null
       },
       {
        "color": "green",
        "value": 0.95
       }
      ]
     }
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 5,
    "w": 6,
    "h": 5
   }
  },
  {
   "id": 6,
   "type": "stat",
   "title": "Time of a rollback",
   "description": "Objective: 30 s.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_dora_rollback_seconds{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}}",
     "instant": true
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "s",
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       },
       {
        "color": "red",
        "value": 30
       }
      ]
     }
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 6,
    "y": 5,
    "w": 6,
    "h": 5
   }
  },
  {
   "id": 7,
   "type": "stat",
   "title": "Downtime of the last change",
   "description": "Objective: none.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_downtime_seconds{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}}",
     "instant": true
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "s",
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       },
       {
        "color": "red",
        "value": 0.001
       }
      ]
     }
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 5,
    "w": 6,
    "h": 5
   }
  },
  {
   "id": 8,
   "type": "stat",
   "title": "Failed requests of the last change",
   "description": "Objective: none.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_failed_requests{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}}",
     "instant": true
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short",
     "thresholds": {
      "mode": "absolute",
      "steps": [
       {
        "color": "green",
        "value": null
       },
       {
        "color": "red",
        "value": 1
       }
      ]
     }
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 18,
    "y": 5,
    "w": 6,
    "h": 5
   }
  },
  {
   "id": 9,
   "type": "timeseries",
   "title": "Outcome of the last change",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_outcome{app=~\\"$app\\",environment=~\\"$environment\\"} == 1",
     "legendFormat": "{{app}} {{environment}} {{outcome}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 10,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 10,
   "type": "timeseries",
   "title": "Time of a change",
   "description": "Objective of a deploy: 180 s.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_duration_seconds{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}} {{outcome}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "s"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 10,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 11,
   "type": "timeseries",
   "title": "Phases of the last change",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_phase_duration_seconds{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}} {{phase}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "s"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 18,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 12,
   "type": "timeseries",
   "title": "Color that serves",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_active_color{app=~\\"$app\\",environment=~\\"$environment\\"} == 1",
     "legendFormat": "{{app}} {{environment}} {{color}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 18,
    "w": 12,
    "h": 8
   }
  }
 ]
}
`,
  'grafana/dashboards/traffic.json': `{
 "uid": "restaurant-deploy-traffic",
 "title": "Traffic by color",
 "tags": [
  "restaurant-deploy"
 ],
 "schemaVersion": 39,
 "version": 1,
 "editable": false,
 "time": {
  "from": "now-3h",
  "to": "now"
 },
 "refresh": "30s",
 "templating": {
  "list": [
   {
    "name": "app",
    "type": "query",
    "datasource": {
     "type": "prometheus",
     "uid": "prometheus"
    },
    "query": {
     "query": "label_values(restaurant_deploy_timestamp_seconds, app)",
     "refId": "app"
    },
    "refresh": 2,
    "includeAll": true,
    "multi": true,
    "current": {
     "text": "All",
     "value": "$__all"
    }
   },
   {
    "name": "environment",
    "type": "query",
    "datasource": {
     "type": "prometheus",
     "uid": "prometheus"
    },
    "query": {
     "query": "label_values(restaurant_deploy_timestamp_seconds{app=~\\"$app\\"}, environment)",
     "refId": "environment"
    },
    "refresh": 2,
    "includeAll": true,
    "multi": true,
    "current": {
     "text": "All",
     "value": "$__all"
    }
   }
  ]
 },
 "annotations": {
  "list": [
   {
    "name": "Changes",
    "datasource": {
     "type": "prometheus",
     "uid": "prometheus"
    },
    "enable": true,
    "iconColor": "blue",
    "target": {
     "refId": "Anno",
     "expr": "changes(restaurant_deploy_timestamp_seconds{app=~\\"$app\\",environment=~\\"$environment\\"}[$__interval]) > 0",
     "interval": "30s"
    },
    "titleFormat": "{{app}} {{environment}}"
   }
  ]
 },
 "panels": [
  {
   "id": 1,
   "type": "timeseries",
   "title": "Requests",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "sum by (app, environment, color) (sum by (proxy) (rate(haproxy_backend_http_requests_total{job=\\"edge\\"}[$__rate_interval])) * on (proxy) group_left (app, environment, color) max by (proxy, app, environment, color) (restaurant_deploy_slot{app=~\\"$app\\",environment=~\\"$environment\\"}))",
     "legendFormat": "{{app}} {{environment}} {{color}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "reqps"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 0,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 2,
   "type": "timeseries",
   "title": "Answers with 5xx",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy:edge_answers:rate2m{app=~\\"$app\\",environment=~\\"$environment\\",code=\\"5xx\\"}",
     "legendFormat": "{{app}} {{environment}} {{color}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "reqps"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 0,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 3,
   "type": "timeseries",
   "title": "Response time",
   "description": "Average of the last 1,024 requests of the slowest service.",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "max by (app, environment, color) (haproxy_backend_response_time_average_seconds{job=\\"edge\\"} * on (proxy) group_left (app, environment, color) max by (proxy, app, environment, color) (restaurant_deploy_slot{app=~\\"$app\\",environment=~\\"$environment\\"}))",
     "legendFormat": "{{app}} {{environment}} {{color}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "s"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 8,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 4,
   "type": "timeseries",
   "title": "Open sessions",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "sum by (app, environment, color) (sum by (proxy) (haproxy_backend_current_sessions{job=\\"edge\\"}) * on (proxy) group_left (app, environment, color) max by (proxy, app, environment, color) (restaurant_deploy_slot{app=~\\"$app\\",environment=~\\"$environment\\"}))",
     "legendFormat": "{{app}} {{environment}} {{color}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 8,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 5,
   "type": "timeseries",
   "title": "Connections that failed",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "sum by (app, environment, color) (sum by (proxy) (increase(haproxy_backend_connection_errors_total{job=\\"edge\\"}[$__rate_interval])) * on (proxy) group_left (app, environment, color) max by (proxy, app, environment, color) (restaurant_deploy_slot{app=~\\"$app\\",environment=~\\"$environment\\"}))",
     "legendFormat": "{{app}} {{environment}} {{color}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 16,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 6,
   "type": "timeseries",
   "title": "Containers that are well",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "restaurant_deploy_container_up{app=~\\"$app\\",environment=~\\"$environment\\"}",
     "legendFormat": "{{app}} {{environment}} {{color}} {{service}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 16,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 7,
   "type": "timeseries",
   "title": "All requests of the edge",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "sum(rate(haproxy_frontend_http_requests_total{job=\\"edge\\",proxy=\\"http\\"}[$__rate_interval]))",
     "legendFormat": "requests"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "reqps"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 24,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 8,
   "type": "timeseries",
   "title": "Restarts of containers",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "increase(restaurant_deploy_container_restarts_total{app=~\\"$app\\",environment=~\\"$environment\\"}[15m])",
     "legendFormat": "{{app}} {{environment}} {{color}} {{service}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 24,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 9,
   "type": "logs",
   "title": "Logs",
   "datasource": {
    "type": "loki",
    "uid": "loki"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "loki",
      "uid": "loki"
     },
     "expr": "{app=~\\"$app\\",environment=~\\"$environment\\"}"
    }
   ],
   "fieldConfig": {
    "defaults": {},
    "overrides": []
   },
   "options": {
    "showTime": true,
    "sortOrder": "Descending"
   },
   "gridPos": {
    "x": 0,
    "y": 32,
    "w": 24,
    "h": 10
   }
  }
 ]
}
`,
  'grafana/dashboards/host.json': `{
 "uid": "restaurant-deploy-host",
 "title": "Host",
 "tags": [
  "restaurant-deploy"
 ],
 "schemaVersion": 39,
 "version": 1,
 "editable": false,
 "time": {
  "from": "now-24h",
  "to": "now"
 },
 "refresh": "30s",
 "templating": {
  "list": []
 },
 "annotations": {
  "list": []
 },
 "panels": [
  {
   "id": 1,
   "type": "timeseries",
   "title": "Processors at work",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "1 - avg by (instance) (rate(node_cpu_seconds_total{job=\\"host\\",mode=\\"idle\\"}[$__rate_interval]))",
     "legendFormat": "{{instance}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "percentunit",
     "min": 0,
     "max": 1
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 0,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 2,
   "type": "timeseries",
   "title": "Load",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "node_load1{job=\\"host\\"}",
     "legendFormat": "1 min"
    },
    {
     "refId": "B",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "node_load15{job=\\"host\\"}",
     "legendFormat": "15 min"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 0,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 3,
   "type": "timeseries",
   "title": "Memory",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "node_memory_MemTotal_bytes{job=\\"host\\"} - node_memory_MemAvailable_bytes{job=\\"host\\"}",
     "legendFormat": "used"
    },
    {
     "refId": "B",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "node_memory_MemTotal_bytes{job=\\"host\\"}",
     "legendFormat": "total"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "bytes",
     "min": 0
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 8,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 4,
   "type": "timeseries",
   "title": "Disk that is free",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "node_filesystem_avail_bytes{job=\\"host\\",fstype!~\\"tmpfs|ramfs|overlay|squashfs\\"} / node_filesystem_size_bytes{job=\\"host\\",fstype!~\\"tmpfs|ramfs|overlay|squashfs\\"}",
     "legendFormat": "{{mountpoint}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "percentunit",
     "min": 0,
     "max": 1
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 8,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 5,
   "type": "timeseries",
   "title": "Disk at work",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "rate(node_disk_io_time_seconds_total{job=\\"host\\"}[$__rate_interval])",
     "legendFormat": "{{device}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "percentunit",
     "min": 0
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 16,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 6,
   "type": "timeseries",
   "title": "Days until a certificate ends",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "(restaurant_deploy_certificate_expiry_timestamp_seconds - time()) / 86400",
     "legendFormat": "{{app}} {{environment}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "d"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 12,
    "y": 16,
    "w": 12,
    "h": 8
   }
  },
  {
   "id": 7,
   "type": "timeseries",
   "title": "Alerts",
   "datasource": {
    "type": "prometheus",
    "uid": "prometheus"
   },
   "targets": [
    {
     "refId": "A",
     "datasource": {
      "type": "prometheus",
      "uid": "prometheus"
     },
     "expr": "ALERTS{alertstate=\\"firing\\"}",
     "legendFormat": "{{alertname}} {{app}} {{environment}}"
    }
   ],
   "fieldConfig": {
    "defaults": {
     "unit": "short"
    },
    "overrides": []
   },
   "options": {},
   "gridPos": {
    "x": 0,
    "y": 24,
    "w": 24,
    "h": 8
   }
  }
 ]
}
`,
};
