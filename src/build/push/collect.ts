import { command } from '../../commands/command.ts';
import type { Host } from '../../hosts/host.ts';
import type { LocalImage } from '../images.ts';
import type { LoopbackRegistry, Manifest } from './registry.ts';

/** One layer of an image: what it is unpacked, and what it is called and weighs compressed. */
export interface Layer {
  /** sha256 of the unpacked layer: the same whoever compressed it. */
  readonly diffId: string;
  readonly digest: string;
  readonly bytes: number;
  /** Where it is known. */
  readonly unpackedBytes?: number;
  /** The compressed bytes, in a file of the runner; none for a layer that no server lacks. */
  readonly path?: string;
  readonly mediaType: string;
}

/** An image taken apart: its config whole, and those of its layers that some server lacks. */
export interface Collected {
  readonly configDigest: string;
  readonly config: Buffer;
  readonly layers: readonly Layer[];
}

/** Docker did not hand an image over: its registry client can not reach ours, or speaks another language. */
export class NotCollected extends Error {}

/**
 * Lets Docker push an image to the registry, and learns what it is made of. Docker's store up to version 28 names an
 * image by its config; in the containerd store the config's name is found out, denied, and comes with the next push.
 * @returns the image, with the bytes of those layers that Docker sent; undefined when its config is still to come.
 * @throws NotCollected when Docker does not push to the registry.
 */
export async function learn(
  local: Host,
  registry: LoopbackRegistry,
  image: LocalImage,
  signal: AbortSignal,
): Promise<Collected | undefined> {
  const tag = image.id.replace(/^sha256:/, '').slice(0, 32);
  const name = `${registry.address}/restaurant-deploy:${tag}`;
  registry.deny(image.id);
  await must(local, ['docker', 'tag', image.id, name], signal);
  try {
    await must(local, ['docker', 'push', '--quiet', name], signal);
  } finally {
    await local.run(command('docker', 'rmi', name));
  }
  return takeApart(registry, image);
}

async function must(local: Host, argv: readonly string[], signal: AbortSignal): Promise<void> {
  const { code, stdout, stderr } = await local.run({ argv }, { signal });
  if (code !== 0) throw new NotCollected((stderr.trim() || stdout.trim()).split('\n').at(-1));
}

async function takeApart(registry: LoopbackRegistry, image: LocalImage): Promise<Collected | undefined> {
  for (const manifest of registry.manifests) {
    const parsed = parseManifest(manifest);
    if (!parsed) continue;
    const config = await registry.read(parsed.config);
    if (!config) {
      registry.deny(parsed.config);
      continue;
    }
    const diffIds = diffIdsOf(config);
    if (diffIds.join() !== image.layers.join()) continue;
    const layers = parsed.layers.map((layer, at) => {
      const blob = registry.blobs.get(layer.digest);
      return { ...layer, diffId: diffIds[at] ?? '', ...(blob ? { bytes: blob.bytes, path: blob.path } : {}) };
    });
    return { configDigest: parsed.config, config, layers };
  }
  return undefined;
}

/** The parts of an image's manifest; undefined for an index or an attestation. */
export function parseManifest(
  manifest: Manifest,
): { config: string; layers: { digest: string; bytes: number; mediaType: string }[] } | undefined {
  const { config, layers } = JSON.parse(manifest.body.toString()) as {
    config?: { digest: string };
    layers?: { digest: string; size: number; mediaType: string }[];
  };
  if (!config || !layers || layers.some((layer) => layer.mediaType.includes('in-toto'))) return undefined;
  return {
    config: config.digest,
    layers: layers.map(({ digest, size, mediaType }) => ({ digest, bytes: size, mediaType })),
  };
}

/** The layers that a config names, unpacked. */
export function diffIdsOf(config: Buffer): string[] {
  const { rootfs } = JSON.parse(config.toString()) as { rootfs?: { diff_ids?: string[] } };
  return rootfs?.diff_ids ?? [];
}
