import { DeployError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Told } from '../monitoring/alertmanager.ts';
import { bringStack, removeStack } from '../monitoring/stack.ts';
import { type Context, warn } from './context.ts';
import type { Part } from './part.ts';
import { openHosts } from './session.ts';
import type { Steps } from './steps.ts';
import { secretsWith } from './with-secrets.ts';

const HOME = '.restaurant-deploy';
/** The first time pulls eight images. */
const LIMIT_MS = 15 * 60_000;

/**
 * Brings up, updates or removes the stack that watches a server, on each of them. No deploy depends on it.
 * @throws DeployError monitoring with what Docker said.
 */
export async function monitoring(context: Context, steps: Steps, end: 'up' | 'remove'): Promise<Part> {
  const hosts = await steps.phase('connect', () => openHosts(context));
  await steps.phase(`monitoring ${end}`, async () => {
    if (end === 'remove') return Promise.all(hosts.map((host) => down(context, host)));
    const told = await toldOf(context, hosts);
    return Promise.all(hosts.map((host) => up(context, host, told)));
  });
  return { outcome: 'done' };
}

async function up(context: Context, host: Host, told: readonly Told[]): Promise<void> {
  const home = (await host.run({ argv: ['pwd'] }, { signal: context.signal })).stdout.trim();
  const { command, input } = bringStack(`${home}/${HOME}`, told);
  const { code, stdout, stderr } = await host.run(command, {
    input,
    signal: context.signal,
    timeoutMs: LIMIT_MS,
  });
  if (code !== 0) {
    throw new DeployError({
      code: 'monitoring',
      where: host.name,
      what: 'The stack that watches the server could not be brought up; the apps are not concerned.',
      remedy: 'See what Docker said below; run it again when that is mended.',
      evidence: (stderr.trim() || stdout.trim()).split('\n').slice(-30).join('\n'),
    });
  }
  context.log.info(`${host.name}: Grafana is at 127.0.0.1:3000 of the server: ssh -L 3000:127.0.0.1:3000`);
  context.log.info(`the password of its user admin is in ~/${HOME}/monitoring/secrets/admin-password there`);
}

async function down(context: Context, host: Host): Promise<void> {
  const { code, stdout, stderr } = await host.run(removeStack(HOME), { signal: context.signal });
  if (code !== 0) {
    throw new DeployError({
      code: 'monitoring',
      where: host.name,
      what: 'The stack that watches the server could not be removed whole.',
      remedy: 'See below; run it again.',
      evidence: stderr.trim(),
    });
  }
  context.log.info(stdout.trim() || 'nothing of it was there');
}

/** Those who want to hear of a failure hear of alerts; a URL that is not there is told. */
async function toldOf(context: Context, hosts: readonly Host[]): Promise<Told[]> {
  const receivers = context.config.notify.filter(({ on }) => on.includes('failure'));
  const names = receivers.map(({ secret }) => secret);
  const secrets = await secretsWith(context, names, async () => hosts);
  return receivers.flatMap(({ to, secret }) => {
    const url = secrets[secret]?.trim();
    if (url) return [{ to, url }];
    warn(context, {
      code: 'notify',
      where: `notify, ${to}, secret ${secret}`,
      what: 'Alerts will not be told there: the secret is missing or empty.',
      remedy:
        'Hand it over in the input `secrets`, or name its place under `secrets` of deploy.yml, and run it again.',
    });
    return [];
  });
}
