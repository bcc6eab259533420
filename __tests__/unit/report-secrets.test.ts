import { loadConfig } from '../../src/config/load.ts';
import type { Context } from '../../src/deploy/context.ts';
import { DeployError, type Fault } from '../../src/errors.ts';
import type { Result } from '../../src/report/result.ts';
import { reportSecrets } from '../../src/report-secrets.ts';
import { deployed, failed, status } from './report/results.ts';

const SETTINGS = `app: shop
notify: [{to: slack, secret: SLACK, on: [failure]}, {to: webhook, secret: HOOK, on: [success, failure]}]
metrics: {pushgateway: {secret: GATE}, otlp: {secret: OTLP}}
secrets: {host: {SLACK: /slack, HOOK: /hook, GATE: /gate, DB: /db}}
`;
const denied: Fault = { code: 'secrets-not-found', what: 'There is no file /hook.', remedy: 'Make it.' };

async function secretsOf(result: Result, says?: Fault) {
  const asked: string[] = [];
  const warned: Fault[] = [];
  const context = {
    config: loadConfig(SETTINGS, 'deploy.yml', 'production'),
    secrets: { OTLP: 'of the input' },
    fetchSecrets: async (_: unknown, names: readonly string[] = []) => {
      asked.push(...names);
      if (says) throw new DeployError(says);
      return { values: Object.fromEntries(names.map((name) => [name, `stored ${name}`])), origins: {} };
    },
  } as unknown as Context;
  const log = { warn: (fault: Fault) => void warned.push(fault) };
  const secrets = await reportSecrets(result, { context, hosts: [] }, log);
  return { secrets, asked: asked.sort(), warned };
}

test('the stores are asked for the URLs of those who are told of this result, and for no more', async () => {
  const good = await secretsOf(deployed);
  expect(good.asked).toEqual(['GATE', 'HOOK']);
  expect(good.secrets).toEqual({ OTLP: 'of the input', GATE: 'stored GATE', HOOK: 'stored HOOK' });
  expect((await secretsOf(failed)).asked).toEqual(['GATE', 'HOOK', 'SLACK']);
  expect((await secretsOf({ ...deployed, command: 'remove', outcome: 'removed' })).asked).toContain('GATE');
});

test('a look tells nobody, so no store is asked', async () => {
  expect((await secretsOf(status)).asked).toEqual([]);
});

test('a store that says no is a warning, once, and the input is there still', async () => {
  expect(await secretsOf(deployed, denied)).toMatchObject({
    secrets: { OTLP: 'of the input' },
    warned: [denied],
  });
  expect((await secretsOf({ ...failed, faults: [denied] }, denied)).warned).toEqual([]);
});
