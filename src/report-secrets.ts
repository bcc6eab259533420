import type { Config } from './config/config.ts';
import { secretsWith } from './deploy/with-secrets.ts';
import { DeployError, messageOf } from './errors.ts';
import type { Log } from './log.ts';
import { eventsOf } from './report/messages.ts';
import { isMeasured } from './report/prometheus.ts';
import type { Result } from './report/result.ts';
import type { Wired } from './wire.ts';

/**
 * The secrets by which a result is handed to receivers of `notify` and `metrics`: those of the input, and those that a
 * store holds. The stores are asked only when somebody is to be told. It never throws: a store that says no is a warning.
 */
export async function reportSecrets(
  result: Result,
  { context, hosts }: Pick<Wired, 'context' | 'hosts'>,
  log: Pick<Log, 'warn'>,
): Promise<Readonly<Record<string, string>>> {
  const names = namesToTell(context.config, result);
  try {
    return await secretsWith(context, names, async () => hosts);
  } catch (error) {
    const known = new Set(result.faults.map(({ what }) => what));
    const faults =
      error instanceof DeployError
        ? error.faults
        : [{ code: 'notify', what: messageOf(error), remedy: 'The change itself is not concerned.' }];
    for (const fault of faults) if (!known.has(fault.what)) log.warn(fault);
    return context.secrets;
  }
}

function namesToTell({ notify, metrics }: Config, result: Result): string[] {
  const events = eventsOf(result);
  const told = notify.filter(({ on }) => on.some((event) => events.includes(event)));
  const gone = result.command === 'remove' && result.outcome === 'removed';
  const targets = gone || isMeasured(result) ? [metrics.pushgateway, metrics.otlp] : [];
  return [
    ...told.map(({ secret }) => secret),
    ...targets.flatMap((target) => (target && 'secret' in target ? [target.secret] : [])),
  ];
}
