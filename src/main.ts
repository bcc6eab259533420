import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { previewNumber } from './config/preview.ts';
import type { Part } from './deploy/part.ts';
import { Steps } from './deploy/steps.ts';
import { DeployError, type Fault } from './errors.ts';
import type { Inputs } from './inputs.ts';
import type { Log } from './log.ts';
import { measure } from './measure.ts';
import { notify } from './report/notify.ts';
import type { Result } from './report/result.ts';
import { reportSecrets } from './report-secrets.ts';
import { runCommand } from './run-command.ts';
import * as state from './state.ts';
import { Teller } from './tell.ts';
import { wayBack } from './way-back.ts';
import { type Wired, wire } from './wire.ts';

/** Runs one command from its inputs to its result; what went wrong is in the result, nothing is thrown. */
export async function main(inputs: Inputs, log: Log): Promise<Result> {
  const token = randomUUID();
  state.begin(token);
  const cancel = new AbortController();
  const stop = () =>
    cancel.abort(
      new DeployError({
        code: 'cancelled',
        what: 'The run was cancelled.',
        remedy: 'What was begun was taken back; the app serves as before.',
      }),
    );
  process.on('SIGINT', stop).on('SIGTERM', stop);

  const steps = new Steps(log, cancel.signal, Date.now);
  const teller = new Teller(inputs, log);
  const base = { command: inputs.command, environment: inputs.environment, app: '' };
  let app = '';
  let url: string | undefined;
  let part: Part;
  let faults: readonly Fault[] = [];
  let wired: Wired | undefined;
  try {
    wired = wire(inputs, log, token, cancel);
    const { context } = wired;
    const { config } = context;
    app = config.app;
    const [route] = config.routes;
    url = route && `${route.tls ? 'https' : 'http'}://${route.hosts[0]}`;
    // What a removal that was killed has left, the next one takes away: there is nothing to bring to an end.
    if (!['build', 'remove', 'prune', 'monitoring'].includes(inputs.command)) state.changing();
    tell(teller, inputs, config.app, steps);
    part = await runCommand(inputs, context, steps);
  } catch (error) {
    part = { outcome: steps.reverted ? 'reverted' : 'failed', ...steps.known };
    faults = faultsOf(error).map((fault) => masked(fault, log));
  }
  state.ended();
  const changed = part.outcome === 'deployed' || part.outcome === 'rolled-back';
  // A preview keeps nothing to go back to.
  const back = changed && inputs.command !== 'preview' ? part.previousRelease : undefined;
  const tables = [...(part.tables ?? []), ...steps.tables];
  const result: Result = {
    ...base,
    app,
    ...part,
    ...(tables.length > 0 && { tables }),
    faults,
    durationMs: steps.elapsedMs,
    phases: steps.times,
    ...(url && part.outcome !== 'removed' && inputs.command !== 'prune' && { url }),
    ...(back && wayBack(inputs, back)),
  };
  await Promise.all([teller.end(result), wired && handOver(result, wired, inputs, log)]);
  return result;
}

/** Has a change told to GitHub from here on. Which commit a rollback brings back is known only once it looked. */
function tell(teller: Teller, { command, environment, commit }: Inputs, app: string, steps: Steps): void {
  const subject = { app, environment, transient: previewNumber(environment) !== undefined };
  if (command === 'deploy' || command === 'preview') teller.begin({ ...subject, ref: commit });
  steps.onPhase = (phase) => {
    if (command === 'rollback' && steps.known.commit) teller.begin({ ...subject, ref: steps.known.commit });
    if (phase !== 'connect' && phase !== 'lease') teller.working();
  };
}

/** Tells the receivers, hands the numbers over, for which the connections are still wanted, and ends those. */
async function handOver(result: Result, wired: Wired, inputs: Inputs, log: Log): Promise<void> {
  const { context, hosts, close } = wired;
  const { config } = context;
  const secrets = await reportSecrets(result, wired, log);
  const notices = config.notify.map((one) => ({ ...one, url: secrets[one.secret] || undefined }));
  await Promise.all([
    notify(notices, result, factsOf(inputs), sender(log)),
    measure(result, { targets: config.metrics, secrets, hosts, now: Date.now, ...sender(log) }),
  ]);
  // What a connection says as it ends changes nothing any more.
  await close().catch(() => {});
}

const factsOf = ({ run }: Inputs) => ({ runUrl: run.runUrl, actor: run.actor, at: Date.now() });
const sender = (log: Log) => ({
  fetch,
  sleep: (ms: number) => sleep(ms),
  warn: (fault: Fault) => log.warn(fault),
});

/** A fault can hold what the user's own programs said, and it goes to where no runner hides a secret. */
const masked = (fault: Fault, log: Log): Fault => {
  const told = Object.entries(fault).map(([key, value]) => [
    key,
    key !== 'code' && typeof value === 'string' ? log.masked(value) : value,
  ]);
  return Object.fromEntries(told) as Fault;
};

/** The user's faults as they are; anything else is a fault of this program, told with its stack. */
function faultsOf(error: unknown): readonly Fault[] {
  if (error instanceof DeployError) return error.faults;
  const told = error instanceof Error ? error : new Error(String(error));
  return [
    {
      code: 'internal',
      what: `This is a fault of restaurant-deploy: ${told.message}`,
      remedy: 'Please report it with the lines below.',
      evidence: told.stack ?? '',
    },
  ];
}
