import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import ssh2 from 'ssh2';
import { DeployError } from '../../../src/errors.ts';
import { readPrivateKey } from '../../../src/hosts/key.ts';
import { Keys } from './keys.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const keys = new Keys();
const PASSPHRASE = 'geheim $1 "2"';
const texts: Record<string, string> = {};
const encrypted: Record<string, string> = {};

beforeAll(() => {
  texts.ed25519 = keys.make('ed25519', '-t ed25519');
  texts.ecdsa = keys.make('ecdsa', '-t ecdsa');
  texts['rsa PEM'] = keys.make('rsa-pem', '-t rsa -b 2048 -m PEM');
  encrypted.ed25519 = keys.make('ed25519-locked', '-t ed25519', PASSPHRASE);
  encrypted['rsa PEM'] = keys.make('rsa-pem-locked', '-t rsa -b 2048 -m PEM', PASSPHRASE);
});
afterAll(() => keys.remove());

/** The code of what is wrong with a key, and the whole error's text. */
function refusal(text: string, passphrase?: string): { code: string; message: string } {
  try {
    readPrivateKey(text, passphrase);
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return { code: error.faults[0]?.code ?? '', message: error.message };
  }
  throw new Error('the key was taken');
}

/** What may happen to a key on its way into a secret. */
const MISHAPS: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'with Windows line ends': (text) => text.replaceAll('\n', '\r\n'),
  'with the line ends of an old Mac': (text) => text.replaceAll('\n', '\r'),
  'without its last newline': (text) => text.trimEnd(),
  'with spaces and lines around': (text) => `\n  ${text}\n\n `,
  'with its lines indented': (text) => text.replaceAll(/^/gm, '    '),
  'with spaces at the ends of its lines': (text) => text.replaceAll('\n', ' \t\n'),
  'with \\n as two characters': (text) => text.replaceAll('\n', '\\n'),
  'with \\n as two characters and no last one': (text) => text.trimEnd().replaceAll('\n', '\\n'),
  'with \\r\\n as four characters': (text) => text.replaceAll('\n', '\\r\\n'),
  'with a byte order mark': (text) => `\ufeff${text}`,
};

describe.each(['ed25519', 'ecdsa', 'rsa PEM'])('a key of type %s', (type) => {
  test.each(Object.keys(MISHAPS))('is read %s', (mishap) => {
    const text = texts[type] as string;
    expect(readPrivateKey((MISHAPS[mishap] as (text: string) => string)(text))).toBe(text);
  });

  test('is read when a passphrase is given that it does not need', () => {
    expect(readPrivateKey(texts[type] as string, 'needless')).toBe(texts[type]);
  });

  test('that is cut is told to be unreadable, with the way to pass it', () => {
    const { code, message } = refusal((texts[type] as string).slice(0, 120));
    expect(code).toBe('ssh-key-format');
    expect(message).toContain('Pass the whole file');
  });
});

describe.each(['ed25519', 'rsa PEM'])('an encrypted key of type %s', (type) => {
  test('is opened by its passphrase', () => {
    const text = encrypted[type] as string;
    expect(readPrivateKey(text.replaceAll('\n', '\r\n'), PASSPHRASE)).toBe(text);
    expect(ssh2.utils.parseKey(readPrivateKey(text, PASSPHRASE), PASSPHRASE)).not.toBeInstanceOf(Error);
  });

  test('wants a passphrase', () => {
    const { code, message } = refusal(encrypted[type] as string);
    expect(code).toBe('ssh-passphrase-missing');
    expect(message).toContain('ssh-keygen -p');
  });

  test('is not opened by another passphrase, and the error does not hold it', () => {
    const { code, message } = refusal(encrypted[type] as string, 'another one');
    expect(code).toBe('ssh-passphrase-wrong');
    expect(message).not.toContain('another one');
  });
});

test.each([
  ['', 'ssh-key-missing', 'secrets.DEPLOY_SSH_KEY'],
  [' \r\n ', 'ssh-key-missing', 'from a fork'],
  ['deploy', 'ssh-key-format', 'ssh-keygen -t ed25519'],
  ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', 'ssh-key-format', 'is no private key'],
  ['-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----', 'ssh-key-format', 'is no private key'],
  ['-----BEGIN OPENSSH PRIVATE KEY-----', 'ssh-key-format', 'can not be read'],
  [
    '-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----',
    'ssh-key-format',
    'can not be read',
  ],
  ['sk-ssh-ed25519@openssh.com AAAA me', 'ssh-key-public', 'without .pub'],
])('%j is refused as %s', (text, code, told) => {
  const seen = refusal(text);
  expect(seen.code).toBe(code);
  expect(seen.message).toContain(told);
});

test.each(['ed25519', 'ecdsa', 'rsa-pem'])('the public half of the %s key is told to be one', (name) => {
  expect(refusal(keys.public(name)).code).toBe('ssh-key-public');
});

test('a key of the wrong kind of file never stands in the error', () => {
  const broken = (texts.ed25519 as string).replace('OPENSSH PRIVATE', 'OPENSSH SECRET');
  const line = broken.split('\n')[1] as string;
  expect(refusal(broken).message).not.toContain(line.slice(0, 20));
});

describe("a key in PuTTY's format", () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8').replaceAll('\r', '');

  test('is read in its old form, for RSA', () => {
    expect(readPrivateKey(fixture('rsa-2.ppk'))).toBe(fixture('rsa-2.ppk'));
  });

  test('is refused in its new form, with the way to convert it', () => {
    const { code, message } = refusal(fixture('ed25519-3.ppk'));
    expect(code).toBe('ssh-key-putty');
    expect(message).toContain('puttygen deploy.ppk -O private-openssh');
  });
});
