import { command } from '../../commands/command.ts';
import type { Host } from '../../hosts/host.ts';
import type { LocalImage } from '../images.ts';
import { askLayers, readLayers } from '../push/server.ts';
import { checkSpace } from '../push/space.ts';

/** What a pull takes for each byte that is unpacked: the layer itself, and what it came in beside it. */
const PULLED = 1.5;

/** A server, and the room that it has where its Docker keeps images, in bytes. */
export interface Room {
  readonly host: Host;
  readonly freeBytes: number;
}

/**
 * Looks before a push whether each server has room for what it will pull. A server with room for everything is not
 * asked; one with less is asked which layers it has.
 * @throws DeployError host-disk-full with both numbers.
 */
export async function demandRoom(
  local: Host,
  rooms: readonly Room[],
  images: readonly LocalImage[],
  signal: AbortSignal,
): Promise<void> {
  const distinct = [...new Map(images.map((image) => [image.id, image])).values()];
  const all = PULLED * distinct.reduce((sum, image) => sum + image.bytes, 0);
  const tight = rooms.filter(({ freeBytes }) => freeBytes < all);
  if (tight.length === 0) return;
  const weighed = await Promise.all(
    distinct.map(async (image) => ({ image, sizes: await layerSizes(local, image.id, signal) })),
  );
  await Promise.all(
    tight.map(async ({ host, freeBytes }) => {
      const { stdout } = await host.run(askLayers(), { signal });
      const there = readLayers(stdout);
      const lacking = weighed.reduce(
        (sum, { image, sizes }) => sum + lackingBytes(image, sizes, there.present(image.layers)),
        0,
      );
      checkSpace({ host, freeBytes }, PULLED * lacking, 'pulled');
    }),
  );
}

/** The unpacked sizes of an image's steps that left something, the lowest first. */
async function layerSizes(local: Host, id: string, signal: AbortSignal): Promise<number[]> {
  const words = ['--no-trunc', '--human=false', '--format', '{{.Size}}', id];
  const { stdout } = await local.run(command('docker', 'history', ...words), { signal });
  return stdout
    .trim()
    .split('\n')
    .map(Number)
    .filter((bytes) => bytes > 0)
    .reverse();
}

/**
 * What an image weighs, unpacked, without the layers that are there. Layers of no size are not among the sizes, and
 * nobody knows which they are: they count as if they were the lowest, so that the sum is never too small.
 * @param present how many layers are there, from the lowest one on.
 */
export function lackingBytes(image: LocalImage, sizes: readonly number[], present: number): number {
  if (present >= image.layers.length) return 0;
  const empty = image.layers.length - sizes.length;
  const there = sizes.slice(0, Math.max(0, present - Math.max(0, empty)));
  return Math.max(0, image.bytes - there.reduce((sum, bytes) => sum + bytes, 0));
}
