import type { Fault } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Log } from '../log.ts';

/** Where the values of some secrets come from. Each kind of store is one of these. */
export interface Provider {
  /**
   * Reads all that is asked of it, masking each value before it goes on. A value that can not be had is a fault that
   * names the secret; there is no other way out, and never an empty value.
   * @throws DeployError when nothing of it can be had: no login, no connection
   */
  read(): Promise<readonly (Found | Fault)[]>;
}

/** The value of one secret, and where it came from, so that the release can say so. */
export interface Found {
  /** Name of the variable. */
  readonly name: string;
  readonly value: string;
  readonly origin: Origin;
}

/** What a release records of a secret: never its value. */
export interface Origin {
  readonly from: 'aws' | 'vault' | 'host';
  /** Name, ARN or path in the store. */
  readonly secret: string;
  /** The store's name for the version read; none where the store knows no versions. */
  readonly version?: string;
}

/** What providers work with. */
export interface World {
  /** Variables of the process: the credentials for the stores are there. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Pick<Log, 'mask' | 'warn' | 'info'>;
  readonly signal: AbortSignal;
  /** The servers, connected: asked for only when files of theirs are read. */
  readonly hosts: () => Promise<readonly Host[]>;
}

export const isFault = (one: Found | Fault): one is Fault => 'code' in one;
