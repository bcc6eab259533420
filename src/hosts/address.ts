import { DeployError } from '../errors.ts';

/** Where a server is and as whom we go there. */
export interface Address {
  readonly user: string;
  readonly host: string;
  readonly port: number;
}

const SHAPE =
  /^(?:(?<user>[^@\s:]+)@)?(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<name>[^@\s:[\]/]+))(?::(?<port>\d{1,5}))?$/;

/**
 * Reads `user@host`, `user@host:port` or `user@[2001:db8::1]:port`.
 * @throws DeployError (ssh-address) when it is none of these.
 */
export function parseAddress(text: string): Address {
  const groups = SHAPE.exec(text.trim())?.groups;
  const host = groups?.six ?? groups?.name;
  const port = Number(groups?.port ?? 22);
  if (!groups?.user || !host || port < 1 || port > 65535) {
    throw new DeployError({
      code: 'ssh-address',
      what: `"${text}" is no address of a server.`,
      remedy: 'Write user@host or user@host:port, for instance deploy@203.0.113.7:22.',
    });
  }
  return { user: groups.user, host, port };
}

/** The address in the one form that logs use. */
export function formatAddress({ user, host, port }: Address): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `${user}@${name}${port === 22 ? '' : `:${port}`}`;
}
