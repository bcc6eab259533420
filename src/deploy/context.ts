import type { Credentials } from '../build/registry/docker-config.ts';
import type { Config } from '../config/config.ts';
import type { Fault } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Log } from '../log.ts';
import type { Fetched } from '../secrets/fetch.ts';
import type { Origin } from '../secrets/provider.ts';

/** Who makes a change, for the lease, the ledger and the report. */
export interface Author {
  /** The person: the actor of the run, or the local user. */
  readonly by: string;
  /** URL of the workflow run; `local` without one. */
  readonly run: string;
}

/** Everything a change works with. Handed in: nothing below reads the clock, the environment or the network. */
export interface Context {
  readonly config: Config;
  /** Variables of the containers: env.clear, env.secret, and the names we give. */
  readonly env: Readonly<Record<string, string>>;
  /** Values for the compose file: those, and the secrets that reach no container as variables. */
  readonly filling: Readonly<Record<string, string>>;
  /** All secrets that are known, by name: for certificates too. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Where those that a store holds came from. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** Reads the stores, all or some names; `hosts` gives the servers, should a file of theirs be wanted. */
  readonly fetchSecrets: (
    hosts: () => Promise<readonly Host[]>,
    names?: readonly string[],
  ) => Promise<Fetched>;
  readonly author: Author;
  /** Names our lease; known to `post`, which goes on under it when main was killed. */
  readonly token: string;
  readonly version: string;
  readonly commit: string;
  /** When it was made, in milliseconds since 1970. */
  readonly committedAt: number | undefined;
  /** URL of the repository on the web; undefined where nobody knows. */
  readonly source: string | undefined;
  /** Folder of the user's repository, absolute. */
  readonly workspace: string;
  readonly skipTest: boolean;
  /** Service -> image by digest, built and pushed by an earlier job. */
  readonly images: ReadonlyMap<string, string> | undefined;
  readonly skipBuild: boolean;
  readonly skipPush: boolean;
  /** The login for the registry of `push`. */
  readonly registryLogin: Credentials | undefined;
  /** A folder of this run alone that is removed with it, also when it is killed. */
  readonly ownFolder: () => string;
  readonly force: boolean;
  readonly local: Host;
  readonly openHost: (address: string) => Promise<Host>;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Ends the change, as a cancelled run does: for when the lease was taken from us. */
  readonly abort: (reason: Error) => void;
  /** Whether a hostname has an address in DNS, as this machine sees it; undefined when that can not be told in time. */
  readonly addressesOf: (hostname: string) => Promise<readonly string[] | undefined>;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly readFile: (path: string) => string | undefined;
  readonly existing: (path: string) => 'file' | 'directory' | undefined;
}

/** Tells a warning that is no reason to stop. */
export const warn = (context: Pick<Context, 'log'>, fault: Fault): void => context.log.warn(fault);
