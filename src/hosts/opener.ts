import type { DeployError } from '../errors.ts';
import { type Address, formatAddress, parseAddress } from './address.ts';
import type { Credentials } from './connect.ts';
import type { Host } from './host.ts';
import type { Jump } from './jump.ts';
import { SshHost } from './ssh.ts';

export interface OpenerOptions {
  readonly credentials: Credentials;
  /** `user@host:port` of the server through which all others are reached. */
  readonly jumpHost: string | undefined;
  readonly pause: (ms: number) => Promise<void>;
  readonly onRetry: (fault: DeployError, attempt: number) => void;
}

/** Opens servers, and closes what it opened. */
export interface Opener {
  /** @param text the server as `user@host:port` */
  open(text: string): Promise<Host>;
  /** What was opened so far. */
  readonly hosts: readonly Host[];
  close(): Promise<void>;
}

/** The way to servers over SSH: one connection each, and one to the jump host for all. */
export function sshOpener({ credentials, jumpHost, pause, onRetry }: OpenerOptions): Opener {
  const hosts: Host[] = [];
  let jumping: Promise<Jump> | undefined;
  // A chunk of its own in the bundle: it is read while the compose file is, not before the run can say a word.
  const loading = import('./connect.ts');
  const to = async (address: Address, via?: Jump) => {
    const { connect } = await loading;
    return connect(address, credentials, pause, onRetry, via);
  };
  const jump = async (text: string): Promise<Jump> => {
    const address = parseAddress(text);
    return { address, client: await to(address) };
  };
  return {
    hosts,
    open: async (text) => {
      const address = parseAddress(text);
      if (jumpHost !== undefined) jumping ??= jump(jumpHost);
      const host = new SshHost(formatAddress(address), await to(address, await jumping));
      hosts.push(host);
      return host;
    },
    close: async () => {
      await Promise.all(hosts.map((host) => host.close()));
      // One that could not be opened has been told.
      (await jumping?.catch(() => undefined))?.client.end();
    },
  };
}
