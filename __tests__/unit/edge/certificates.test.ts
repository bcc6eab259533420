import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import {
  type Certificate,
  certificateFile,
  combined,
  judgeCertificate,
  readAsRoot,
  writeCertificates,
} from '../../../src/edge/certificates.ts';
import { EDGE_IMAGE } from '../../../src/edge/config.ts';
import { Sandbox } from '../deploy/sandbox.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const DAY_MS = 86_400_000;
const dir = mkdtempSync(join(tmpdir(), 'certificates-'));
let one: Certificate;
let other: Certificate;

/** A certificate that openssl signs by its own key, for the hostnames, for 90 days from now. */
function issue(name: string, hosts: readonly string[]): Certificate {
  const [key, chain] = [join(dir, `${name}.key`), join(dir, `${name}.pem`)];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90'],
      ...[
        '-subj',
        `/CN=${hosts[0]}`,
        '-addext',
        `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`,
      ],
      ...['-keyout', key, '-out', chain],
    ],
    { stdio: 'ignore' },
  );
  return { name, hosts, chain: readFileSync(chain, 'utf8'), key: readFileSync(key, 'utf8') };
}

beforeAll(() => {
  one = issue('shop.production.0', ['www.example.com', '*.shop.example.com']);
  other = issue('blog.production.0', ['blog.example.com']);
});
afterAll(() => rmSync(dir, { recursive: true }));

const codes = (certificate: Certificate, now = Date.now()) => {
  const { errors, warnings } = judgeCertificate(certificate, now);
  return [errors.map((fault) => fault.code), warnings.map((fault) => fault.code)];
};

describe('a certificate', () => {
  test('that is good has no fault', () => {
    expect(codes(one)).toEqual([[], []]);
    expect(codes({ ...one, hosts: ['a.shop.example.com'] })).toEqual([[], []]);
    expect(codes({ ...one, chain: `${one.chain}${other.chain}` })).toEqual([[], []]);
  });

  test('with the key of another one is told', () => {
    expect(codes({ ...one, key: other.key })).toEqual([['tls-key'], []]);
  });

  test.each([
    ['an empty certificate', (good: Certificate) => ({ ...good, chain: '' })],
    ['no certificate', (good: Certificate) => ({ ...good, chain: 'secret' })],
    ['an empty key', (good: Certificate) => ({ ...good, key: '' })],
    ['a key that is a certificate', (good: Certificate) => ({ ...good, key: good.chain })],
  ])('that is %s can not be read, and its text is not in the error', (_, spoil) => {
    const spoiled = spoil(one);
    expect(codes(spoiled)).toEqual([['tls-pem'], []]);
    expect(JSON.stringify(judgeCertificate(spoiled, 0))).not.toContain('BEGIN');
  });

  test('that is for other names tells each that it lacks, and what it is for', () => {
    const { errors } = judgeCertificate(
      { ...one, hosts: ['www.example.com', 'example.com', 'a.b.shop.example.com'] },
      Date.now(),
    );
    expect(errors.map((fault) => fault.code)).toEqual(['tls-name', 'tls-name']);
    expect(errors[0]).toMatchObject({
      where: 'routes with www.example.com, tls',
      what: expect.stringContaining('is not for example.com (it is for DNS:www.example.com'),
    });
  });

  test.each([
    [74, [[], []]],
    [77, [[], ['tls-expiring']]],
    [89, [[], ['tls-expiring']]],
    [91, [['tls-expired'], []]],
  ])('after %d of its 90 days: %j', (days, faults) => {
    expect(codes(one, Date.now() + days * DAY_MS)).toEqual(faults);
  });
});

test('chain and key become one text without an empty line, which would end a command of the edge', () => {
  const text = combined({
    ...one,
    chain: `\n${one.chain.replaceAll('\n', '\r\n')}\n\n`,
    key: `${one.key}\n  \n`,
  });
  expect(text).toBe(`${one.chain}${one.key}`);
  expect(certificateFile('a')).toBe('/edge/certs/a.pem');
});

describe('on the server', () => {
  let server: Sandbox;
  beforeEach(() => {
    server = new Sandbox();
    mkdirSync(server.path('edge'));
  });
  afterEach(() => server.remove());
  const write = (all: readonly Certificate[]) => {
    const { command, input } = writeCertificates(server.path('edge'), all);
    return server.run(command, { input });
  };

  test('certificates are written for their owner alone, and the new and the changed ones are told', async () => {
    expect(await write([one])).toEqual({ code: 0, stdout: `${one.name}\n`, stderr: '' });
    expect(server.read(`edge/certs/${one.name}.pem`)).toBe(combined(one));
    expect(statSync(server.path(`edge/certs/${one.name}.pem`)).mode & 0o777).toBe(0o600);
    expect(await write([one])).toEqual({ code: 0, stdout: '', stderr: '' });
    const renewed = { ...one, chain: other.chain, key: other.key };
    expect((await write([renewed, other])).stdout).toBe(`${one.name}\n${other.name}\n`);
    expect(server.read('edge/certs/list.txt')).toBe(
      `/edge/certs/${other.name}.pem\n/edge/certs/${one.name}.pem\n`,
    );
  });

  test('a file that the deploy user may read is read', async () => {
    server.write('a b.pem', 'the text');
    expect(await server.run(readAsRoot(server.path('a b.pem')))).toEqual({
      code: 0,
      stdout: 'the text',
      stderr: '',
    });
    expect(server.calls()).toEqual([]);
  });

  test('one that only root may read is read in a container that can do nothing else', async () => {
    server.docker("echo 'the text'");
    const path = server.path('no such file here');
    expect((await server.run(readAsRoot(path))).stdout).toBe('the text\n');
    expect(server.calls()).toEqual([
      [
        ...['run', '--rm', '--pull', 'never', '--network', 'none', '--user', '0', '--entrypoint', 'chroot'],
        ...['-v', '/:/host:ro', EDGE_IMAGE, '/host', 'cat', path],
      ],
    ]);
  });

  test('one that is not there ends with 66', async () => {
    server.docker('exit 1');
    expect(await server.run(readAsRoot('/none'))).toEqual({ code: 66, stdout: '', stderr: '' });
  });
});
