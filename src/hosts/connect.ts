import { connect as connectTcp, type Socket } from 'node:net';
import { NodeSSH } from 'node-ssh';
import type { Client } from 'ssh2';
import type { DeployError } from '../errors.ts';
import type { Address } from './address.ts';
import { explain, type Failure, hostKeyFault, Refused, type Seen } from './doctor.ts';
import { type Jump, throughJump } from './jump.ts';
import { keyTypeIn, readPrivateKey } from './key.ts';
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

async function tryOnce(
  address: Address,
  credentials: Credentials,
  key: string | undefined,
  via: Jump | undefined,
): Promise<Client> {
  const trusted = trustedKeys(credentials.knownHosts, address.host, address.port);
  const wanted = signatureAlgorithms(trusted);
  let refusal: DeployError | undefined;
  const seen: Seen = { keyType: key === undefined ? undefined : keyTypeIn(key, credentials.passphrase) };
  const ssh = new NodeSSH();
  const sock = await (via ? throughJump(via, address) : openSocket(address));
  try {
    await ssh.connect({
      sock,
      username: address.user,
      ...(key === undefined ? { agent: credentials.agent ?? '' } : { privateKey: key }),
      ...(credentials.passphrase ? { passphrase: credentials.passphrase } : {}),
      readyTimeout: TRY_MS,
      keepaliveInterval: 5_000,
      keepaliveCountMax: 3,
      authHandler: askOnce(key === undefined ? 'agent' : 'publickey', seen) as never,
      ...(wanted ? { algorithms: { serverHostKey: wanted as never } } : {}),
      hostVerifier: (blob: Buffer) => {
        if (ssh.connection) listenForAlgorithms(ssh.connection, seen);
        const shown = { type: keyTypeOf(blob), fingerprint: fingerprintOf(blob) };
        const good = trusted.some((one) => one.fingerprint === shown.fingerprint);
        if (!good) refusal = hostKeyFault(address, shown, trusted.length > 0);
        return good;
      },
    });
  } catch (error) {
    sock.destroy();
    if (refusal) throw refusal;
    throw (error as Failure).level === 'client-authentication' ? new Refused(error as Error, seen) : error;
  }
  if (!ssh.connection) throw new Error('the connection closed at once');
  return ssh.connection;
}

/** Offers the one proof that we have, and keeps what the server answers when it does not do. */
const askOnce = (method: 'agent' | 'publickey', seen: Seen) => {
  let asked = false;
  return (
    methods: readonly string[] | null,
    partial: boolean | null,
    next: (method: string | false) => void,
  ) => {
    if (asked) {
      seen.methods = methods ?? [];
      seen.partial = partial === true;
    }
    next(asked ? false : method);
    asked = true;
  };
};

/** What ssh2 keeps below a connection. */
interface Below {
  readonly _protocol?: {
    readonly _handlers?: {
      EXT_INFO?: (protocol: unknown, all: readonly { name: string; algs?: string[] }[]) => void;
    };
  };
}

/**
 * ssh2 heeds what a server says of the algorithms that it takes (RFC 8308), and tells nobody: without it a refused type
 * of key looks like an unknown key.
 */
function listenForAlgorithms(client: Client, seen: Seen): void {
  const handlers = (client as unknown as Below)._protocol?._handlers;
  const inner = handlers?.EXT_INFO;
  if (!handlers || !inner) return;
  handlers.EXT_INFO = (protocol, all) => {
    const algorithms = all.find((one) => one.name === 'server-sig-algs')?.algs;
    if (algorithms) seen.algorithms = algorithms;
    inner(protocol, all);
  };
}

/**
 * Opens the one connection to a server: strict host keys, retries for what may pass by itself.
 * @param via the jump host that it is reached through
 * @throws DeployError (ssh-...) that says which of key, user, server or network is at fault.
 */
export async function connect(
  address: Address,
  credentials: Credentials,
  pause: (ms: number) => Promise<void>,
  onRetry: (fault: DeployError, attempt: number) => void,
  via?: Jump,
): Promise<Client> {
  const useAgent = credentials.key.trim() === '' && credentials.agent !== undefined;
  const key = useAgent ? undefined : readPrivateKey(credentials.key, credentials.passphrase);
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryOnce(address, credentials, key, via);
    } catch (error) {
      const { fault, transient } = explain(error as Failure, address, via?.address);
      if (!transient || attempt === TRIES) throw fault;
      onRetry(fault, attempt);
      await pause(PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}
