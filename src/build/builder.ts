import { command } from '../commands/command.ts';
import type { Host } from '../hosts/host.ts';

/** What builds images on the runner. */
export interface Builder {
  /** `docker`, `docker-container`, ... */
  readonly driver: string;
  /**
   * Whether it can keep caches elsewhere, attest, and build for several platforms at once. The builder inside of Docker
   * can not, unless its images are in the containerd store.
   */
  readonly able: boolean;
}

/** The builder that docker uses now; one that does not answer counts as the one inside of Docker. */
export async function builderOf(local: Host, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Builder> {
  const [builder, info] = await Promise.all([
    local.run(command('docker', 'buildx', 'inspect'), { env, signal }),
    local.run(command('docker', 'info', '--format', '{{json .DriverStatus}}'), { env, signal }),
  ]);
  return readBuilder(builder.code === 0 ? builder.stdout : '', info.stdout);
}

/** Reads what `docker buildx inspect` and `docker info` print. */
export function readBuilder(inspected: string, storeStatus: string): Builder {
  const driver = /^Driver:\s+(\S+)/m.exec(inspected)?.[1] ?? 'docker';
  return { driver, able: driver !== 'docker' || /io\.containerd\.snapshotter/.test(storeStatus) };
}

/** `x64` and the like, as Node calls them, in the words of images. */
const RUNNER: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/**
 * Platforms to build for. None means the runner's own kind, which needs no word.
 * @param servers the servers' architectures in the words of images; none where nobody knows.
 * @param runner the runner's, as Node calls it.
 */
export function platformsFor(servers: readonly string[], runner: string): string[] {
  const wanted = [...new Set(servers)].sort();
  if (wanted.length === 0 || (wanted.length === 1 && wanted[0] === (RUNNER[runner] ?? runner))) return [];
  return wanted.map((architecture) => `linux/${architecture}`);
}
