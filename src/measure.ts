import { randomBytes } from 'node:crypto';
import { script } from './commands/command.ts';
import type { MetricsTargets, Target } from './config/config.ts';
import { edgeNumbers, readEdgeNumbers } from './edge/numbers.ts';
import { environmentKey } from './edge/state.ts';
import { type Fault, messageOf } from './errors.ts';
import type { Host } from './hosts/host.ts';
import { traceOf } from './report/otlp.ts';
import { isMeasured, prometheusText } from './report/prometheus.ts';
import type { Result } from './report/result.ts';
import { type Parcel, type Sender, send } from './report/send.ts';

/** What measuring needs besides the result. */
export interface Measuring extends Sender {
  readonly targets: MetricsTargets;
  readonly secrets: Readonly<Record<string, string>>;
  /** The servers whose connections are open. */
  readonly hosts: readonly Host[];
  readonly now: () => number;
}

/** Milliseconds for a step on a server: the end of a cancelled run may not wait for longer. */
const HOST_MS = 2_500;

/**
 * Hands the numbers of a change to whoever deploy.yml names; those of an environment that is gone are taken away.
 * It never throws: whatever goes wrong is a warning.
 */
export async function measure(result: Result, measuring: Measuring): Promise<void> {
  const { targets, now } = measuring;
  const gone = result.command === 'remove' && result.outcome === 'removed';
  if (!gone && !isMeasured(result)) return;
  const at = now();
  const work: Promise<void>[] = [];
  if (targets.textfile !== undefined) {
    const folder = targets.textfile;
    work.push(
      ...measuring.hosts.map((host) =>
        textfile(host, folder, gone ? undefined : { result, at }, result, measuring),
      ),
    );
  }
  if (targets.pushgateway) {
    const path = [
      '',
      'metrics',
      'job',
      'restaurant-deploy',
      'app',
      result.app,
      'environment',
      result.environment,
    ];
    const parcel: Parcel = {
      method: gone ? 'DELETE' : 'PUT',
      path: path.map(encodeURIComponent).join('/'),
      type: 'text/plain; version=0.0.4',
      body: prometheusText(result, at),
    };
    work.push(push('pushgateway', targets.pushgateway, parcel, measuring));
  }
  if (targets.otlp && !gone) {
    const parcel: Parcel = {
      method: 'POST',
      path: '/v1/traces',
      type: 'application/json',
      body: JSON.stringify(traceOf(result, at, (bytes) => randomBytes(bytes).toString('hex'))),
    };
    work.push(push('otlp', targets.otlp, parcel, measuring));
  }
  await Promise.all(work);
}

async function push(
  name: 'pushgateway' | 'otlp',
  target: Target,
  parcel: Parcel,
  measuring: Measuring,
): Promise<void> {
  const url = 'url' in target ? target.url : measuring.secrets[target.secret] || undefined;
  const why = await send(url, parcel, measuring);
  if (why === undefined) return;
  const where = 'secret' in target ? `metrics, ${name}, secret ${target.secret}` : `metrics, ${name}`;
  measuring.warn(unsent(where, why));
}

/** Reads how the edge's slots are taken, and writes the file beside it, whole or not at all. */
async function textfile(
  host: Host,
  folder: string,
  change: { result: Result; at: number } | undefined,
  { app, environment }: Result,
  { warn }: Measuring,
): Promise<void> {
  const file = `restaurant-deploy-${app}-${environment}.prom`;
  try {
    if (!change) {
      await host.run(script('rm -f "$1/$2"', [folder, file]), { timeoutMs: HOST_MS });
      return;
    }
    const edge = await host.run(edgeNumbers('.restaurant-deploy/edge'), { timeoutMs: HOST_MS });
    const numbers = readEdgeNumbers(edge.stdout, environmentKey(app, environment));
    const text = prometheusText(change.result, change.at, numbers);
    // node-exporter reads what ends with .prom, under another user.
    const source = `
set -e; umask 022; mkdir -p "$1"; cd "$1"
cat >".$2.$$"; mv ".$2.$$" "$2"`;
    const { code, stderr } = await host.run(script(source, [folder, file], text), { timeoutMs: HOST_MS });
    if (code !== 0) warn(unsent(`metrics, textfile, ${host.name}`, stderr.trim().split('\n').at(-1) ?? ''));
  } catch (error) {
    warn(unsent(`metrics, textfile, ${host.name}`, messageOf(error)));
  }
}

const unsent = (where: string, why: string): Fault => ({
  code: 'metrics',
  where,
  what: `The numbers of this run were not handed over: ${why}.`,
  remedy: 'See docs/metrics.md; the change itself is not concerned.',
});
