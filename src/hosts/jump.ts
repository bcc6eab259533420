import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { DeployError } from '../errors.ts';
import { type Address, formatAddress } from './address.ts';

/** A server through which others are reached. */
export interface Jump {
  readonly address: Address;
  readonly client: Client;
}

const ADMINISTRATIVELY_PROHIBITED = 1;
const OPEN_MS = 10_000;

/**
 * A connection to a server as the jump host sees it; names are resolved there.
 * @throws DeployError ssh-jump when the jump host forwards nothing; Error when the server can not be reached from it
 */
export function throughJump({ address: jump, client }: Jump, { host, port }: Address): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timed out')), OPEN_MS);
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      clearTimeout(timer);
      if (!error) return resolve(channel);
      const { reason } = error as { reason?: number };
      const said = error.message.replace(/^\(SSH\) Channel open failure: /, '');
      if (reason !== ADMINISTRATIVELY_PROHIBITED) return reject(new Error(said, { cause: error }));
      reject(
        new DeployError(
          {
            code: 'ssh-jump',
            where: formatAddress(jump),
            what: `The jump host does not forward connections to ${host} port ${port} (${said}).`,
            remedy:
              'In its sshd: AllowTcpForwarding yes (or local), and PermitOpen for this server; no "restrict" or "no-port-forwarding" for this key in authorized_keys.',
          },
          { cause: error },
        ),
      );
    });
  });
}
