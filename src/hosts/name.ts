import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Nobody waits longer for a name that is only to be warned of. */
const LOOKUP_MS = 2_000;

/** The addresses of a hostname, as this machine sees it: none when there is none, undefined when no answer says either. */
export function addressesOf(hostname: string): Promise<readonly string[] | undefined> {
  const asked = lookup(hostname, { all: true }).then(
    (found) => found.map(({ address }) => address),
    (error: NodeJS.ErrnoException) => (error.code === 'ENOTFOUND' ? [] : undefined),
  );
  return Promise.race([asked, sleep(LOOKUP_MS, undefined, { ref: false })]);
}
