import { eitherOf, listOf, mapOf, namedBy, oneOf, text, whole } from './kinds.ts';
import * as names from './names.ts';
import { ownSecret } from './parts.ts';
import { quoted } from './problem.ts';

/** The part of deploy.yml that says which store holds which secret. */

const AWS_NAME = 'restaurant/production';
const awsSecret = () =>
  text(
    'the name or the ARN of a secret',
    AWS_NAME,
    names.matches(
      '^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@!-]{1,512}$',
      'the name or the ARN of a secret of AWS Secrets Manager',
      AWS_NAME,
    ),
  );
const jsonKey = (is: string, example: string) =>
  text(is, example, (key) =>
    key === '' ? { what: `must be ${is}, not empty`, remedy: `Write for instance "${example}".` } : undefined,
  );

const named = <Value extends Parameters<typeof namedBy>[4]>(is: string, example: unknown, value: Value) =>
  namedBy(is, example, ownSecret, names.VARIABLE, value);

const AWS_VALUES = { DB_PASSWORD: { secret: AWS_NAME, key: 'password' } };
const aws = mapOf(
  'a map with "values"',
  { values: AWS_VALUES },
  {
    region: text(
      'the name of a region',
      'eu-central-1',
      names.matches('^[a-z]{2}(-[a-z]+)+-[0-9]+$', 'the name of a region', 'eu-central-1'),
    )
      .optional()
      .describe(
        'The region. Without it: that of an ARN, else that of the environment (`AWS_REGION`), as `aws-actions/configure-aws-credentials` sets it.',
      ),
    values: named(
      'a map of variables to secrets',
      AWS_VALUES,
      eitherOf(
        'the name or the ARN of a secret, or a map with "secret"',
        AWS_NAME,
        awsSecret(),
        mapOf('a map with "secret"', AWS_VALUES.DB_PASSWORD, {
          secret: awsSecret().describe('Name or ARN of the secret.'),
          key: jsonKey('a key of the JSON object', 'password')
            .optional()
            .describe(
              'The key of a secret that holds a JSON object. Without it the whole text is the value.',
            ),
          version: text(
            'the id or the label of a version',
            'AWSPREVIOUS',
            names.matches('^[A-Za-z0-9/_+=.@!-]{1,256}$', 'the id or the label of a version', 'AWSPREVIOUS'),
          )
            .optional()
            .describe('The id of a version, or its label. The current one by default.'),
        }),
      ),
    ).describe('Which secret holds the value of which variable.'),
  },
);

/** A token may only travel where nobody can read it: over TLS, or within one machine. */
const vaultAddress: names.Check = (address) => {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const example = 'Write for instance "https://vault.example.com:8200".';
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '')
    return { what: `must be the address of a Vault server, not ${quoted(address)}`, remedy: example };
  if (url.protocol === 'https:' || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)) return undefined;
  return {
    what: `must begin with https://, unlike ${quoted(address)}: a token must not travel in clear`,
    remedy: example,
  };
};

const VAULT_PATH = 'secret/data/restaurant';
const vaultPath = (is: string, example: string) =>
  text(
    is,
    example,
    names.matches(
      '^(?!.*(^|/)\\.{1,2}(/|$))[^/\\s?#%]+(/[^/\\s?#%]+)*$',
      `${is}, without a "/" at either end`,
      example,
    ),
  );

const VAULT_VALUES = { API_KEY: { path: VAULT_PATH, key: 'api_key' } };
const vault = mapOf(
  'a map with "address" and "values"',
  { address: 'https://vault.example.com:8200', values: VAULT_VALUES },
  {
    address: text('the address of a Vault server', 'https://vault.example.com:8200', vaultAddress).describe(
      'Where Vault is: https, or http within this machine.',
    ),
    namespace: vaultPath('a namespace of Vault', 'admin')
      .optional()
      .describe('The namespace, where there are any (Vault Enterprise, HCP).'),
    auth: mapOf(
      'a map with "method"',
      { method: 'jwt', role: 'restaurant' },
      {
        method: oneOf(['token', 'approle', 'jwt'], 'jwt')
          .prefault('token')
          .describe(
            'How to log in: with the token in `VAULT_TOKEN`, with `VAULT_ROLE_ID` and `VAULT_SECRET_ID`, or with the identity that GitHub gives to the job (`jwt`; the job needs `permissions: {id-token: write}`).',
          ),
        mount: vaultPath('the path of an auth method', 'jwt')
          .optional()
          .describe('Where the method is enabled, without `auth/`. Its own name by default.'),
        role: text(
          'the name of a role',
          'restaurant',
          names.matches('^[A-Za-z0-9_.-]{1,128}$', 'the name of a role', 'restaurant'),
        )
          .optional()
          .describe('For `jwt`: the role to log in as. That of the auth method by default.'),
        audience: text('a text', 'https://vault.example.com', () => undefined)
          .optional()
          .describe('For `jwt`: whom the token is for, when the role is bound to that.'),
      },
    )
      .prefault({})
      .describe('The way in.'),
    values: named(
      'a map of variables to secrets',
      VAULT_VALUES,
      mapOf('a map with "path" and "key"', VAULT_VALUES.API_KEY, {
        path: vaultPath('the path of a secret', VAULT_PATH).describe(
          'The path as the API and policies have it: `MOUNT/data/PATH` for KV version 2, `MOUNT/PATH` for version 1.',
        ),
        key: jsonKey('a key of the secret', 'api_key').describe('The key of the value.'),
        version: whole(1, 1_000_000_000, 3)
          .optional()
          .describe('The version, for KV version 2. The latest by default.'),
      }),
    ).describe('Which secret holds the value of which variable.'),
  },
);

const HOST_VALUES = { TLS_KEY: '/etc/restaurant/tls.key' };
export const secrets = mapOf(
  'a map with "input", "aws", "vault" or "host"',
  { host: HOST_VALUES },
  {
    input: listOf(
      'a list of names',
      ['SMTP_PASSWORD'],
      text('the name of a variable', 'SMTP_PASSWORD', ownSecret, names.VARIABLE),
    )
      .prefault([])
      .describe('Names in the input `secrets`, for those that are not in `env.secret`.'),
    aws: aws
      .optional()
      .describe(
        'AWS Secrets Manager. Credentials come from the environment, as `aws-actions/configure-aws-credentials` sets them.',
      ),
    vault: vault.optional().describe('HashiCorp Vault, key/value stores of version 1 and 2.'),
    host: named(
      'a map of variables to files on the server',
      HOST_VALUES,
      text('an absolute path on the server', '/etc/restaurant/tls.key', names.serverPath),
    )
      .prefault({})
      .describe(
        'Files that lie on the servers already, readable by the deploy user; one line end at the end of a file is no part of the value. With several servers all must hold the same.',
      ),
  },
);
