import type { ComposeModel } from '../compose/model.ts';
import type { Fault } from '../errors.ts';
import type { Facts } from './facts.ts';

const CLOCK_MS = 60_000;
const MIN_AVAILABLE_BYTES = 128 * 1024 * 1024;
const MB = 1024 * 1024;

/** What a person should know of a server, and what is no reason to stop. */
export function cautions(facts: Facts, where: string, now: number, wantedBytes = 0): Fault[] {
  const faults: Fault[] = [];
  const { clockMs, availableBytes } = facts;
  if (clockMs !== undefined && Math.abs(clockMs - now) > CLOCK_MS) {
    const seconds = Math.round(Math.abs(clockMs - now) / 1000);
    faults.push({
      code: 'host-clock',
      where,
      what: `The clock of the server is ${seconds} s ${clockMs > now ? 'ahead of' : 'behind'} the runner's.`,
      remedy:
        'Certificates, tokens and logs go by it: sudo timedatectl set-ntp true, on the server or the runner, whichever is wrong.',
    });
  }
  if (availableBytes < Math.max(MIN_AVAILABLE_BYTES, wantedBytes)) {
    const free = Math.round(availableBytes / MB);
    faults.push({
      code: 'host-memory',
      where,
      what:
        wantedBytes > 0
          ? `${free} MB of memory are free, and the new color may take ${Math.round(wantedBytes / MB)} MB by its limits, beside the old one.`
          : `Only ${free} MB of memory are free, and two copies of the app run at once for a while.`,
      remedy: 'Give the server more memory or swap, or the services lower limits.',
    });
  }
  return faults;
}

/** The memory that the services of one color may take by their limits, in bytes; those without a limit count as nothing. */
export function memoryLimits(model: ComposeModel, shared: readonly string[]): number {
  return Object.entries(model.services)
    .filter(([name]) => !shared.includes(name))
    .reduce((sum, [, service]) => {
      const {
        mem_limit: own,
        deploy,
        scale,
      } = service as {
        mem_limit?: unknown;
        scale?: unknown;
        deploy?: { replicas?: unknown; resources?: { limits?: { memory?: unknown } } } | null;
      };
      const limit = Number(deploy?.resources?.limits?.memory ?? own ?? 0);
      const copies = Number(deploy?.replicas ?? scale ?? 1);
      return sum + (Number.isFinite(limit) && Number.isFinite(copies) ? limit * copies : 0);
    }, 0);
}
