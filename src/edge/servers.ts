import { EDGE_ALIASES, SERVERS } from './config.ts';

/** The runtime command that tells where the servers of a slot lead. */
export const serversCommand = (slot: string): string => `show servers state ${slot}`;

/** A server of a slot, as the edge has it now. */
export interface SlotServer {
  readonly name: string;
  /** `-` while its name has no address. */
  readonly address: string;
  /** Out of service because somebody said so, not for want of an address. */
  readonly stopped: boolean;
  readonly fqdn: string;
  readonly port: number;
}

/** The bit of `srv_admin_state` for a forced maintenance. */
const FORCED = 1;

/**
 * Reads what `show servers state` tells.
 * Fields: HAProxy Management Guide, section 9.3: a version, a head that begins with #, and a line a server.
 */
export const readServers = (text: string): SlotServer[] =>
  text.split('\n').flatMap((line) => {
    const words = line.split(' ');
    const [, , id, name = '', address = ''] = words;
    if (!/^\d+$/.test(id ?? '')) return [];
    const stopped = (Number(words[6]) & FORCED) !== 0;
    return [{ name, address, stopped, fqdn: words[17] ?? '', port: Number(words[18]) }];
  });

/** Runtime commands that put the one container of a service behind a slot: its name, and its address to begin with. */
export const leadToOne = (slot: string, alias: string, address: string, port: number | string): string[] => [
  `set server ${slot}/s fqdn ${alias}`,
  `set server ${slot}/s addr ${address} port ${port}`,
  `set server ${slot}/s state ready`,
];

/**
 * The next runtime commands for a slot with several containers, which share a name. Who gets which is for the edge's own
 * resolver to say: it keeps book of it, and a server that is told another address would keep that one when its container
 * is gone. So a server is given the name, then, at the address that it found, the port, and is let in.
 * @returns `done` when each server that is wanted has a container of its own.
 */
export function leadToSeveral(
  slot: string,
  servers: readonly SlotServer[],
  alias: string,
  addresses: readonly string[],
  port: number,
): { readonly commands: readonly string[]; readonly done: boolean } {
  const used = servers.slice(0, addresses.length);
  const commands = used.flatMap(({ name, address, stopped, fqdn, port: now }) => {
    const server = `set server ${slot}/${name}`;
    if (fqdn !== alias) return [`${server} fqdn ${alias}`];
    if (!addresses.includes(address)) return [];
    return [
      ...(now === port ? [] : [`${server} addr ${address} port ${port}`]),
      ...(stopped ? [`${server} state ready`] : []),
    ];
  });
  const found = new Set(used.filter(({ fqdn }) => fqdn === alias).map(({ address }) => address));
  const reached = addresses.filter((one) => found.has(one)).length;
  return { commands, done: commands.length === 0 && reached === used.length };
}

/** Runtime commands that give the servers of a slot back, from one on. */
export const freeServers = (slot: string, from = 0): string[] =>
  SERVERS.flatMap((server, at) =>
    at < from
      ? []
      : [`set server ${slot}/${server} state maint`, `set server ${slot}/${server} fqdn ${EDGE_ALIASES[at]}`],
  );
