import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import tar from 'tar-stream';
import { type Archive, makeArchive, read, tarHeader } from '../../../../src/build/push/archive.ts';
import type { Collected } from '../../../../src/build/push/collect.ts';
import { ServerLayers } from '../../../../src/build/push/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'archive-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sha256 = (content: string | Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** An image of layers with these contents; a layer's diff id is its content, to be read at a glance. */
function image(...contents: string[]): Collected {
  const config = Buffer.from(JSON.stringify({ rootfs: { diff_ids: contents } }));
  return {
    config,
    configDigest: sha256(config),
    layers: contents.map((content) => {
      const path = join(folder, createHash('sha256').update(content).digest('hex'));
      writeFileSync(path, content);
      const mediaType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
      return { diffId: content, digest: sha256(content), bytes: content.length, path, mediaType };
    }),
  };
}

const bytesOf = async (archive: Archive, from = 0) => {
  const chunks: Buffer[] = [];
  for await (const chunk of read(archive, from, () => {})) chunks.push(chunk);
  return Buffer.concat(chunks);
};

async function filesOf(archive: Archive): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const extract = tar.extract();
  Readable.from(await bytesOf(archive)).pipe(extract);
  for await (const entry of extract) files.set(entry.header.name, await text(entry));
  return files;
}

const blob = (content: string) => `blobs/${sha256(content).replace(':', '/')}`;
const NOTHING = new ServerLayers([]);

test('an image of which nothing is there travels whole, each layer once', async () => {
  const pins = new Map([
    ['restaurant-deploy/shop-web:1', image('base', 'web')],
    ['restaurant-deploy/shop-api:2', image('base', 'api', 'base')],
  ]);
  const archive = makeArchive(pins, NOTHING);
  const files = await filesOf(archive);
  expect(archive.layers.map((layer) => layer.diffId)).toEqual(['base', 'web', 'api']);
  expect(['base', 'web', 'api'].map((content) => files.get(blob(content)))).toEqual(['base', 'web', 'api']);
  expect(JSON.parse(files.get('manifest.json') ?? '')).toEqual(
    [...pins].map(([pin, { configDigest, layers }]) => ({
      Config: `blobs/${configDigest.replace(':', '/')}`,
      RepoTags: [pin],
      Layers: layers.map((layer) => blob(layer.diffId)),
    })),
  );
});

test('a layer that is there is named and not sent', async () => {
  const pins = new Map([['restaurant-deploy/shop-web:1', image('base', 'packages', 'code')]]);
  const archive = makeArchive(pins, new ServerLayers([['base', 'packages', 'old code']]));
  const files = await filesOf(archive);
  expect(archive.layers.map((layer) => layer.diffId)).toEqual(['code']);
  expect(files.has(blob('base'))).toBe(false);
  const [manifest] = JSON.parse(files.get('manifest.json') ?? '') as { Layers: string[] }[];
  expect(manifest?.Layers).toEqual(['base', 'packages', 'code'].map(blob));
});

test('the same layer above other layers is another one to Docker, so it is sent', () => {
  const pins = new Map([['restaurant-deploy/shop-web:1', image('base', 'code')]]);
  const archive = makeArchive(pins, new ServerLayers([['other base', 'code']]));
  expect(archive.layers.map((layer) => layer.diffId)).toEqual(['base', 'code']);
});

test('the index of the containerd store names a layer as it is stored there', async () => {
  const stored = new Map([['base', { digest: 'sha256:5'.padEnd(71, '5'), bytes: 555 }]]);
  const pins = new Map([['restaurant-deploy/shop-web:1', image('base', 'code')]]);
  const archive = makeArchive(pins, new ServerLayers([['base', 'x']], stored));
  const files = await filesOf(archive);
  const index = JSON.parse(files.get('index.json') ?? '') as {
    manifests: { digest: string; annotations: Record<string, string> }[];
  };
  expect(index.manifests[0]?.annotations).toEqual({
    'io.containerd.image.name': 'docker.io/restaurant-deploy/shop-web:1',
    'org.opencontainers.image.ref.name': '1',
  });
  const manifest = files.get(`blobs/${index.manifests[0]?.digest.replace(':', '/')}`) ?? '';
  expect(sha256(manifest)).toBe(index.manifests[0]?.digest);
  const { layers } = JSON.parse(manifest) as { layers: { digest: string; size: number }[] };
  expect(layers.map(({ digest, size }) => [digest, size])).toEqual([
    ['sha256:5'.padEnd(71, '5'), 555],
    [sha256('code'), 4],
  ]);
  expect(archive.ids.get('restaurant-deploy/shop-web:1')).toContain(index.manifests[0]?.digest);
});

test('read from any offset it is the rest of the same bytes, all of them told', async () => {
  const archive = makeArchive(new Map([['restaurant-deploy/a:1', image('base'.repeat(300), 'x')]]), NOTHING);
  const whole = await bytesOf(archive);
  expect(whole.length).toBe(archive.bytes);
  for (const from of [0, 1, 511, 512, 513, 1711, 1712, whole.length - 1, whole.length]) {
    let told = 0;
    const chunks: Buffer[] = [];
    for await (const chunk of read(archive, from, (bytes) => (told += bytes))) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(whole.subarray(from))).toBe(true);
    expect(told).toBe(whole.length - from);
  }
});

test('the key is that of the bytes', () => {
  const key = (pin: string, ...contents: string[]) =>
    makeArchive(new Map([[pin, image(...contents)]]), NOTHING).key;
  expect(key('a:1', 'x', 'y')).toBe(key('a:1', 'x', 'y'));
  expect(new Set([key('a:1', 'x', 'y'), key('a:1', 'x', 'z'), key('b:1', 'x', 'y')]).size).toBe(3);
});

test('a header that tar itself reads', async () => {
  const extract = tar.extract();
  Readable.from([tarHeader('blobs/sha256/abc', 3), Buffer.from('one'), Buffer.alloc(509 + 1024)]).pipe(
    extract,
  );
  for await (const entry of extract) {
    expect(entry.header).toMatchObject({ name: 'blobs/sha256/abc', size: 3, mode: 0o644, type: 'file' });
    expect(await text(entry)).toBe('one');
  }
  expect.assertions(2);
});
