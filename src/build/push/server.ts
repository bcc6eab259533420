import { batch, readBatch } from '../../commands/batch.ts';
import { type Command, command, script } from '../../commands/command.ts';
import type { Layer } from './collect.ts';

/** Where the server keeps what has arrived of an interrupted send, relative to the deploy user's home. */
const INCOMING = '.restaurant-deploy/incoming';

/** Left by `loadCommand` when the input ended before the archive did. */
export const CUT = 75;

/** What a server has of images and of interrupted sends, in one round trip. */
export function askLayers(): Command {
  return batch({
    store: command('docker', 'info', '--format', '{{json .DriverStatus}}'),
    images: script(
      `ids=$(docker image ls --all --quiet --no-trunc | sort -u); [ -z "$ids" ] ||
       docker image inspect --format '{{json .RootFS.Layers}}' $ids | sort -u`,
    ),
    sent: script('[ ! -f "$1/layers" ] || sort -u "$1/layers"', [INCOMING]),
    // What nobody came back for within a day is taken away.
    begun: script(
      `cd "$1" 2>/dev/null || exit 0; find . -type f -name '*.tar' -mtime +0 -exec rm -f {} +
       for f in *.tar; do [ ! -f "$f" ] || echo "\${f%.tar} $(wc -c <"$f")"; done`,
      [INCOMING],
    ),
  });
}

/** The layers that a server has, and what it has of archives that were cut. */
export class ServerLayers {
  readonly #chains = new Set<string>();
  /** diff id -> how the layer is stored; of the containerd store alone, which knows layers by their compressed bytes. */
  readonly #stored: ReadonlyMap<string, { digest: string; bytes: number }> | undefined;
  readonly begun: ReadonlyMap<string, number>;

  constructor(
    images: readonly (readonly string[])[],
    stored?: ReadonlyMap<string, { digest: string; bytes: number }>,
    begun: ReadonlyMap<string, number> = new Map(),
  ) {
    this.#stored = stored;
    this.begun = begun;
    for (const layers of images) {
      for (const at of layers.keys()) this.#chains.add(layers.slice(0, at + 1).join());
    }
  }

  /** How many of an image's layers, from the lowest one on, are there. Docker keeps a layer with those below it. */
  present(diffIds: readonly string[]): number {
    let count = 0;
    while (
      count < diffIds.length &&
      this.#chains.has(diffIds.slice(0, count + 1).join()) &&
      (this.#stored?.has(diffIds[count] ?? '') ?? true)
    )
      count++;
    return count;
  }

  /** How a layer that is there is called in the server's store, when that matters. */
  stored(diffId: string): { digest: string; bytes: number } | undefined {
    return this.#stored?.get(diffId);
  }

  /** Whether the store knows layers by their compressed bytes, so that what was sent has to be written down. */
  get byDigest(): boolean {
    return this.#stored !== undefined;
  }

  /** A server of which nothing is taken for granted but what has arrived of an interrupted send. */
  get emptied(): ServerLayers {
    return new ServerLayers([], this.#stored && new Map(), this.begun);
  }
}

/** @throws Error when the output is not that of `askLayers`. */
export function readLayers(stdout: string): ServerLayers {
  const results = readBatch(stdout);
  const lines = (name: string) =>
    (results.get(name)?.stdout ?? '').split('\n').filter((line) => line.trim() !== '');
  const containerd = /io\.containerd\.snapshotter/.test(results.get('store')?.stdout ?? '');
  const stored = lines('sent').map((line) => {
    const [diffId = '', digest = '', bytes = ''] = line.split(' ');
    return [diffId, { digest, bytes: Number(bytes) }] as const;
  });
  return new ServerLayers(
    lines('images').map((line) => (JSON.parse(line) as string[] | null) ?? []),
    containerd ? new Map(stored) : undefined,
    new Map(
      lines('begun').map((line) => {
        const [key = '', bytes] = line.split(' ');
        return [key, Number(bytes)] as const;
      }),
    ),
  );
}

/**
 * Loads an archive whose rest comes on standard input: what is there of it is read first. What comes is kept until
 * the load is done, so that a cut link costs nothing that has arrived. Prints `pin id` of each image.
 */
export function loadCommand(
  key: string,
  bytes: number,
  layers: readonly Layer[],
  pins: readonly string[],
): Command {
  const source = `
set -u; umask 077; d=$1; f=$d/$2.tar; total=$3; record=$4; shift 4
mkdir -p "$d" || exit 70
[ ! -f "$f" ] || [ "$(wc -c <"$f")" -le "$total" ] || rm -f "$f"
said=$( { cat "$f" 2>/dev/null; tee -a "$f" || echo broken >"$f.broken"; } | docker load --quiet 2>&1 >/dev/null ); code=$?
have=$(wc -c <"$f"); broken=; [ ! -e "$f.broken" ] || broken=1; rm -f "$f.broken"
if [ "$code" != 0 ]; then
  docker image rm "$@" >/dev/null 2>&1
  echo "$said" >&2
  [ "$have" -ge "$total" ] || [ -n "$broken" ] || exit ${CUT}
  rm -f "$f"; exit 1
fi
rm -f "$f"
[ -z "$record" ] || echo "$record" >>"$d/layers"
for pin in "$@"; do echo "$pin $(docker image inspect --format '{{.Id}}' "$pin")"; done`;
  const record = layers.map((layer) => `${layer.diffId} ${layer.digest} ${layer.bytes}`).join('\n');
  return script(source, [INCOMING, key, String(bytes), record, ...pins]);
}
