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

/** Every push finds out what the next one must be denied; three are enough, more would be a loop. */
const PUSHES = 3;

/**
 * Gets an image's config and those of its layers that are needed out of the runner's Docker.
 * @param needed diff ids.
 * @throws NotCollected when Docker does not push to the registry.
 */
export async function collect(
  local: Host,
  registry: LoopbackRegistry,
  image: LocalImage,
  needed: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Collected> {
  const tag = image.id.replace(/^sha256:/, '').slice(0, 32);
  const name = `${registry.address}/restaurant-deploy:${tag}`;
  // The store of Docker up to 28 names an image by its config: asked for it, there is no need to find that out.
  registry.deny(image.id);
  await must(local, ['docker', 'tag', image.id, name], signal);
  try {
    for (let push = 0; push < PUSHES; push++) {
      await must(local, ['docker', 'push', '--quiet', name], signal);
      const { collected, lacking } = await takeApart(registry, image, needed);
      if (collected) return collected;
      for (const digest of lacking) registry.deny(digest);
    }
  } finally {
    await local.run(command('docker', 'rmi', name));
  }
  throw new NotCollected('Docker did not send all layers');
}

async function must(local: Host, argv: readonly string[], signal: AbortSignal): Promise<void> {
  const { code, stdout, stderr } = await local.run({ argv }, { signal });
  if (code !== 0) throw new NotCollected((stderr.trim() || stdout.trim()).split('\n').at(-1));
}

async function takeApart(
  registry: LoopbackRegistry,
  image: LocalImage,
  needed: ReadonlySet<string>,
): Promise<{ collected?: Collected; lacking: string[] }> {
  const lacking: string[] = [];
  for (const manifest of registry.manifests) {
    const parsed = parseManifest(manifest);
    if (!parsed) continue;
    const config = await registry.read(parsed.config);
    if (!config) {
      lacking.push(parsed.config);
      continue;
    }
    const diffIds = diffIdsOf(config);
    if (diffIds.join() !== image.layers.join()) continue;
    const layers = parsed.layers.map((layer, at) => {
      const blob = registry.blobs.get(layer.digest);
      const diffId = diffIds[at] ?? '';
      return { ...layer, diffId, ...(blob ? { bytes: blob.bytes, path: blob.path } : {}) };
    });
    const missing = layers.filter((layer) => needed.has(layer.diffId) && !layer.path);
    if (missing.length > 0) return { lacking: missing.map((layer) => layer.digest) };
    return { collected: { configDigest: parsed.config, config, layers }, lacking: [] };
  }
  return { lacking };
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
