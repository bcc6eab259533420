import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { zstdDecompressSync } from 'node:zlib';
import tar from 'tar-stream';
import { saveLayers } from '../../../../src/build/push/save.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'save-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sha256 = (content: string | Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** A `docker` that saves these files. */
async function docker(files: readonly string[], end = 'exit 0'): Promise<void> {
  const pack = tar.pack();
  for (const content of files) pack.entry({ name: `blobs/${sha256(content).replace(':', '/')}` }, content);
  pack.entry({ name: 'index.json' }, '{}');
  pack.finalize();
  writeFileSync(join(folder, 'saved.tar'), await buffer(pack));
  const script = `#!/bin/sh\necho "$*" >${folder}/called\ncat ${folder}/saved.tar\n${end}\n`;
  writeFileSync(join(folder, 'docker'), script, { mode: 0o755 });
}

const save = (...wanted: string[]) =>
  saveLayers(['id1', 'id2'], new Set(wanted.map(sha256)), folder, new AbortController().signal, {
    PATH: `${folder}:${process.env.PATH}`,
  });

test('the wanted layers are taken, compressed, with what they weigh before and after', async () => {
  const large = 'layer '.repeat(50_000);
  await docker(['other', large, 'small']);
  const found = await save(large, 'small', 'one that is not there');
  expect(readFileSync(join(folder, 'called'), 'utf8')).toBe('save id1 id2\n');
  expect([...found.keys()]).toEqual([sha256(large), sha256('small')]);
  const layer = found.get(sha256(large));
  const packed = readFileSync(layer?.path ?? '');
  expect(zstdDecompressSync(packed).toString()).toBe(large);
  expect(layer).toMatchObject({
    diffId: sha256(large),
    digest: sha256(packed),
    bytes: packed.length,
    unpackedBytes: large.length,
    mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
  });
});

test('what docker says when it fails is the error', async () => {
  await docker(['layer'], 'echo "no such image" >&2; exit 1');
  await expect(save('layer')).rejects.toThrow('no such image');
});
