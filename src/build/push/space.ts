import { open } from 'node:fs/promises';
import { DeployError } from '../../errors.ts';
import type { Archive } from './archive.ts';
import type { Layer } from './collect.ts';
import { size } from './progress.ts';
import type { Target } from './push.ts';

/** What unpacked layers weigh at most for their compressed bytes, where it can not be read from them. */
const USUAL_RATIO = 4;

/**
 * Room that a server needs to load an archive, in bytes: the archive is kept until it is loaded, Docker unpacks it
 * into a folder of its own, and then come the layers.
 */
export async function spaceFor(archive: Archive): Promise<number> {
  const unpacked = await Promise.all(archive.layers.map(unpackedBytes));
  return 2 * archive.bytes + unpacked.reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * @param done what the images need the room for.
 * @throws DeployError with both numbers when the server has less room than is needed.
 */
export function checkSpace(
  { host, freeBytes }: Pick<Target, 'host' | 'freeBytes'>,
  needed: number,
  done: 'loaded' | 'pulled' = 'loaded',
): void {
  if (needed <= freeBytes) return;
  throw new DeployError({
    code: 'host-disk-full',
    where: host.name,
    what: `The images need ${size(needed)} while they are ${done}, ${size(freeBytes)} are free on the server.`,
    remedy: 'Make room first: docker system df shows where it went.',
  });
}

/** A gzip file ends with the size of what is in it (modulo 4 GiB). */
async function unpackedBytes({ path, bytes, unpackedBytes: known, mediaType }: Layer): Promise<number> {
  if (known !== undefined) return known;
  if (path === undefined) return 0;
  if (!/gzip$/.test(mediaType) || bytes < 18) return bytes * USUAL_RATIO;
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, bytes - 4);
    return Math.max(buffer.readUInt32LE(), bytes);
  } finally {
    await file.close();
  }
}
