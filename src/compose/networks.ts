import type { Context } from './context.ts';
import { type Attachment, type Network, type Service, withoutExtensions } from './model.ts';
import { COLORS, networkKey, networkName, ownLabels, type Side } from './names.ts';
import type { Color, Notice } from './types.ts';

/**
 * No network holds containers of both colors: Docker's DNS would answer `backend` with the backend of either color,
 * and half of the new color's requests would end in the old release. So each network of the user's model exists once
 * a color. Shared services stand in both instances of their networks; those are therefore the shared project's, which
 * outlives the colors. The others are the color's own.
 */
export interface NetworkSplit {
  readonly shared: Record<string, Network>;
  readonly color: Record<string, Network>;
  readonly notices: readonly Notice[];
}

/** Declares the networks of both projects. */
export function splitNetworks(context: Context): NetworkSplit {
  const { request } = context;
  const shared: Record<string, Network> = {};
  const color: Record<string, Network> = {};
  const notices: Notice[] = [];
  for (const name of usedNetworks(context)) {
    const declared = request.model.networks?.[name] ?? {};
    const ofShared = users(context, 'shared', name);
    const ofColor = users(context, 'color', name);
    if (declared.external) {
      const external = { name: declared.name ?? name, external: true };
      if (ofShared.length > 0) shared[externalKey(name)] = external;
      if (ofColor.length > 0) {
        color[externalKey(name)] = external;
        notices.push(visibleAcrossColors(name, ofColor));
      }
      continue;
    }
    notices.push(...whatIsDropped(name, declared));
    if (ofShared.length > 0) {
      for (const each of COLORS) {
        shared[networkKey(each, name)] = ownNetwork(context, declared, each, name);
      }
    }
    if (ofColor.length > 0) {
      color[networkKey(request.color, name)] =
        ofShared.length > 0
          ? { name: networkName(request, request.color, name), external: true }
          : ownNetwork(context, declared, request.color, name);
    }
  }
  return { shared, color, notices: [...notices, ...droppedAddresses(context)] };
}

/**
 * The networks of one service in its project. `aliases` are more names that must keep resolving (container_name, links);
 * a color service does not get them on an external network, where the other color would answer to them too.
 */
export function attach(context: Context, service: Service, side: Side, aliases: readonly string[]) {
  const { model, color } = context.request;
  const attached: Record<string, Attachment | null> = {};
  for (const [name, wanted] of Object.entries(service.networks ?? {})) {
    const external = model.networks?.[name]?.external === true;
    const more = external && side === 'color' ? [] : aliases;
    const attachment = withAliases(external && side === 'shared' ? wanted : withoutAddress(wanted), more);
    if (external) attached[externalKey(name)] = attachment;
    else if (side === 'color') attached[networkKey(color, name)] = attachment;
    else for (const each of COLORS) attached[networkKey(each, name)] = attachment;
  }
  return attached;
}

/** A fixed address can be held by one container only, and the network that held it exists twice now. */
function droppedAddresses(context: Context): Notice[] {
  const { model } = context.request;
  return Object.entries(model.services).flatMap(([service, { networks }]) => {
    const dropped = Object.entries(networks ?? {}).some(([network, attachment]) => {
      const keeps = context.sideOf(service) === 'shared' && model.networks?.[network]?.external === true;
      return !keeps && ADDRESSES.some((key) => attachment?.[key] !== undefined);
    });
    if (!dropped) return [];
    return [
      {
        code: 'compose-static-address',
        level: 'warning' as const,
        service,
        what: `The fixed network address of "${service}" is dropped: two colors can not hold one address.`,
        remedy: `Reach "${service}" by its name in place of its address.`,
      },
    ];
  });
}

const ADDRESSES = ['ipv4_address', 'ipv6_address', 'link_local_ips', 'mac_address'] as const;

/** Own keys are `blue`, `green`, `blue-...`, `green-...`; with this prefix a user's key can not be one of them. */
const externalKey = (network: string) => `external-${network}`;

function usedNetworks({ request }: Context): string[] {
  const used = Object.values(request.model.services).flatMap((service) =>
    Object.keys(service.networks ?? {}),
  );
  return [...new Set(used)];
}

function users(context: Context, side: Side, network: string): string[] {
  return context
    .servicesOf(side)
    .filter(([, service]) => Object.hasOwn(service.networks ?? {}, network))
    .map(([name]) => name);
}

/**
 * The user's settings under the color's name. What can exist once only goes: subnets (and IPv6, which needs one before
 * Docker 27) and the name of a bridge device. The labels are the same whichever project owns the network (its color,
 * no release), because a newer Compose removes a network whose settings changed to make it anew, and that fails while
 * containers are in it.
 */
function ownNetwork({ request }: Context, declared: Network, color: Color, network: string): Network {
  const { name: _name, ipam: _ipam, labels, driver_opts, enable_ipv6, ...kept } = declared;
  const options = Object.entries(driver_opts ?? {}).filter(([key]) => key !== BRIDGE_NAME);
  return {
    ...withoutExtensions(kept),
    ...(enable_ipv6 !== undefined && !hasSubnets(declared) ? { enable_ipv6 } : {}),
    ...(options.length > 0 ? { driver_opts: Object.fromEntries(options) } : {}),
    name: networkName(request, color, network),
    labels: { ...labels, ...ownLabels({ ...request, color }, 'color') },
  };
}

const BRIDGE_NAME = 'com.docker.network.bridge.name';

const hasSubnets = (network: Network) => (network.ipam?.config ?? []).length > 0;

function whatIsDropped(name: string, network: Network): Notice[] {
  const dropped = [
    hasSubnets(network) && 'its fixed subnets',
    Object.hasOwn(network.driver_opts ?? {}, BRIDGE_NAME) && 'the name of its bridge device',
  ].filter((part) => part !== false);
  if (dropped.length === 0) return [];
  return [
    {
      code: 'compose-network-fixed',
      level: 'warning',
      what: `The network "${name}" exists once a color, so ${dropped.join(' and ')} can not be kept.`,
      remedy: 'Nothing to do where services find each other by name; Docker chooses free subnets.',
    },
  ];
}

function visibleAcrossColors(name: string, services: readonly string[]): Notice {
  return {
    code: 'compose-network-external',
    level: 'warning',
    what:
      `The external network "${name}" holds ${services.join(', ')} of both colors during a change, ` +
      'so their names resolve to either color there.',
    remedy: 'Let the services of the app reach each other over a network of the compose file itself.',
  };
}

function withAliases(attachment: Attachment | null, more: readonly string[]): Attachment | null {
  const aliases = [...new Set([...(attachment?.aliases ?? []), ...more])];
  return aliases.length === 0 ? attachment : { ...attachment, aliases };
}

function withoutAddress(attachment: Attachment | null): Attachment | null {
  if (!attachment) return null;
  const kept = Object.entries(attachment).filter(([key]) => !ADDRESSES.some((address) => address === key));
  return kept.length === 0 ? null : Object.fromEntries(kept);
}
