import { createHash, createHmac } from 'node:crypto';

/** One key that a server may show: its type and SHA256 fingerprint; the type is unknown for a bare fingerprint. */
export interface TrustedKey {
  readonly type?: string;
  readonly fingerprint: string;
}

/** The fingerprint of a public key as OpenSSH prints it: `SHA256:...`. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a public key in wire format names. */
export function keyTypeOf(key: Buffer): string {
  return key.length < 4 ? '' : key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/** Does a host pattern of known_hosts (plain, list, wildcard, negated, hashed) match a name? */
function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = patterns.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  let found = false;
  for (const raw of patterns.split(',')) {
    const negated = raw.startsWith('!');
    const glob = (negated ? raw.slice(1) : raw).toLowerCase();
    const source = glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    if (!new RegExp(`^${source}$`).test(name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/**
 * The keys that the text trusts for a server. The text holds known_hosts lines and bare SHA256 fingerprints, mixed;
 * a fingerprint holds for every server. A key on a `@revoked` line is trusted in no way; certificates are not known
 * here, so a `@cert-authority` line is passed over.
 * Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
 */
export function trustedKeys(text: string, host: string, port: number): TrustedKey[] {
  const name = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
  const keys: TrustedKey[] = [];
  const revoked = new Set<string>();
  for (const line of text.split(/\r?\n/).map((raw) => raw.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const words = line.split(/\s+/);
    const marker = line.startsWith('@') ? words.shift() : undefined;
    const [patterns = '', type = '', blob = ''] = words;
    const fingerprint = () => fingerprintOf(Buffer.from(blob, 'base64'));
    if (marker === '@revoked' && matches(patterns, name)) revoked.add(fingerprint());
    if (marker) continue;
    const bare = /(?:^|\s)(SHA256:[A-Za-z0-9+/]{43})=*(?:\s|$)/.exec(line);
    if (bare?.[1]) {
      keys.push({ fingerprint: bare[1] });
      continue;
    }
    if (blob && matches(patterns, name)) keys.push({ type, fingerprint: fingerprint() });
  }
  return keys.filter((key) => !revoked.has(key.fingerprint));
}

/** Types of host keys -> the algorithms by which a server proves to have one. Others, such as DSA, are not spoken. */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/**
 * Signature algorithms to ask the server for, so that it shows a key of a type that is trusted; undefined when any
 * will do: a fingerprint does not tell its key's type.
 */
export function signatureAlgorithms(keys: readonly TrustedKey[]): string[] | undefined {
  if (keys.some((key) => key.type === undefined)) return undefined;
  const algorithms = new Set(keys.flatMap((key) => ALGORITHMS[key.type ?? ''] ?? []));
  return algorithms.size === 0 ? undefined : [...algorithms];
}
