import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Readable } from 'node:stream';
import { archive } from '../commands/archive.ts';
import { type Command, script } from '../commands/command.ts';
import type { Fault } from '../errors.ts';
import { EDGE_IMAGE } from './config.ts';

/** A certificate chain and its key, and the hostnames they are for. */
export interface Certificate {
  /** File name at the edge, without ending. */
  readonly name: string;
  readonly hosts: readonly string[];
  readonly chain: string;
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const SOON_DAYS = 14;

/** A certificate's path as the edge's container sees it; the runtime commands name it so. */
export const certificateFile = (name: string): string => `/edge/certs/${name}.pem`;
export const CERTIFICATE_LIST = '/edge/certs/list.txt';

/** What is wrong with a certificate, before the edge gets it. `warning`: it still works today. */
export function judgeCertificate(one: Certificate, now: number): { errors: Fault[]; warnings: Fault[] } {
  const where = `routes with ${one.hosts[0]}, tls`;
  const fault = (code: string, what: string, remedy: string): Fault => ({ code, where, what, remedy });
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(one.chain);
    if (!leaf.checkPrivateKey(createPrivateKey(one.key))) {
      return {
        errors: [
          fault('tls-key', 'The key does not belong to the certificate.', 'Give the two files of one issue.'),
        ],
        warnings: [],
      };
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      errors: [
        fault(
          'tls-pem',
          `The certificate or its key can not be read (${why}).`,
          'Both are PEM files; a key without a passphrase.',
        ),
      ],
      warnings: [],
    };
  }
  const errors = one.hosts
    .filter((host) => leaf.checkHost(host) === undefined)
    .map((host) =>
      fault(
        'tls-name',
        `The certificate is not for ${host} (it is for ${leaf.subjectAltName ?? leaf.subject}).`,
        'Issue one that names every hostname of the route.',
      ),
    );
  const left = Math.floor((Date.parse(leaf.validTo) - now) / DAY_MS);
  if (left < 0)
    errors.push(
      fault('tls-expired', `The certificate ended on ${leaf.validTo}.`, 'Renew it, then deploy again.'),
    );
  const warnings =
    left >= 0 && left < SOON_DAYS
      ? [
          fault(
            'tls-expiring',
            `The certificate ends in ${left} days.`,
            'Renew it soon; the next deploy takes the new one, without a restart.',
          ),
        ]
      : [];
  return { errors, warnings };
}

/**
 * Prints a file of the server. What only root may read (as /etc/letsencrypt is) is read in a container: who may use
 * Docker is root's equal anyway; for that the edge's image has to be there. Exit code 66: it is not there.
 */
export function readAsRoot(path: string): Command {
  const source = `
cat "$1" 2>/dev/null && exit 0
docker run --rm --pull never --network none --user 0 --entrypoint chroot -v /:/host:ro "$2" /host cat "$1" 2>/dev/null || exit 66`;
  return script(source, [path, EDGE_IMAGE]);
}

/** Chain and key as HAProxy reads them: one file, no empty lines (one would end a runtime command). */
export const combined = (one: Certificate): string =>
  `${[one.chain, one.key]
    .join('\n')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .join('\n')}\n`;

/** Writes certificates and the list the edge starts with; prints the names of those that are new or changed. */
export function writeCertificates(
  dir: string,
  all: readonly Certificate[],
): { command: Command; input: Readable } {
  const source = `
set -eu; umask 077; cd "$1"; shift
exec 9>lock; flock -w 20 9
mkdir -p certs; rm -rf certs/.new; mkdir certs/.new; tar -xf - -C certs/.new
for name in "$@"; do
  cmp -s "certs/.new/$name.pem" "certs/$name.pem" && continue
  sync "certs/.new/$name.pem"; mv "certs/.new/$name.pem" "certs/$name.pem"; echo "$name"
done
rm -rf certs/.new
for file in certs/*.pem; do echo "/edge/$file"; done >certs/list.new; mv certs/list.new certs/list.txt`;
  return {
    command: script(source, [dir, ...all.map((one) => one.name)]),
    input: archive(all.map((one) => ({ path: `${one.name}.pem`, content: combined(one), mode: 0o600 }))),
  };
}
