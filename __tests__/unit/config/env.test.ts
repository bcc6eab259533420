import fc from 'fast-check';
import {
  absentIn,
  absentSecrets,
  missingSecrets,
  parseSecrets,
  resolveEnv,
} from '../../../src/config/env.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { DeployError } from '../../../src/errors.ts';

const config = (text: string) => loadConfig(`app: shop\n${text}`, 'deploy.yml', 'staging');
const secrets = (values: Record<string, string>) => new Map(Object.entries(values));
const messageOf = (text: string) => {
  try {
    parseSecrets(text);
  } catch (error) {
    if (error instanceof DeployError) return error.message;
    throw error;
  }
  throw new Error('this was taken');
};

describe('the secrets', () => {
  test.each([
    ['dotenv lines', "A=1\nB='x y'", { A: '1', B: 'x y' }],
    ['JSON', '{"A": "x\\ny", "B": ""}', { A: 'x\ny', B: '' }],
    ['JSON with space and a byte order mark', '\uFEFF \n{"A": "x"}\n', { A: 'x' }],
    [
      'numbers and booleans of JSON, as their text',
      '{"A": 1.10, "B": true, "C": 12345678901234567890}',
      { A: '1.10', B: 'true', C: '12345678901234567890' },
    ],
    ['none', '', {}],
  ])('%s', (_, text, expected) => expect(Object.fromEntries(parseSecrets(text))).toEqual(expected));

  const OBJECT = 'Give one JSON object of names and texts, or dotenv lines such as NAME=value.';
  test.each([
    ['JSON with a slip', '{"A": hunter2}', `input secrets: This begins as JSON and is none. ${OBJECT}`],
    ['a list', '["hunter2"]', `input secrets: The JSON is no object. ${OBJECT}`],
    [
      'an object inside',
      '{"A": {"b": "hunter2"}}',
      `input secrets: A is neither a text nor a number nor a boolean. ${OBJECT}`,
    ],
    ['null', '{"A": null}', `input secrets: A is neither a text nor a number nor a boolean. ${OBJECT}`],
    [
      'a name that is none',
      '{"A": "1", "hunter2 ": "x"}',
      'input secrets: The name of entry 2 is no name of a variable. A name has letters, digits and _, no digit first.',
    ],
    [
      'a NUL',
      '{"A": "hunter2\\u0000"}',
      'input secrets: A holds a NUL or half a character. No variable can carry it: encode the value.',
    ],
    [
      'half a character',
      '{"A": "hunter2\\ud800"}',
      'input secrets: A holds a NUL or half a character. No variable can carry it: encode the value.',
    ],
    [
      'a bare password',
      'hunter2',
      `input secrets: Line 1 has no "=". Write NAME=value, or NAME='value' with a value in quotes when it has spaces, # or several lines.`,
    ],
  ])('%s is refused, without showing a value', (_, text, message) => {
    expect(messageOf(text)).toBe(message);
    expect(message).not.toContain('hunter2');
  });

  test('no error ever shows a value, nor keeps one as its cause', () => {
    const canary = 'c4nary0f4secret';
    const bits = fc.constantFrom(
      'A=',
      '"',
      "'",
      '\n',
      '{',
      '}',
      '":',
      ',',
      '\\',
      '#',
      'export ',
      'B',
      '[',
      ' ',
      canary,
      canary,
    );
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 20 }), (parts) => {
        // Where it stands for a name, it is one.
        const text = parts.join('').replace(new RegExp(`(^|\\n)([^=\\n]*${canary}[^=\\n]*)=`, 'g'), '$1N=');
        try {
          parseSecrets(text);
        } catch (error) {
          if (!(error instanceof DeployError)) throw error;
          expect(JSON.stringify(error.faults) + error.message + String(error.cause)).not.toContain(canary);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the variables of an app', () => {
  const ROUTE = 'routes: [{hosts: [shop.example, www.shop.example], service: web, port: 80}]';
  test('are the clear ones, the secrets, and what the deploy knows', () => {
    const { values, missing } = resolveEnv(
      config(`${ROUTE}\nenv: {clear: {LANGUAGE: en}, secret: [PASSWORD]}`),
      secrets({ PASSWORD: 'p$w "\n', OTHER: 'not asked for' }),
    );
    expect(values).toEqual({
      ENVIRONMENT: 'staging',
      DOMAIN_NAME: 'shop.example',
      LANGUAGE: 'en',
      PASSWORD: 'p$w "\n',
    });
    expect(missing).toEqual([]);
  });
  test('ENVIRONMENT and DOMAIN_NAME may be set', () => {
    const { values } = resolveEnv(
      config(`${ROUTE}\nenv: {clear: {ENVIRONMENT: live, DOMAIN_NAME: x.example}}`),
      secrets({}),
    );
    expect(values).toEqual({ ENVIRONMENT: 'live', DOMAIN_NAME: 'x.example' });
  });
  test('an app without routes has no DOMAIN_NAME', () => {
    expect(resolveEnv(config(''), secrets({})).values).toEqual({ ENVIRONMENT: 'staging' });
  });
  test('lack all secrets that are not there or empty, those of certificates too', () => {
    const text = `routes:
  - hosts: [shop.example]
    service: web
    port: 80
    tls: {certificate: {secret: TLS_CHAIN}, key: {secret: TLS_KEY}}
env: {secret: [A, B, C, TLS_KEY]}`;
    const { values, missing } = resolveEnv(config(text), secrets({ A: 'x', B: '', TLS_CHAIN: 'pem' }));
    expect(missing).toEqual(['B', 'C', 'TLS_KEY']);
    expect(values).not.toHaveProperty('TLS_CHAIN');
  });
});

test('all missing secrets are one error', () => {
  expect(missingSecrets(['A', 'B']).message).toBe(
    'input secrets: The secrets "A" and "B" are missing or empty. Give each in the input `secrets`, such as the line A=${{ secrets.A }}, and set it in the settings of the repository; or name its store under `secrets` of deploy.yml.',
  );
  expect(missingSecrets(['A']).faults).toEqual([
    expect.objectContaining({ code: 'secrets-missing', what: 'The secret "A" is missing or empty.' }),
  ]);
});

test('the stand-in of a secret that is not there is found again where it got to', () => {
  const absent = absentSecrets(['DB_PASSWORD', 'API_KEY0', 'OTHER']);
  expect(absentIn(`--arg=${absent.API_KEY0} x${absent.DB_PASSWORD}y ${absent.API_KEY0}`)).toEqual([
    'API_KEY0',
    'DB_PASSWORD',
  ]);
  expect(absentIn('nothing of them')).toEqual([]);
});
