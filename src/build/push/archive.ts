import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Collected, Layer } from './collect.ts';
import type { ServerLayers } from './server.ts';

/** A piece of the archive: bytes of ours, or a file as it stands. */
export type Piece = { readonly content: Buffer } | { readonly path: string; readonly bytes: number };

/** What is sent to one server: an archive for `docker load` without the layers that are there already. */
export interface Archive {
  /** The same for the same bytes: by it the server finds what it has of an earlier, interrupted send. */
  readonly key: string;
  readonly bytes: number;
  readonly pieces: readonly Piece[];
  /** The layers in it. */
  readonly layers: readonly Layer[];
  /** Pinned name -> the ids that it may have on the server: by config, or in the containerd store by manifest. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
}

const OCI = 'application/vnd.oci.image';

/**
 * The archive for one server, in both forms that `docker load` reads: manifest.json for Docker's own store, an OCI
 * index for the containerd one. A layer that is not in it is named all the same, and is found there by its content.
 */
export function makeArchive(images: ReadonlyMap<string, Collected>, there: ServerLayers): Archive {
  const layers = new Map<string, Layer>();
  const files = new Map<string, Buffer>();
  const index: object[] = [];
  const dockerManifest: object[] = [];
  const ids = new Map<string, readonly string[]>();
  for (const [pin, image] of images) {
    const present = there.present(image.layers.map((layer) => layer.diffId));
    const named = image.layers.map((layer, at) => {
      if (at >= present) layers.set(layer.digest, layer);
      return at >= present ? layer : { ...layer, ...there.stored(layer.diffId) };
    });
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${OCI}.manifest.v1+json`,
        config: {
          mediaType: `${OCI}.config.v1+json`,
          digest: image.configDigest,
          size: image.config.length,
        },
        layers: named.map((layer) => ({
          mediaType: ociType(layer.mediaType),
          digest: layer.digest,
          size: layer.bytes,
        })),
      }),
    );
    const manifestDigest = sha256(manifest);
    files.set(blobPath(image.configDigest), image.config).set(blobPath(manifestDigest), manifest);
    ids.set(pin, [image.configDigest, manifestDigest]);
    index.push({
      mediaType: `${OCI}.manifest.v1+json`,
      digest: manifestDigest,
      size: manifest.length,
      annotations: {
        'io.containerd.image.name': `docker.io/${pin}`,
        'org.opencontainers.image.ref.name': pin.slice(pin.lastIndexOf(':') + 1),
      },
    });
    dockerManifest.push({
      Config: blobPath(image.configDigest),
      RepoTags: [pin],
      Layers: named.map((layer) => blobPath(layer.digest)),
    });
  }
  files.set('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  files.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: index })));
  files.set('manifest.json', Buffer.from(JSON.stringify(dockerManifest)));

  const pieces: Piece[] = [];
  for (const layer of layers.values()) {
    if (layer.path === undefined) throw new Error(`the layer ${layer.digest} was not collected`);
    pieces.push({ content: tarHeader(blobPath(layer.digest), layer.bytes) });
    pieces.push({ path: layer.path, bytes: layer.bytes }, { content: padding(layer.bytes) });
  }
  for (const [name, content] of files) {
    pieces.push({
      content: Buffer.concat([tarHeader(name, content.length), content, padding(content.length)]),
    });
  }
  pieces.push({ content: Buffer.alloc(1024) });
  // A layer's header names its digest, so the pieces of ours are all there is to know of the bytes.
  const hash = createHash('sha256');
  for (const piece of pieces) if ('content' in piece) hash.update(piece.content);
  const bytes = pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
  return { key: hash.digest('hex').slice(0, 32), bytes, pieces, layers: [...layers.values()], ids };
}

const sizeOf = (piece: Piece) => ('content' in piece ? piece.content.length : piece.bytes);
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const blobPath = (digest: string) => `blobs/${digest.replace(':', '/')}`;
const ociType = (type: string) =>
  /zstd$/.test(type)
    ? `${OCI}.layer.v1.tar+zstd`
    : /gzip$/.test(type)
      ? `${OCI}.layer.v1.tar+gzip`
      : `${OCI}.layer.v1.tar`;

/** Fills a file of a tar up to the next block of 512 bytes. */
const padding = (bytes: number) => Buffer.alloc((512 - (bytes % 512)) % 512);

/** The header of a plain file in a tar (ustar), without a time or an owner: the same bytes for the same file. */
export function tarHeader(name: string, bytes: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(name, 0, 100, 'latin1');
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(0, 136, 12);
  header.write('        0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return header;
}

/** The bytes of the archive from an offset on, each told to `onBytes` as it is handed out. */
export async function* read(
  archive: Archive,
  from: number,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let at = 0;
  for (const piece of archive.pieces) {
    const size = sizeOf(piece);
    const skip = Math.min(size, Math.max(0, from - at));
    at += size;
    if (skip === size) continue;
    const chunks =
      'content' in piece
        ? [piece.content.subarray(skip)]
        : (createReadStream(piece.path, { start: skip, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>);
    for await (const chunk of chunks) {
      onBytes(chunk.length);
      yield chunk;
    }
  }
}
