import { networkOwner } from './borders.ts';
import type { Context } from './context.ts';
import type { Port, Service } from './model.ts';
import type { Notice } from './types.ts';

/** What can not be, will be different, or is open to doubt when there are two colors of a service. */
export function conflicts(context: Context): Notice[] {
  return [
    ...context
      .servicesOf('color')
      .flatMap(([name, service]) => [
        ...hostNetwork(name, service),
        ...lostPorts(context, name, service),
        ...replicas(context, name, service),
        ...hardwareAddress(name, service),
        ...noRestart(context, name, service),
        ...unset(name, service, context.request.env),
      ]),
    ...context
      .servicesOf('shared')
      .flatMap(([name, service]) => [
        ...edgePorts(name, service),
        ...noRestart(context, name, service),
        ...unset(name, service, {}),
      ]),
    ...unreachable(context),
  ];
}

function hostNetwork(name: string, service: Service): Notice[] {
  if (service.network_mode !== 'host') return [];
  return [
    {
      code: 'compose-host-network',
      level: 'error',
      service: name,
      what: `"${name}" uses the host's network, where both colors would listen on the same ports.`,
      remedy: `Take \`network_mode: host\` away, or list "${name}" in \`shared\` when one instance is enough.`,
    },
  ];
}

/** Ports that were reachable from outside and are no longer. A routed port is, through the edge. */
function lostPorts(context: Context, name: string, service: Service): Notice[] {
  const routed = context.request.routes.filter((route) => route.service === name).map((route) => route.port);
  // The edge ends TLS, so nobody misses the 443 (nor its UDP twin for HTTP/3) beside a routed port.
  const tls = (port: Port) => routed.length > 0 && (port.target === 443 || port.published === '443');
  const lost = (service.ports ?? []).filter((port) => !routed.includes(port.target) && !tls(port));
  return lost.map((port) => ({
    code: 'compose-port-lost',
    level: 'warning',
    service: name,
    what: `Port ${port.published ?? port.target} of "${name}" is no longer published: both colors would need it.`,
    remedy:
      `List "${name}" in \`shared\` to keep it; add a route when it speaks HTTP; ` +
      'nothing to do when only other services of the app use it.',
  }));
}

function edgePorts(name: string, service: Service): Notice[] {
  const taken = (service.ports ?? []).filter((port) => port.published === '80' || port.published === '443');
  return taken.map((port) => ({
    code: 'compose-shared-edge-port',
    level: 'error',
    service: name,
    what: `The shared service "${name}" publishes port ${port.published}, which belongs to the edge.`,
    remedy: `Publish another port, or take "${name}" out of \`shared\` and give it a route.`,
  }));
}

function replicas(context: Context, name: string, service: Service): Notice[] {
  const notices: Notice[] = [];
  if (service.deploy?.mode?.startsWith('global')) {
    notices.push({
      code: 'compose-global',
      level: 'warning',
      service: name,
      what: `"${name}" has \`deploy.mode: global\`, which only Docker Swarm knows; it runs once a color.`,
      remedy: 'Take the key away, or write `deploy.replicas`.',
    });
  }
  const count = replicasOf(service);
  const routed = context.request.routes.some((route) => route.service === name);
  const owner = networkOwner(context, name);
  const lender = context.request.model.services[owner];
  if (routed && owner !== name && lender && replicasOf(lender) > 1) {
    notices.push({
      code: 'compose-network-replicas',
      level: 'error',
      service: name,
      what: `"${name}" is in the network of "${owner}", which runs ${replicasOf(lender)} times: Compose puts it into the first one alone.`,
      remedy: `Let "${owner}" run once, or give "${name}" a network of its own.`,
    });
  }
  if (count > 1 && routed) {
    notices.push({
      code: 'compose-replicas',
      level: 'info',
      service: name,
      what: `"${name}" runs ${count} times a color; the edge takes them in turn, four of them at most.`,
      remedy: 'Keep sessions outside of the containers: two requests of a visitor may reach different ones.',
    });
  }
  return notices;
}

/** How many containers of a service there are to be. */
export function replicasOf(service: Service): number {
  return service.scale ?? Number(service.deploy?.replicas ?? 1);
}

function hardwareAddress(name: string, service: Service): Notice[] {
  if (service.mac_address === undefined) return [];
  return [
    {
      code: 'compose-mac-address',
      level: 'warning',
      service: name,
      what: `The \`mac_address\` of "${name}" is dropped: two colors can not have one.`,
      remedy: 'Take it away.',
    },
  ];
}

/**
 * After a reboot Docker starts only what has `restart: always` or `unless-stopped`. Whether a service is to run for
 * ever is seen from how it is used; a job that ends must not be told to restart, so in doubt nothing is said.
 */
function noRestart(context: Context, name: string, service: Service): Notice[] {
  const policy = restartPolicy(service);
  if (/^(always|unless-stopped|any)/.test(policy) || !runsForEver(context, name, service)) return [];
  return [
    {
      code: 'compose-no-restart',
      level: 'warning',
      service: name,
      what: `"${name}" would not come back after a reboot of the server (restart policy: ${policy}).`,
      remedy: `Write \`restart: unless-stopped\` to "${name}".`,
    },
  ];
}

/** `any` is how deploy.restart_policy says always, and its default. */
function restartPolicy({ restart, deploy }: Service): string {
  if (restart !== undefined) return restart;
  return deploy?.restart_policy ? (deploy.restart_policy.condition ?? 'any') : 'no';
}

function runsForEver({ request }: Context, name: string, service: Service): boolean {
  const conditions = Object.values(request.model.services).map(
    (other) => other.depends_on?.[name]?.condition,
  );
  if (conditions.includes('service_completed_successfully')) return false;
  return (
    request.routes.some((route) => route.service === name) ||
    (service.ports ?? []).length > 0 ||
    (service.healthcheck !== undefined && service.healthcheck?.disable !== true) ||
    conditions.includes('service_healthy')
  );
}

/** `environment: [NAME]` takes a variable over as it is; one that nobody sets is not there, and Compose says nothing. */
function unset(name: string, service: Service, given: Readonly<Record<string, string>>): Notice[] {
  const open = Object.entries(service.environment ?? {}).flatMap(([variable, value]) =>
    value === null && !Object.hasOwn(given, variable) ? [variable] : [],
  );
  if (open.length === 0) return [];
  return [
    {
      code: 'compose-variable-unset',
      level: 'warning',
      service: name,
      what: `"${name}" takes ${open.sort().join(', ')} over from the environment, where nothing sets ${open.length === 1 ? 'it' : 'them'}: the container goes without.`,
      remedy: 'Name what it needs in `env.secret` or `env.clear` of deploy.yml, and take the rest away.',
    },
  ];
}

/** The edge reaches a service over a network; one that has none can not be routed. */
function unreachable(context: Context): Notice[] {
  return context.request.routes.flatMap(({ service }) => {
    const owner = context.request.model.services[networkOwner(context, service)];
    if (owner?.network_mode !== 'none') return [];
    return [
      {
        code: 'compose-route-no-network',
        level: 'error' as const,
        service,
        what: `The routed service "${service}" has no network (\`network_mode: none\`), so the edge can not reach it.`,
        remedy: 'Take `network_mode: none` away, or the route.',
      },
    ];
  });
}
