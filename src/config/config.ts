/**
 * What a deploy.yml says for one environment, checked and complete: every default is filled in and every unit is
 * resolved. Everything below the loader works on this and never sees the file.
 */
export interface Config {
  /** The app's name: part of project, network and folder names on the server. */
  readonly app: string;
  /** The environment that the overlay was chosen for. */
  readonly environment: string;
  /** Compose files, relative to the workspace; none means: look the usual names up (see COMPOSE_NAMES). */
  readonly compose: readonly string[];
  readonly profiles: readonly string[];
  /** `user@host` or `user@host:port`; IPv6 in brackets. */
  readonly hosts: readonly string[];
  /** None for an app of workers only. */
  readonly routes: readonly Route[];
  /** Services that both colors share. */
  readonly shared: readonly string[];
  readonly env: { readonly clear: Readonly<Record<string, string>>; readonly secret: readonly string[] };
  readonly secrets: SecretStores;
  /** `ssh`, or what the names of images in a registry begin with, such as `ghcr.io/org`. */
  readonly push: string;
  readonly build: { readonly labels: boolean; readonly provenance: boolean; readonly sbom: boolean };
  readonly test: readonly TestStep[];
  readonly hooks: {
    readonly beforeSwitch?: Hook;
    readonly afterSwitch?: Hook;
    /** Once, in the first release of a preview. */
    readonly seed?: Hook;
  };
  readonly observe: {
    readonly forMs: number;
    /** Share of answers with a 5xx status, 0 to 1, above which the switch is reverted. */
    readonly max5xx: number;
    /** Requests below which `max5xx` and `maxLatency` say nothing yet. */
    readonly minRequests: number;
    /** Times the old color's response time. */
    readonly maxLatency?: number;
  };
  readonly drain: { readonly timeoutMs: number };
  readonly standby: { readonly keep: 'running' | 'stopped' | 'none'; readonly forMs: number };
  /** How a pull request gets an environment of its own; undefined when it gets none. */
  readonly preview?: Preview;
  /** Volumes and networks that others have too are replaced by own ones. */
  readonly isolate?: boolean;
  /** Upper bounds for each container. */
  readonly limits?: Limits;
  /** Who may come in; undefined for everybody. */
  readonly guard?: { readonly noindex: boolean; readonly login?: Login };
  /** Who is told how a change ended. */
  readonly notify: readonly Receiver[];
  /** Where the numbers of a change go. */
  readonly metrics: MetricsTargets;
  /** Releases kept on the server, the live one included. */
  readonly retain: number;
}

/** Public hostnames that lead to one port of one service. */
export interface Route {
  /** Lower case, each of them once in a file. */
  readonly hosts: readonly string[];
  readonly service: string;
  readonly port: number;
  readonly health: {
    readonly path: string;
    readonly intervalMs: number;
    readonly inARow: number;
    readonly deadlineMs: number;
  };
  readonly tls?: Tls;
}

/** Where the certificate of a route comes from. */
export interface Tls {
  readonly certificate: Pem;
  readonly key: Pem;
  readonly redirect: boolean;
}

/** A PEM file on the server, or the name of a secret that holds its text. */
export type Pem = { readonly path: string } | { readonly secret: string };

/** A test that runs on the runner before anything is built. */
export interface TestStep {
  readonly name: string;
  /** A line for the shell. */
  readonly run: string;
  /** Folder relative to the workspace; '.' by default. */
  readonly in: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Patterns of paths in that folder: reports in the format of JUnit. */
  readonly report: readonly string[];
}

/** A one-off command in a container of the new release. */
export interface Hook {
  readonly service: string;
  /** A line for the container's shell, or the words of a command. */
  readonly run: string | readonly string[];
  readonly timeoutMs: number;
}

/** Somebody who is told how a change ended. */
export interface Receiver {
  readonly to: 'webhook' | 'slack' | 'discord';
  /** Name of the secret that holds the URL. */
  readonly secret: string;
  readonly on: readonly ('success' | 'failure' | 'revert' | 'recovery')[];
}

/** Where the numbers of a change go; nowhere when all are undefined. */
export interface MetricsTargets {
  /** Absolute path of a folder on the servers. */
  readonly textfile?: string;
  readonly pushgateway?: Target;
  readonly otlp?: Target;
}

/** A URL, or the name of the secret that holds it. */
export type Target = { readonly url: string } | { readonly secret: string };

/** Which store holds the value of which variable. */
export interface SecretStores {
  readonly aws?: AwsStore;
  readonly vault?: VaultStore;
  /** Names in the input `secrets`. */
  readonly input: readonly string[];
  /** Variable -> file on the servers. */
  readonly host: Readonly<Record<string, string>>;
}

export interface AwsStore {
  readonly region?: string;
  readonly values: Readonly<Record<string, AwsReference>>;
}

/** `key`: of a JSON object, else the whole text; `version`: id or label, else the current one. */
export interface AwsReference {
  readonly secret: string;
  readonly key?: string;
  readonly version?: string;
}

export interface VaultStore {
  readonly address: string;
  readonly namespace?: string;
  readonly auth: VaultAuth;
  readonly values: Readonly<Record<string, VaultReference>>;
}

export interface VaultAuth {
  readonly method: 'token' | 'approle' | 'jwt';
  readonly mount: string;
  readonly role?: string;
  readonly audience?: string;
}

/** `path` as the API has it, so with `data/` for KV version 2. */
export interface VaultReference {
  readonly path: string;
  readonly key: string;
  readonly version?: number;
}

/** A user name, and the name of the secret that holds the password. */
export interface Login {
  readonly user: string;
  readonly secret: string;
}

export interface Limits {
  readonly cpus?: number;
  readonly memoryBytes?: number;
}

/** What the previews of an app have in common. */
export interface Preview {
  /** A hostname with `{number}` in it, perhaps also `{service}`. */
  readonly host: string;
  readonly tls?: Tls;
  /** At a time, on a server. */
  readonly max: number;
  /** Age from the last deploy on. */
  readonly ttlMs: number;
  readonly limits?: Limits;
  readonly login?: Login;
  readonly noindex: boolean;
  readonly isolate: boolean;
  readonly seed?: Hook;
}
