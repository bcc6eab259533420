import { mapFile } from './maps.ts';
import { type EdgeState, REPLICAS, SLOTS } from './state.ts';

/** The image of the edge; a long-term support branch. */
export const EDGE_IMAGE = 'haproxy:3.2-alpine';
/** Container, and the internal network over which the edge reaches the colors. */
export const EDGE_NAME = 'restaurant-deploy-edge';
/** The network through which the edge's own ports are published. */
export const EDGE_OUTSIDE = 'restaurant-deploy';
/** The servers of a slot, by their names in the edge. */
export const SERVERS: readonly string[] = Array.from({ length: REPLICAS }, (_, at) =>
  at === 0 ? 's' : `s${at + 1}`,
);
/**
 * The edge's own names on its network: what the servers of a free slot resolve to, so that they have an address family
 * from the start. One for each: the edge gives no address to two servers of a slot that resolve the same name, which is
 * what spreads those of a slot in use over its containers. The first is what the one server of a slot had at an edge of
 * an older version: its container keeps that name, and no other, over its restarts.
 */
export const EDGE_ALIASES: readonly string[] = SERVERS.map((server, at) =>
  at === 0 ? 'restaurant-deploy-edge-self' : `restaurant-deploy-edge-self-${server}`,
);
/** The header by which the candidate listener picks a slot. */
export const SLOT_HEADER = 'x-restaurant-deploy-slot';
/** The header in which the edge names environment and color to us, on its internal listener alone. */
export const PROOF_HEADER = 'x-restaurant-deploy-active';

/**
 * The whole haproxy.cfg. It is read at a start of the edge and never reloaded in a change: after a reload the old
 * worker would answer idle keep-alive clients by the old map. What changes at run time goes through the admin
 * socket and is written here too, for the next start.
 *
 * - There is no health check of the edge's own: with one server in use, as most slots have, a failed check could only
 *   turn a slow answer into a certain 503. What is ready is decided before the switch, by probes through the candidate listener.
 * - A probe of a color that is not listening yet shall fail at once, so the candidate listener makes no retries.
 * - `hold nx 2s` keeps a container's address over a quick restart, so that requests wait (retries) instead of fail.
 */
export function haproxyConfig(state: EdgeState): string {
  const slots = Array.from({ length: SLOTS }, (_, at) => {
    const name = `slot${at + 1}`;
    const used = state.slots.find((slot) => slot.slot === name);
    const servers = SERVERS.map((server, at) =>
      used && at < used.replicas
        ? `  server ${server} ${used.alias}:${used.port} resolvers docker init-addr none\n`
        : `  server ${server} ${EDGE_ALIASES[at]}:80 resolvers docker init-addr none disabled\n`,
    );
    return `backend ${name}\n  http-request set-retries 0 if { fe_name candidate }\n${servers.join('')}`;
  });
  return `${HEAD}\n${slots.join('\n')}`;
}

const HEAD = `# Written by restaurant-deploy; read when the edge starts. Changes made by hand are overwritten.
global
  log stdout format raw local0 notice
  stats socket /edge/run/admin.sock mode 600 level admin
  stats timeout 1h
  fd-hard-limit 65536
  hard-stop-after 5m
  ssl-default-bind-options ssl-min-ver TLSv1.2
  tune.ssl.default-dh-param 2048

defaults
  mode http
  log global
  option forwardfor
  option redispatch
  option splice-auto
  timeout connect 2s
  timeout client 5m
  timeout server 5m
  timeout http-request 30s
  timeout http-keep-alive 75s
  timeout tunnel 24h
  retries 5
  retry-on conn-failure empty-response
  default-server pool-purge-delay 1s

resolvers docker
  nameserver engine 127.0.0.11:53
  resolve_retries 3
  timeout resolve 200ms
  timeout retry 200ms
  hold valid 200ms
  hold obsolete 0s
  hold nx 2s

frontend http
  bind :80
  bind :443 ssl strict-sni crt-list /edge/certs/list.txt alpn h2,http/1.1
  bind unix@/edge/run/public.sock mode 600 name internal
  # A request that may change something is never sent twice.
  http-request disable-l7-retry unless { method GET HEAD OPTIONS }
  http-request set-var(txn.host) req.hdr(host),host_only,lower
  http-request set-var(txn.environment) var(txn.host),map(${mapFile('hosts')})
  http-request set-var(txn.color) var(txn.environment),map(${mapFile('active')})
  http-request set-var(txn.slot) var(txn.host),concat(/,txn.color),map(${mapFile('slots')})
  http-request return status 404 content-type text/plain string "No app on this server has this hostname.\\n" unless { var(txn.slot) -m found }
  http-request redirect scheme https code 308 if !{ ssl_fc } !{ so_name internal } { var(txn.host),map(${mapFile('redirect')}) -m found }
  # A guarded environment: who has no login is asked for one, and search engines are told to stay away.
  http-request set-var(txn.login) var(txn.environment),map(${mapFile('login')})
  http-request set-var(txn.noindex) var(txn.environment),map(${mapFile('noindex')})
  acl guarded var(txn.login) -m found
  acl logged-in req.fhdr(authorization),sha2(256),hex,secure_memcmp(txn.login)
  http-request auth realm "preview" if guarded !logged-in !{ so_name internal }
  # The login is the edge's; the app shall not take it for one of its own.
  http-request del-header Authorization if guarded
  http-after-response set-header X-Robots-Tag "noindex, nofollow" if { var(txn.noindex) -m found }
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  http-request set-header X-Forwarded-Proto http if !{ ssl_fc } !{ so_name internal }
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  # The app speaks of its own connection, which the client does not have.
  http-response del-header Keep-Alive
  http-response set-header ${PROOF_HEADER} "%[var(txn.environment)] %[var(txn.color)]" if { so_name internal }
  use_backend %[var(txn.slot)]

# Where a color is checked before it gets any traffic: the header names the slot.
frontend candidate
  bind unix@/edge/run/candidate.sock mode 600
  http-request set-var(txn.slot) req.hdr(${SLOT_HEADER})
  http-request del-header ${SLOT_HEADER}
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  use_backend %[var(txn.slot)]

# The edge's own numbers, for Prometheus. No port: an app on the edge's network has no business with those of others.
frontend metrics
  bind unix@/edge/run/metrics.sock mode 600
  http-request use-service prometheus-exporter if { path /metrics }
  http-request return status 404
`;
