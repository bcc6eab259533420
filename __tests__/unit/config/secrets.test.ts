import { resolveEnv } from '../../../src/config/env.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { DeployError } from '../../../src/errors.ts';

// The part of deploy.yml that says which store holds which secret.

const load = (lines: string, environment = 'production') =>
  loadConfig(`app: shop\n${lines}`, 'deploy.yml', environment);
const refused = (lines: string): string => {
  try {
    load(lines);
  } catch (error) {
    if (error instanceof DeployError) return error.message;
    throw error;
  }
  throw new Error('this was taken');
};
const vault = (more: string) => `secrets: {vault: {values: {A: {path: secret/data/a, key: a}}, ${more}}}`;

describe('an address of Vault', () => {
  test.each(['https://vault.example.com', 'https://vault.example.com:8200/prefix', 'http://127.0.0.1:8200'])(
    '%s is taken',
    (address) => expect(load(vault(`address: "${address}"`)).secrets.vault?.address).toBe(address),
  );

  test.each(['http://vault.example.com:8200', 'http://10.0.0.1:8200', 'http://127.0.0.1.evil.example'])(
    '%s would show the token to the network',
    (address) => expect(refused(vault(`address: "${address}"`))).toMatch(/must begin with https:/),
  );

  test.each([
    'vault.example.com',
    'ftp://vault.example.com',
    'https://user:pw@vault.example.com',
    'https://a.example/?b',
    '',
  ])('%j is none', (address) =>
    expect(refused(vault(`address: "${address}"`))).toMatch(/must be the address of a Vault/),
  );
});

test.each(['/secret/a', 'secret/a/', 'secret/../sys', '..', 'a?b', 'a#b', 'a%2fb', 'a b', ''])(
  'the path %j of Vault is refused: it could lead elsewhere',
  (path) =>
    expect(
      refused(`secrets: {vault: {address: "https://v.example", values: {A: {path: "${path}", key: a}}}}`),
    ).toMatch(/must be the path of a secret/),
);

test.each([
  'restaurant/production',
  'rds!db-1234',
  'arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/db-AbCdEf',
  'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a',
])('%s names a secret of AWS', (secret) => {
  expect(load(`secrets: {aws: {values: {A: "${secret}"}}}`).secrets.aws?.values).toEqual({ A: { secret } });
});

test.each(['', 'a b', 'arn:aws:s3:::bucket', 'a"b'])('%j names no secret of AWS', (secret) =>
  expect(refused(`secrets: {aws: {values: {A: '${secret}'}}}`)).toMatch(/^deploy.yml:2:/),
);

test('a variable has one source', () => {
  expect(
    refused('env: {clear: {A: 1}}\nsecrets: {input: [B], aws: {values: {A: a}}, host: {B: /etc/b}}').split(
      '\n',
    ),
  ).toEqual([
    'deploy.yml:3:38: secrets.aws.values.A gives "A" again: env.clear.A has it already. A variable has one value: keep one of them.',
    'deploy.yml:3:53: secrets.host.B gives "B" again: secrets.input[0] has it already. A variable has one value: keep one of them.',
  ]);
});

test('an environment has secrets of its own', () => {
  const { secrets } = load(
    `secrets: {aws: {region: eu-central-1, values: {A: production/a, B: b}}}
environments: {staging: {secrets: {aws: {values: {A: staging/a}}}}}`,
    'staging',
  );
  expect(secrets.aws).toEqual({
    region: 'eu-central-1',
    values: { A: { secret: 'staging/a' }, B: { secret: 'b' } },
  });
});

test('a stored secret reaches the compose file, and the containers when env.secret names it', () => {
  const config = load('env: {secret: [A]}\nsecrets: {input: [I], host: {A: /a, B: /b}}');
  const known = new Map(Object.entries({ A: 'a', B: 'b', I: 'i', OTHER: 'x' }));
  expect(resolveEnv(config, known)).toEqual({
    values: { ENVIRONMENT: 'production', A: 'a' },
    filling: { ENVIRONMENT: 'production', A: 'a', B: 'b', I: 'i' },
    missing: [],
  });
  expect(resolveEnv(config, new Map()).missing).toEqual(['A', 'I', 'B']);
});
