import { jest } from '@jest/globals';
import type { AwsReference } from '../../../src/config/config.ts';
import { describe as told } from '../../../src/errors.ts';
import { awsSecrets } from '../../../src/secrets/aws.ts';
import { AwsServer, error } from './aws-server.ts';
import { faultsOf, TestWorld, valuesOf } from './world.ts';

// The official SDK against a server that checks each signature. Its waits between tries are real.
jest.setTimeout(60_000);

const SECRET_KEY = 'the-secret-access-key-of-this-test';
const SESSION = 'the-session-token-of-this-test';
let server: AwsServer;
let world: TestWorld;
const before = { ...process.env };

beforeEach(async () => {
  server = new AwsServer();
  server.keys.set('AKIDTEST', { secret: SECRET_KEY, session: SESSION });
  server.secrets.set('shop/db', [
    { id: 'a'.repeat(32), text: '{"password": "old", "port": 5432}', labels: ['AWSPREVIOUS'] },
    {
      id: '6f7b3c1e-1111-4222-8333-444455556666',
      text: '{"password": "geheim\\n2", "port": 5432, "price": 1.10, "deep": {"a": 1}}',
      labels: ['AWSCURRENT'],
    },
  ]);
  server.secrets.set('shop/plain', [{ id: 'v1', text: 'plain, "text"\n', labels: ['AWSCURRENT'] }]);
  world = new TestWorld();
  // Where the SDK looks, as aws-actions/configure-aws-credentials leaves it.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: await server.start(),
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    AWS_SESSION_TOKEN: SESSION,
    AWS_REGION: 'eu-central-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  });
});
afterEach(async () => {
  await server.stop();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

const provider = (values: Record<string, AwsReference>, region?: string) =>
  awsSecrets({ values, ...(region !== undefined && { region }) }, world);

test('whole texts and keys of JSON objects, byte for byte, each masked, with the version they had', async () => {
  const all = await provider({
    PASSWORD: { secret: 'shop/db', key: 'password' },
    PORT: { secret: 'shop/db', key: 'port' },
    PRICE: { secret: 'shop/db', key: 'price' },
    PLAIN: { secret: 'shop/plain' },
  }).read();
  expect(valuesOf(all)).toEqual({
    PASSWORD: 'geheim\n2',
    PORT: '5432',
    PRICE: '1.10',
    PLAIN: 'plain, "text"\n',
  });
  expect(world.masked).toEqual(expect.arrayContaining(['geheim\n2', '5432', '1.10', 'plain, "text"\n']));
  expect(all[0]).toMatchObject({
    origin: {
      from: 'aws',
      secret: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/db-AbCdEf',
      version: '6f7b3c1e-1111-4222-8333-444455556666',
    },
  });
  // One request a secret, not one a variable.
  expect(server.requests.length).toBe(2);
});

test('versions by their id and by their label', async () => {
  const key = 'password';
  const all = await provider({
    BY_LABEL: { secret: 'shop/db', key, version: 'AWSPREVIOUS' },
    BY_ID: { secret: 'shop/db', key, version: '6f7b3c1e-1111-4222-8333-444455556666' },
    BY_OLD_ID: { secret: 'shop/db', key, version: 'a'.repeat(32) },
  }).read();
  expect(valuesOf(all)).toEqual({ BY_LABEL: 'old', BY_ID: 'geheim\n2', BY_OLD_ID: 'old' });
});

test('the region is that of the settings, else of the ARN, else of the environment', async () => {
  const regions = () =>
    server.requests
      .splice(0)
      .map(({ headers }) => /\/([a-z0-9-]+)\/secretsmanager\//.exec(headers.authorization ?? '')?.[1]);
  const arn = 'arn:aws:secretsmanager:us-east-2:123456789012:secret:shop/plain-AbCdEf';
  await provider({ A: { secret: arn } }).read();
  expect(regions()).toEqual(['us-east-2']);
  await provider({ A: { secret: 'shop/plain' } }).read();
  expect(regions()).toEqual(['eu-central-1']);
  await provider({ A: { secret: arn } }, 'ap-south-1').read();
  expect(regions()).toEqual(['ap-south-1']);
});

test('keys without a session', async () => {
  server.keys.set('AKIDTEST', { secret: SECRET_KEY });
  delete process.env.AWS_SESSION_TOKEN;
  expect(valuesOf(await provider({ A: { secret: 'shop/plain' } }).read())).toEqual({ A: 'plain, "text"\n' });
});

test('throttled and broken answers are asked again', async () => {
  server.first.push(
    error('ThrottlingException', 'Rate exceeded'),
    error('InternalServiceError', 'oops', 500),
    { status: 0, drop: true },
  );
  expect(valuesOf(await provider({ A: { secret: 'shop/plain' } }).read())).toEqual({ A: 'plain, "text"\n' });
  expect(server.requests.length).toBe(4);
});

describe('what can not be had names the secret, never a value', () => {
  test.each<[string, Record<string, AwsReference>, string]>([
    [
      'a secret that is not there',
      { A: { secret: 'shop/dv' }, B: { secret: 'shop/dv', key: 'x' } },
      'secrets.aws.values.A, B: AWS has no secret shop/dv in this account and region. Check name, region and account: aws secretsmanager list-secrets.',
    ],
    [
      'a version that is not there',
      { A: { secret: 'shop/db', version: 'AWSPENDING' } },
      'secrets.aws.values.A: AWS has no secret shop/db with the version AWSPENDING in this account and region. Check name, region and account: aws secretsmanager list-secrets.',
    ],
    [
      'a key that is not there',
      { A: { secret: 'shop/db', key: 'pasword' } },
      'secrets.aws.values.A: The secret arn has no key "pasword". Write "password".'.replace(
        'arn',
        'shop/db',
      ),
    ],
    [
      'a key of an object',
      { A: { secret: 'shop/db', key: 'deep' } },
      'secrets.aws.values.A: The secret shop/db holds no single text at "deep". Store a text there.',
    ],
    [
      'a key of what is no JSON',
      { A: { secret: 'shop/plain', key: 'a' } },
      'secrets.aws.values.A: The secret shop/plain is no JSON object. Remove `key` to take the whole text.',
    ],
  ])('%s', async (_, values, message) => {
    const faults = await faultsOf(provider(values));
    expect(faults.map(told)).toEqual([message]);
  });

  test('a denied secret, an undecryptable one, a binary one: all at once', async () => {
    server.denied.add('shop/db');
    server.secrets.set('sealed', []).set('bytes', [{ id: 'v1', binary: 'aGk=', labels: ['AWSCURRENT'] }]);
    server.undecryptable.add('sealed');
    const faults = await faultsOf(
      provider({ A: { secret: 'shop/db' }, B: { secret: 'sealed' }, C: { secret: 'bytes' } }),
    );
    expect(faults.map(({ code, where }) => [code, where])).toEqual([
      ['secrets-denied', 'secrets.aws.values.A'],
      ['secrets-denied', 'secrets.aws.values.B'],
      ['secrets-key', 'secrets.aws.values.C'],
    ]);
    expect(faults[0]?.what).toMatch(/assumed-role\/deploy\/run is not authorized/);
  });

  test('a secret that is to be deleted', async () => {
    server.first.push(
      error(
        'InvalidRequestException',
        'You can’t perform this operation on the secret because it was marked for deletion.',
      ),
    );
    const [fault] = await faultsOf(provider({ A: { secret: 'shop/db' } }));
    expect(fault).toMatchObject({
      code: 'secrets-not-found',
      remedy: expect.stringMatching(/restore-secret/),
    });
  });

  test.each<[string, () => void, RegExp]>([
    [
      'expired',
      () => server.keys.set('AKIDTEST', { secret: SECRET_KEY, session: SESSION, expired: true }),
      /have expired/,
    ],
    [
      'unknown',
      () => void server.keys.clear(),
      /does not take the credentials \(UnrecognizedClientException\)/,
    ],
    [
      'wrong',
      () => server.keys.set('AKIDTEST', { secret: 'another', session: SESSION }),
      /does not take the credentials \(InvalidSignatureException\)/,
    ],
    [
      'missing',
      () => {
        delete process.env.AWS_ACCESS_KEY_ID;
        delete process.env.AWS_SECRET_ACCESS_KEY;
      },
      /There are no credentials for AWS/,
    ],
  ])('credentials that are %s are one fault, whatever wanted them', async (_, arrange, message) => {
    arrange();
    const faults = await faultsOf(
      provider({ A: { secret: 'shop/db', key: 'password' }, B: { secret: 'shop/plain' } }),
    );
    expect(new Set(faults.map((fault) => JSON.stringify(fault))).size).toBe(1);
    expect(faults[0]).toMatchObject({
      code: 'secrets-login',
      where: 'secrets.aws',
      what: expect.stringMatching(message),
    });
    const text = JSON.stringify(faults);
    for (const secret of [SESSION, SECRET_KEY, 'geheim']) expect(text).not.toContain(secret);
  });

  test('no region', async () => {
    delete process.env.AWS_REGION;
    expect(await faultsOf(provider({ A: { secret: 'shop/db' } }))).toMatchObject([
      { code: 'secrets-login', what: 'No region of AWS is known.' },
    ]);
  });

  test('throttled for good', async () => {
    server.first.push(...Array.from({ length: 9 }, () => error('ThrottlingException', 'Rate exceeded')));
    expect(await faultsOf(provider({ A: { secret: 'shop/db' } }))).toMatchObject([
      { code: 'secrets-throttled' },
    ]);
    expect(server.requests.length).toBe(4);
  });

  test('broken for good', async () => {
    server.first.push(...Array.from({ length: 9 }, () => error('InternalServiceError', 'oops', 500)));
    expect(await faultsOf(provider({ A: { secret: 'shop/db' } }))).toMatchObject([{ code: 'secrets-store' }]);
  });

  test('nobody there', async () => {
    process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = 'http://127.0.0.1:1';
    const [fault] = await faultsOf(provider({ A: { secret: 'shop/db' } }));
    expect(fault).toMatchObject({ code: 'secrets-unreachable', what: expect.stringMatching(/ECONNREFUSED/) });
  });
});

test('a cancelled run stops asking', async () => {
  const cancel = new AbortController();
  cancel.abort(new Error('cancelled'));
  const reading = awsSecrets(
    { values: { A: { secret: 'shop/db' } } },
    { ...world, signal: cancel.signal },
  ).read();
  await expect(reading).rejects.toThrow('cancelled');
});
