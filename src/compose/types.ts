import type { ComposeModel } from './model.ts';

export type Color = 'blue' | 'green';

/** Everything that decides how the user's model becomes two projects. Nothing else is looked at. */
export interface SplitRequest {
  /** The user's model as `docker compose config` resolved it, interpolated for this color. */
  readonly model: ComposeModel;
  readonly app: string;
  readonly environment: string;
  readonly color: Color;
  /** Id of the release: names its folder on the host. */
  readonly release: string;
  /** Services of which one instance serves both colors. */
  readonly shared: readonly string[];
  /** What the public reaches: `port` is the container's. */
  readonly routes: readonly { readonly service: string; readonly port: number }[];
  /** Set in every color service; wins over the compose file. Values byte for byte, not escaped. */
  readonly env: Readonly<Record<string, string>>;
  /** Service -> pinned image reference; a service that is not here keeps its own. */
  readonly images: Readonly<Record<string, string>>;
  /** Absolute, on the runner: relative paths were resolved against it. */
  readonly projectDir: string;
  /** Absolute, on the runner: files below it can travel. */
  readonly workspace: string;
  /** The host's folder of this environment, absolute. */
  readonly root: string;
  /** What stands at a path of the runner; passed in, so that the split itself touches no disk. */
  readonly existing: (path: string) => 'file' | 'directory' | undefined;
}

/** Something the user should know before the deploy; an `error` forbids it. */
export interface Notice {
  /** Stable, starts with `compose-`: names the entry in docs/troubleshooting.md. */
  readonly code: string;
  readonly level: 'error' | 'warning' | 'info';
  readonly service?: string;
  readonly what: string;
  readonly remedy: string;
}

/** A volume that both colors use, so that neither owns it: created when it is missing, never removed by a deploy. */
export interface VolumeToCreate {
  readonly name: string;
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A file or directory of the runner that the containers mount. */
export interface TravellingFile {
  /** Absolute, on the runner. */
  readonly from: string;
  /** Relative to `releases/<release>/files/` (scope release) or `shared/files/` (scope shared) below the root. */
  readonly to: string;
  readonly scope: 'release' | 'shared';
}

/**
 * A variable from whose value Compose on the host fills a secret or config (`environment: NAME`). The value must not
 * stand in argv: the deploy writes it, with `dotenv()` and mode 0600, to the `.env` beside that project's compose file.
 * A bind-mounted 0600 file would do worse: a container that runs as another user than the deploy's could not read it.
 */
export interface HostVariable {
  readonly variable: string;
  readonly scope: 'release' | 'shared';
}

/** A routed service as the edge reaches it: `alias:port` on the edge network. */
export interface EdgeTarget {
  /** As in the route. */
  readonly service: string;
  /** Whose containers the deploy connects to the edge network with the alias; another service than the routed one when
   * that one lives in its network namespace. Several targets can name one: connect it once. */
  readonly connect: string;
  readonly alias: string;
  readonly port: number;
  /** How many containers answer to the alias. */
  readonly replicas: number;
}

/** The user's one model as two projects, and what must be on the host before they start. */
export interface Split {
  /** Project `<app>-<environment>-shared`; undefined when no service is shared. */
  readonly shared: ComposeModel | undefined;
  /** Project `<app>-<environment>-<color>`. */
  readonly color: ComposeModel;
  readonly volumes: readonly VolumeToCreate[];
  readonly files: readonly TravellingFile[];
  readonly variables: readonly HostVariable[];
  /** Directories to create on the host, absolute: bind mounts whose source is not part of the repository. */
  readonly dataDirs: readonly string[];
  readonly notices: readonly Notice[];
  readonly edge: readonly EdgeTarget[];
}
