import { DeployError } from '../errors.ts';
import { type Address, formatAddress } from './address.ts';

/** How ssh2 and the system tell what went wrong. */
export type Failure = Error & { level?: string; code?: string };

/** What was seen of a server on the way, as far as it went. */
export interface Seen {
  /** Type of the key that we log in with, such as `ssh-ed25519`; undefined for an agent's. */
  readonly keyType?: string | undefined;
  /** Signature algorithms that the server says it takes from users. */
  algorithms?: readonly string[];
  /** What it offered once our key was refused. */
  methods?: readonly string[];
  /** Our key was right, and the server wants more than that. */
  partial?: boolean;
}

/** A failed try with what was seen before it failed. */
export class Refused extends Error {
  readonly seen: Seen;

  constructor(cause: Error, seen: Seen) {
    super(cause.message, { cause });
    this.seen = seen;
  }
}

export interface Explained {
  readonly fault: DeployError;
  /** It may pass by itself: worth another try. */
  readonly transient: boolean;
}

/** What a failed try means: which of key, user, server or network is at fault, and the remedy. */
export function explain(error: Failure, address: Address, through?: Address): Explained {
  const where = formatAddress(address);
  const told = (code: string, what: string, remedy: string, transient = false): Explained => ({
    fault: new DeployError({ code, what, where, remedy }, { cause: error }),
    transient,
  });
  const target = `${address.host} port ${address.port}`;

  if (error instanceof DeployError) return { fault: error, transient: false };
  if (error instanceof Refused) {
    const { code, what, remedy } = refusal(error.seen, address);
    return told(code, what, remedy);
  }
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
  if (/no matching|handshake failed/i.test(error.message)) {
    return told(
      'ssh-handshake',
      `The server and we share no algorithm (${error.message}).`,
      'Its known host key may be of another type than the one it has: take the lines anew by ssh-keyscan, and check them. A server older than OpenSSH 7 wants an update.',
    );
  }
  const by = through ? ` through the jump host ${formatAddress(through)}` : '';
  return told(
    'ssh-unreachable',
    `${target} does not answer${by} (${error.message}).`,
    through
      ? 'Check that the server is up, and that its firewall lets the jump host in.'
      : 'Check that the server is up, and that its firewall lets the runner in.',
    true,
  );
}

/** An algorithm by which a key of a type signs. */
const signsBy = (keyType: string, algorithm: string): boolean =>
  keyType === 'ssh-rsa' ? /^rsa-sha2-(256|512)$/.test(algorithm) : algorithm === keyType;

/** Why a server that talks to us does not let us in. */
function refusal({ keyType, algorithms, methods, partial }: Seen, { user }: Address) {
  if (partial) {
    return {
      code: 'ssh-auth-method',
      what: `The key is right, and the server wants more from the user ${user}: ${methods?.join(', ')}.`,
      remedy:
        'A run can give nothing but a key: except this user from AuthenticationMethods of its sshd (Match User).',
    };
  }
  if (methods && methods.length > 0 && !methods.includes('publickey')) {
    return {
      code: 'ssh-auth-method',
      what: `The server takes no keys for the user ${user}, only: ${methods.join(', ')}.`,
      remedy: 'Set PubkeyAuthentication yes in its sshd.',
    };
  }
  if (keyType && algorithms && !algorithms.some((one) => signsBy(keyType, one))) {
    return {
      code: 'ssh-key-type',
      what: `The server takes no keys of the type ${keyType}; it takes: ${algorithms.join(', ')}.`,
      remedy:
        'Make a key of a type that it takes (ssh-keygen -t ed25519), or allow this one: PubkeyAcceptedAlgorithms of its sshd.',
    };
  }
  return {
    code: 'ssh-auth',
    what: `The server knows no such key for the user ${user}.`,
    remedy: `Add the public half to ~${user}/.ssh/authorized_keys on the server (ssh-copy-id), check the user's name and that AllowUsers has it, and that the key's type is allowed there. sshd's own log says why: journalctl -u ssh.`,
  };
}

/** Refuses a host key that nobody vouched for, and says which was seen. */
export function hostKeyFault(
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
