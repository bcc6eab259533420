import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { edgeNumbers, readEdgeNumbers } from '../../../src/edge/numbers.ts';
import { Sandbox } from '../deploy/sandbox.ts';

const DAY_MS = 86_400_000;
let sandbox: Sandbox;
let edge: string;
beforeEach(() => {
  sandbox = new Sandbox();
  edge = join(sandbox.home, 'edge');
  mkdirSync(join(edge, 'certs'), { recursive: true });
});
afterEach(() => sandbox.remove());

/** Chain and key in one file, as the edge has them. */
function certificate(name: string, host: string, days: number): string {
  const [key, chain] = ['key', 'chain'].map((part) => join(sandbox.home, `${name}.${part}`)) as [
    string,
    string,
  ];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync('openssl', [...kind, '-days', String(days), ...names, '-keyout', key, '-out', chain], {
    stdio: 'ignore',
  });
  const text = readFileSync(chain, 'utf8') + readFileSync(key, 'utf8');
  writeFileSync(join(edge, 'certs', `${name}.pem`), text);
  return text;
}

const slot = { color: 'blue', service: 'web', port: 80, alias: 'a' } as const;
function state(...hosts: (readonly [host: string, environment: string])[]): void {
  const slots = [
    { ...slot, slot: 'slot1', environment: 'shop/production' },
    { ...slot, slot: 'slot2', environment: 'shop/staging' },
  ];
  const all = hosts.map(([host, environment]) => ({ host, environment, slots: {}, redirect: false }));
  writeFileSync(join(edge, 'edge.json'), JSON.stringify({ slots, hosts: all }, null, 1));
}

const numbers = async () =>
  readEdgeNumbers((await sandbox.host.run(edgeNumbers(edge))).stdout, 'shop/production');

test('the certificate that ends first counts, of this environment alone', async () => {
  state(
    ['www.example.com', 'shop/production'],
    ['api.example.com', 'shop/production'],
    ['s.example.com', 'shop/staging'],
  );
  certificate('a', 'www.example.com', 80);
  certificate('b', 'api.example.com', 40);
  certificate('c', 's.example.com', 3);
  const { slots, expiresAt = 0 } = await numbers();
  expect(slots.map((one) => one.slot)).toEqual(['slot1']);
  expect(Math.round((expiresAt - Date.now()) / DAY_MS)).toBe(40);
});

test('a renewed one beside the old one is the one that counts', async () => {
  state(['www.example.com', 'shop/production']);
  certificate('old', 'www.example.com', 2);
  certificate('renewed', 'www.example.com', 90);
  expect(Math.round((((await numbers()).expiresAt ?? 0) - Date.now()) / DAY_MS)).toBe(90);
});

test('no key leaves the server', async () => {
  state(['www.example.com', 'shop/production']);
  expect(certificate('a', 'www.example.com', 9)).toContain('PRIVATE KEY');
  const { stdout } = await sandbox.host.run(edgeNumbers(edge));
  expect(stdout).toContain('BEGIN CERTIFICATE');
  expect(stdout).not.toContain('PRIVATE');
});

test('without an edge, with a broken one or without TLS nothing is known', async () => {
  expect(await numbers()).toEqual({ slots: [], expiresAt: undefined });
  state(['www.example.com', 'shop/production']);
  expect((await numbers()).expiresAt).toBeUndefined();
  writeFileSync(join(edge, 'edge.json'), '{"slots": [');
  writeFileSync(join(edge, 'certs/a.pem'), '-----BEGIN CERTIFICATE-----\nabcd\n-----END CERTIFICATE-----\n');
  expect(await numbers()).toEqual({ slots: [], expiresAt: undefined });
});
