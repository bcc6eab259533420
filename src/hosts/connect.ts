import { connect as connectTcp, type Socket } from 'node:net';
import { NodeSSH } from 'node-ssh';
import type { Client } from 'ssh2';
import { DeployError } from '../errors.ts';
import { type Address, formatAddress } from './address.ts';
import { readPrivateKey } from './key.ts';
import { fingerprintOf, keyTypeOf, signatureAlgorithms, trustedKeys } from './known-hosts.ts';

export interface Credentials {
  /** Private key text; empty when an agent is used. */
  readonly key: string;
  readonly passphrase?: string;
  /** known_hosts lines or SHA256 fingerprints. */
  readonly knownHosts: string;
  /** Path of an ssh-agent's socket, asked when there is no key. */
  readonly agent?: string;
}

/** How hard we try: 4 times, 10 s each, with a growing pause between. */
const TRIES = 4;
const TRY_MS = 10_000;
const PAUSE_MS = 1_000;

type Failure = Error & { level?: string; code?: string };

/** What a failed try means; `transient` ones are tried again. */
function explain(error: Failure, address: Address): { fault: DeployError; transient: boolean } {
  const where = formatAddress(address);
  const told = (code: string, what: string, remedy: string, transient = false) => ({
    fault: new DeployError({ code, what, where, remedy }, { cause: error }),
    transient,
  });
  const target = `${address.host} port ${address.port}`;

  if (error instanceof DeployError) return { fault: error, transient: false };
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
    return told(
      'ssh-name',
      `The name ${address.host} does not resolve.`,
      'Check the host in deploy.yml for a typing error, and its DNS record.',
      error.code === 'EAI_AGAIN',
    );
  }
  if (error.code === 'ECONNREFUSED') {
    return told(
      'ssh-refused',
      `Nothing listens at ${target}.`,
      'Check that sshd runs there and that the port is right: user@host:port.',
      true,
    );
  }
  if (error.level === 'client-authentication') {
    return told(
      'ssh-auth',
      `The server knows no such key for the user ${address.user}.`,
      `Add the public half to ~${address.user}/.ssh/authorized_keys on the server (ssh-copy-id), check the user's name, and that the key's type is allowed there. sshd's own log says why: journalctl -u ssh.`,
    );
  }
  if (/no matching|handshake failed/i.test(error.message)) {
    return told(
      'ssh-handshake',
      `The server and we share no algorithm (${error.message}).`,
      'Its known host key may be of another type than the one it has: take the lines anew by ssh-keyscan, and check them. A server older than OpenSSH 7 wants an update.',
    );
  }
  return told(
    'ssh-unreachable',
    `${target} does not answer (${error.message}).`,
    'Check that the server is up, and that its firewall lets the runner in.',
    true,
  );
}

/** Refuses a host key that nobody vouched for, and says which was seen. */
function hostKeyFault(
  address: Address,
  seen: { type: string; fingerprint: string },
  known: boolean,
): DeployError {
  const scan = `ssh-keyscan${address.port === 22 ? '' : ` -p ${address.port}`} ${address.host}`;
  return new DeployError(
    known
      ? {
          code: 'ssh-host-key-changed',
          where: formatAddress(address),
          what: `The server shows another host key than the known one: ${seen.type} ${seen.fingerprint}.`,
          remedy: `Either it was installed anew, or somebody is in between. Compare on the server itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), and only then renew ssh-known-hosts (${scan}).`,
        }
      : {
          code: 'ssh-host-key-unknown',
          where: formatAddress(address),
          what: `The server's host key is not known: it shows ${seen.type} ${seen.fingerprint}.`,
          remedy: `Compare that fingerprint on the server itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub). When it is the same, pass it as ssh-known-hosts, or the lines that ${scan} prints.`,
        },
  );
}

/** A TCP connection without Nagle's delay: each command is one small packet that somebody waits for. */
function openSocket({ host, port }: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, noDelay: true, keepAlive: true });
    const timer = setTimeout(() => socket.destroy(new Error('timed out')), TRY_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(gathered(socket));
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

/** ssh2 writes a message in pieces. Without Nagle's delay each would be a packet: those of one turn go together. */
function gathered(socket: Socket): Socket {
  const write = socket.write;
  let gathering = false;
  socket.write = function (this: Socket, ...args: unknown[]): boolean {
    if (!gathering) {
      gathering = true;
      socket.cork();
      process.nextTick(() => {
        gathering = false;
        socket.uncork();
      });
    }
    return (write as (...all: unknown[]) => boolean).apply(this, args);
  } as Socket['write'];
  return socket;
}

async function tryOnce(address: Address, credentials: Credentials, key: string | undefined): Promise<Client> {
  const trusted = trustedKeys(credentials.knownHosts, address.host, address.port);
  const wanted = signatureAlgorithms(trusted);
  let refusal: DeployError | undefined;
  const ssh = new NodeSSH();
  const sock = await openSocket(address);
  try {
    await ssh.connect({
      sock,
      username: address.user,
      ...(key === undefined ? { agent: credentials.agent ?? '' } : { privateKey: key }),
      ...(credentials.passphrase ? { passphrase: credentials.passphrase } : {}),
      readyTimeout: TRY_MS,
      keepaliveInterval: 5_000,
      keepaliveCountMax: 3,
      authHandler: [key === undefined ? 'agent' : 'publickey'] as never,
      ...(wanted ? { algorithms: { serverHostKey: wanted as never } } : {}),
      hostVerifier: (blob: Buffer) => {
        const seen = { type: keyTypeOf(blob), fingerprint: fingerprintOf(blob) };
        const good = trusted.some((one) => one.fingerprint === seen.fingerprint);
        if (!good) refusal = hostKeyFault(address, seen, trusted.length > 0);
        return good;
      },
    });
  } catch (error) {
    sock.destroy();
    throw refusal ?? error;
  }
  if (!ssh.connection) throw new Error('the connection closed at once');
  return ssh.connection;
}

/**
 * Opens the one connection to a server: strict host keys, retries for what may pass by itself.
 * @throws DeployError (ssh-...) that says which of key, user, server or network is at fault.
 */
export async function connect(
  address: Address,
  credentials: Credentials,
  pause: (ms: number) => Promise<void>,
  onRetry: (fault: DeployError, attempt: number) => void,
): Promise<Client> {
  const useAgent = credentials.key.trim() === '' && credentials.agent !== undefined;
  const key = useAgent ? undefined : readPrivateKey(credentials.key, credentials.passphrase);
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryOnce(address, credentials, key);
    } catch (error) {
      const { fault, transient } = explain(error as Failure, address);
      if (!transient || attempt === TRIES) throw fault;
      onRetry(fault, attempt);
      await pause(PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}
