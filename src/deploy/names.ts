import { BlockList, isIPv6 } from 'node:net';
import type { Fault } from '../errors.ts';
import { parseAddress } from '../hosts/address.ts';
import type { Context } from './context.ts';

type Asking = Pick<Context, 'config' | 'addressesOf'>;

const publicNames = ({ config }: Asking) => [...new Set(config.routes.flatMap(({ hosts }) => hosts))];

/**
 * A warning for each public hostname that has no address in DNS, as the runner sees it: the usual reason why nobody gets
 * to an app that serves well, and one that the edge can not know.
 */
export async function unknownNames(context: Asking): Promise<Fault[]> {
  const names = publicNames(context);
  const found = await Promise.all(names.map(context.addressesOf));
  return names
    .filter((_, at) => found[at]?.length === 0)
    .map((name) => ({
      code: 'route-dns',
      what: `There is no address for ${name} in DNS.`,
      remedy: context.config.guard
        ? `Add a wildcard that leads to the server: *.${name.split('.').slice(1).join('.')}.`
        : 'Add a record that leads to the server; until then nobody gets there.',
    }));
}

/** Addresses that say nothing about where the public gets to. */
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(net, bits);
for (const [net, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv6');
const isPrivate = (address: string) => PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

/**
 * A warning for each public hostname whose addresses are all others than the servers'. That is meant so where a load
 * balancer or a CDN stands in front, so it is nothing but a warning; and where the servers are known by private
 * addresses alone, nothing can be said.
 */
export async function strayNames(context: Asking): Promise<Fault[]> {
  const { config, addressesOf } = context;
  const hosts = config.hosts.map((text) => parseAddress(text).host);
  const servers = (await Promise.all(hosts.map(addressesOf))).flatMap((all) => all ?? []);
  if (servers.length === 0 || servers.some(isPrivate)) return [];
  const names = publicNames(context);
  const found = await Promise.all(names.map(addressesOf));
  return names.flatMap((name, at) => {
    const addresses = found[at] ?? [];
    if (addresses.length === 0 || addresses.some((one) => servers.includes(one))) return [];
    return [
      {
        code: 'route-elsewhere',
        what: `${name} leads to ${addresses.join(', ')}, not to ${hosts.join(', ')}.`,
        remedy:
          'When no load balancer or CDN stands in between, change its record in DNS; until then nobody gets to this server by that name.',
      },
    ];
  });
}
