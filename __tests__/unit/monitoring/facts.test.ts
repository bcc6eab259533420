import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../../../src/commands/command.ts';
import { Sandbox } from '../deploy/sandbox.ts';

const script = fileURLToPath(new URL('../../../monitoring/facts.sh', import.meta.url));
let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

/** app environment color service oneoff state exit-code restarts health restart-policy (which may be empty), as the script asks for them. */
async function facts(...containers: string[]): Promise<string[]> {
  sandbox.docker(`case $1 in ps) ${containers.map((_, at) => `echo ${at}`).join(';') || ':'} ;;
inspect) cat <<'END'
${containers.join('\n')}
END
esac`);
  return once();
}
async function once(): Promise<string[]> {
  const { code, stderr } = await sandbox.host.run(command('sh', script, sandbox.home, sandbox.home, '0'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const text = readFileSync(join(sandbox.home, 'restaurant-deploy-facts.prom'), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
const up = (lines: readonly string[]) =>
  lines.filter((line) => line.startsWith('restaurant_deploy_container_up'));
const of = (color: string, service: string) =>
  `{app="shop",environment="production",color="${color}",service="${service}"}`;

test.each([
  ['running 0 0 none', 1],
  ['running 0 0 healthy', 1],
  ['running 0 0 starting', 0],
  ['running 0 0 unhealthy', 0],
  ['restarting 1 4 none', 0],
  ['exited 0 0 none', 1],
  ['exited 0 0 none no', 1],
  ['exited 0 0 none on-failure', 1],
  ['exited 0 0 none unless-stopped', 0],
  ['exited 0 0 none always', 0],
  ['running 0 0 none always', 1],
  ['exited 137 0 none', 0],
])('a container that is %s counts as %d', async (state, expected) => {
  const lines = await facts(`shop production blue web False ${state}`);
  expect(up(lines)).toEqual([`restaurant_deploy_container_up${of('blue', 'web')} ${expected}`]);
});

test('of several the worst counts, with the restarts of all; colors are kept apart, one-off containers left out', async () => {
  const lines = await facts(
    'shop production blue web False running 0 1 healthy',
    'shop production blue web False running 0 2 unhealthy',
    'shop production blue web False running 0 0 healthy',
    'shop production green web False running 0 0 healthy',
    'shop production green web True exited 1 0 none',
  );
  expect(up(lines)).toEqual([
    `restaurant_deploy_container_up${of('blue', 'web')} 0`,
    `restaurant_deploy_container_up${of('green', 'web')} 1`,
  ]);
  expect(lines).toContain(`restaurant_deploy_container_restarts_total${of('blue', 'web')} 3`);
});

test('leases and changes under way are told by their time, those of each environment', async () => {
  const root = join(sandbox.home, 'apps/shop');
  for (const [path, at] of [
    ['production/lease', 1_700_000_000],
    ['staging/journal.json', 1_700_000_100],
  ] as const) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), '{}');
    utimesSync(join(root, path), at, at);
  }
  expect(await facts()).toEqual([
    'restaurant_deploy_lease_heartbeat_timestamp_seconds{app="shop",environment="production"} 1700000000',
    'restaurant_deploy_journal_timestamp_seconds{app="shop",environment="staging"} 1700000100',
    expect.stringMatching(/^restaurant_deploy_facts_timestamp_seconds \d+$/),
  ]);
});

test('when Docker does not answer, nothing is told of containers, and no time of a look', async () => {
  sandbox.docker('echo "Cannot connect" >/dev/null; exit 1');
  expect(await once()).toEqual([]);
});
