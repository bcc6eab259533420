import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Nobody waits longer for a name that is only to be warned of. */
const LOOKUP_MS = 2_000;

/** Whether a hostname has an address, as this machine sees it; undefined when no answer says either. */
export function isKnownName(hostname: string): Promise<boolean | undefined> {
  const asked = lookup(hostname).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === 'ENOTFOUND' ? false : undefined),
  );
  return Promise.race([asked, sleep(LOOKUP_MS, undefined, { ref: false })]);
}
