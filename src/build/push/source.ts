import type { LocalImage } from '../images.ts';
import { type Collected, type Layer, learn, NotCollected } from './collect.ts';
import type { Pusher } from './push.ts';
import { LoopbackRegistry } from './registry.ts';
import { saveLayers } from './save.ts';

/** Every push finds out what the next one must be denied; three are enough, more would be a loop. */
const PUSHES = 3;

/** The images of the runner, taken apart once for all servers. */
export class Source {
  readonly #pusher: Pusher;
  readonly #folder: string;
  readonly #registry: LoopbackRegistry;
  readonly #opened: Promise<void>;
  readonly #saved = new Map<string, Layer>();
  /** One after the other: what one server needs is there already when the next one asks for it. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param folder an empty folder for the layers, removed by the caller. */
  constructor(pusher: Pusher, folder: string) {
    this.#pusher = pusher;
    this.#folder = folder;
    this.#registry = new LoopbackRegistry(folder);
    this.#opened = this.#registry.open();
  }

  /**
   * Images by name, with the compressed bytes of the layers that are needed.
   * @param needed diff ids.
   * @throws NotCollected when Docker does not hand them over.
   */
  take(
    images: ReadonlyMap<string, LocalImage>,
    needed: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, Collected>> {
    const taken = this.#last
      .catch(() => {})
      .then(async () => {
        await this.#opened;
        return this.#take(images, needed);
      });
    this.#last = taken;
    return taken;
  }

  async #take(images: ReadonlyMap<string, LocalImage>, needed: ReadonlySet<string>) {
    const { local, signal } = this.#pusher;
    const collected = new Map<string, Collected>();
    for (let push = 0; push < PUSHES; push++) {
      await Promise.all(
        [...images].map(async ([pin, image]) => {
          if (collected.has(pin) && this.#missing(collected.get(pin), needed).length === 0) return;
          const learned = await learn(local, this.#registry, image, signal);
          if (learned) collected.set(pin, this.#withSaved(learned));
        }),
      );
      if (push === 0) await this.#save(images, collected, needed);
      const missing = [...images.keys()].flatMap((pin) => this.#missing(collected.get(pin), needed));
      if (missing.length === 0 && collected.size === images.size) return collected;
      for (const layer of missing) this.#registry.deny(layer.digest);
    }
    throw new NotCollected('Docker did not send all layers');
  }

  #missing(image: Collected | undefined, needed: ReadonlySet<string>): Layer[] {
    return image?.layers.filter((layer) => needed.has(layer.diffId) && !layer.path) ?? [];
  }

  #withSaved(image: Collected): Collected {
    return { ...image, layers: image.layers.map((layer) => this.#saved.get(layer.diffId) ?? layer) };
  }

  /** Where the lowest layer is missing, nearly all is: then Docker may as well save the images whole. */
  async #save(
    images: ReadonlyMap<string, LocalImage>,
    collected: Map<string, Collected>,
    needed: ReadonlySet<string>,
  ): Promise<void> {
    const bare = [...images].filter(([pin]) => {
      const image = collected.get(pin);
      return image && this.#missing(image, needed)[0]?.diffId === image.layers[0]?.diffId;
    });
    const wanted = new Set(
      bare.flatMap(([pin]) => this.#missing(collected.get(pin), needed).map((one) => one.diffId)),
    );
    if (wanted.size === 0) return;
    const ids = [...new Set(bare.map(([, image]) => image.id))];
    for (const [diffId, layer] of await saveLayers(ids, wanted, this.#folder, this.#pusher.signal))
      this.#saved.set(diffId, layer);
    for (const [pin, image] of collected) collected.set(pin, this.#withSaved(image));
  }

  close(): Promise<void> {
    return this.#registry.close();
  }
}
