import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffIdsOf, parseManifest } from '../../../../src/build/push/collect.ts';
import { LoopbackRegistry } from '../../../../src/build/push/registry.ts';

let folder: string;
let registry: LoopbackRegistry;
let base: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'registry-'));
  registry = new LoopbackRegistry(folder);
  await registry.open();
  base = `http://${registry.address}`;
});
afterEach(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});

const sha256 = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** As Docker does: open an upload, bring the bytes, end it. */
async function upload(content: string, digest = sha256(content)): Promise<Response> {
  const opened = await fetch(`${base}/v2/app/blobs/uploads/`, { method: 'POST' });
  const patched = await fetch(`${base}${opened.headers.get('location')}`, { method: 'PATCH', body: content });
  expect([opened.status, patched.status]).toEqual([202, 202]);
  return fetch(`${base}${patched.headers.get('location')}?digest=${digest}`, { method: 'PUT' });
}

test('a blob comes in and is kept in a file', async () => {
  expect((await upload('layer')).status).toBe(201);
  const blob = registry.blobs.get(sha256('layer'));
  expect(blob?.bytes).toBe(5);
  expect(readFileSync(blob?.path ?? '', 'utf8')).toBe('layer');
});

test('bytes that are not those of the digest are refused', async () => {
  expect((await upload('layer', sha256('other'))).status).toBe(400);
  expect(registry.blobs.size).toBe(0);
});

test('every blob is said to be here, but a denied one, until it comes', async () => {
  const head = async (digest: string) =>
    (await fetch(`${base}/v2/app/blobs/${digest}`, { method: 'HEAD' })).status;
  const digest = sha256('layer');
  expect(await head(digest)).toBe(200);
  registry.deny(digest);
  expect(await head(digest)).toBe(404);
  await upload('layer');
  expect(await head(digest)).toBe(200);
});

test('a manifest is kept once, and nothing is given out', async () => {
  const put = () => fetch(`${base}/v2/app/manifests/x`, { method: 'PUT', body: '{"layers":[]}' });
  expect((await put()).headers.get('docker-content-digest')).toBe(sha256('{"layers":[]}'));
  await put();
  expect(registry.manifests.map((one) => one.digest)).toEqual([sha256('{"layers":[]}')]);
  expect((await fetch(`${base}/v2/app/manifests/x`)).status).toBe(404);
  expect((await fetch(`${base}/v2/app/blobs/${sha256('x')}`)).status).toBe(404);
});

test('an image manifest is read; an index and an attestation are none', () => {
  const manifest = (value: object) => ({ digest: '', body: Buffer.from(JSON.stringify(value)) });
  const config = { digest: 'sha256:c' };
  const layer = { digest: 'sha256:1', size: 3, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' };
  expect(parseManifest(manifest({ config, layers: [layer] }))).toEqual({
    config: 'sha256:c',
    layers: [{ digest: 'sha256:1', bytes: 3, mediaType: layer.mediaType }],
  });
  expect(parseManifest(manifest({ manifests: [] }))).toBeUndefined();
  const statement = { ...layer, mediaType: 'application/vnd.in-toto+json' };
  expect(parseManifest(manifest({ config, layers: [statement] }))).toBeUndefined();
  expect(diffIdsOf(Buffer.from('{"rootfs":{"diff_ids":["sha256:a"]}}'))).toEqual(['sha256:a']);
});
