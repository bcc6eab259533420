import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import {
  fingerprintOf,
  keyTypeOf,
  signatureAlgorithms,
  trustedKeys,
} from '../../../src/hosts/known-hosts.ts';
import { Keys } from './keys.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const keys = new Keys();
/** `type blob` of a key, and its fingerprint as ssh-keygen tells it. */
let one: string;
let two: string;
let three: string;
let fingerprint: Record<'one' | 'two' | 'three', string>;

beforeAll(() => {
  keys.make('one', '-t ed25519');
  keys.make('two', '-t rsa -b 2048');
  keys.make('three', '-t ecdsa');
  const bare = (name: string) => keys.public(name).split(' ').slice(0, 2).join(' ');
  [one, two, three] = [bare('one'), bare('two'), bare('three')];
  fingerprint = {
    one: keys.fingerprint('one'),
    two: keys.fingerprint('two'),
    three: keys.fingerprint('three'),
  };
});
afterAll(() => keys.remove());

const fingerprints = (text: string, host: string, port = 22) =>
  trustedKeys(text, host, port).map((key) => key.fingerprint);

/** The same lines with their names hashed, by ssh-keygen itself. */
function hashed(lines: string): string {
  const file = keys.path('known_hosts');
  writeFileSync(file, lines);
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
  return readFileSync(file, 'utf8');
}

/** Does ssh-keygen, too, find the name in the lines? */
function knownToOpenssh(lines: string, name: string): boolean {
  writeFileSync(keys.path('known_hosts'), lines);
  try {
    return execFileSync('ssh-keygen', ['-F', name, '-f', keys.path('known_hosts')]).length > 0;
  } catch {
    return false;
  }
}

test('a public key has the type and the fingerprint that ssh-keygen tells', () => {
  for (const name of ['one', 'two', 'three'] as const) {
    const [type, blob = ''] = keys.public(name).split(' ');
    expect(keyTypeOf(Buffer.from(blob, 'base64'))).toBe(type);
    expect(fingerprintOf(Buffer.from(blob, 'base64'))).toBe(fingerprint[name]);
  }
  expect(keyTypeOf(Buffer.alloc(3))).toBe('');
});

test('a line tells the type and the fingerprint of the key', () => {
  expect(trustedKeys(`host ${one} a comment`, 'host', 22)).toEqual([
    { type: 'ssh-ed25519', fingerprint: fingerprint.one },
  ]);
});

test.each([
  ['www.example.com', 'www.example.com', true],
  ['www.example.com', 'WWW.Example.com', true],
  ['WWW.example.com', 'www.example.com', true],
  ['www.example.com', 'example.com', false],
  ['example.com', 'www.example.com', false],
  ['wwwXexample.com', 'www.example.com', false],
  ['www.example.com', 'wwwXexample.com', false],
  ['a,b,c', 'b', true],
  ['a,b,c', 'd', false],
  ['*.example.com', 'www.example.com', true],
  ['*.example.com', 'example.com', false],
  ['203.0.113.?', '203.0.113.7', true],
  ['203.0.113.?', '203.0.113.77', false],
  ['*.example.com,!bad.example.com', 'www.example.com', true],
  ['*.example.com,!bad.example.com', 'bad.example.com', false],
  ['!bad.example.com,*.example.com', 'bad.example.com', false],
  ['!bad.example.com', 'www.example.com', false],
  ['2001:db8::1', '2001:db8::1', true],
])('on port 22, %s is %s: %s', (patterns, host, known) => {
  const lines = `${patterns} ${one}\n`;
  expect(fingerprints(lines, host)).toEqual(known ? [fingerprint.one] : []);
  expect(knownToOpenssh(lines, host.toLowerCase())).toBe(known);
});

test.each([
  ['[host]:2222', 'host', 2222, true],
  ['[host]:2222', 'host', 22, false],
  ['[host]:2222', 'host', 2223, false],
  ['host', 'host', 2222, false],
  ['host,[host]:2222', 'host', 2222, true],
  ['[*.example.com]:2222', 'www.example.com', 2222, true],
  ['[2001:db8::1]:2222', '2001:db8::1', 2222, true],
])('%s is %s port %d: %s', (patterns, host, port, known) => {
  expect(fingerprints(`${patterns} ${one}`, host, port)).toEqual(known ? [fingerprint.one] : []);
});

test('names that ssh-keygen hashed are known again', () => {
  const text = hashed(`www.example.com ${one}\n[www.example.com]:2222 ${two}\nother ${three}\n`);
  expect(text).toContain('|1|');
  expect(text).not.toContain('example');
  expect(fingerprints(text, 'www.example.com')).toEqual([fingerprint.one]);
  expect(fingerprints(text, 'www.example.com', 2222)).toEqual([fingerprint.two]);
  expect(fingerprints(text, 'other')).toEqual([fingerprint.three]);
  expect(fingerprints(text, 'example.com')).toEqual([]);
});

test('a bare fingerprint is trusted for every server, in each way people write it', () => {
  for (const line of [
    fingerprint.one,
    `${fingerprint.one}=`,
    `256 ${fingerprint.one} root@server (ED25519)`,
    `  ${fingerprint.one}\r`,
  ]) {
    expect(trustedKeys(line, 'any', 2222)).toEqual([{ fingerprint: fingerprint.one }]);
  }
});

test('what is no key for the server is passed over', () => {
  const text = [
    '',
    '# host ssh-ed25519 AAAA',
    `#host ${one}`,
    one,
    'host ssh-ed25519',
    'host',
    `@cert-authority * ${two}`,
    fingerprint.one.slice(0, -1),
    fingerprint.one.toLowerCase(),
  ].join('\n');
  expect(trustedKeys(text, 'host', 22)).toEqual([]);
});

test('all keys of a server are trusted, Windows line ends or not', () => {
  const text = `host ${one}\r\nhost ${two}\r\n${fingerprint.three}\r\n`;
  expect(fingerprints(text, 'host')).toEqual([fingerprint.one, fingerprint.two, fingerprint.three]);
});

describe('a revoked key', () => {
  test.each([
    ['before its line', () => `@revoked host ${one}\nhost ${one}\nhost ${two}`],
    ['after its line', () => `host ${one}\nhost ${two}\n@revoked * ${one}`],
    ['given by its fingerprint', () => `${fingerprint.one}\n@revoked host ${one}\nhost ${two}`],
  ])('is not trusted, %s', (_, text) => {
    expect(fingerprints(text(), 'host')).toEqual([fingerprint.two]);
  });

  test('of another server is trusted here', () => {
    expect(fingerprints(`@revoked other ${one}\nhost ${one}`, 'host')).toEqual([fingerprint.one]);
  });
});

test.each([
  [[], undefined],
  [['ssh-ed25519'], ['ssh-ed25519']],
  [['ssh-rsa'], ['rsa-sha2-512', 'rsa-sha2-256']],
  [
    ['ssh-ed25519', 'ssh-rsa', 'ssh-ed25519'],
    ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256'],
  ],
  [['ecdsa-sha2-nistp256'], ['ecdsa-sha2-nistp256']],
  [['ssh-dss'], undefined],
  [['ssh-dss', 'ecdsa-sha2-nistp521'], ['ecdsa-sha2-nistp521']],
  [['ssh-ed25519', undefined], undefined],
])('for keys of the types %j the server is asked for %j', (types, algorithms) => {
  const trusted = types.map((type) => ({
    fingerprint: 'SHA256:x',
    ...(type === undefined ? {} : { type }),
  }));
  expect(signatureAlgorithms(trusted)).toEqual(algorithms);
});
