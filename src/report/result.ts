import type { Fault } from '../errors.ts';
import type { Objectives } from './objectives.ts';

/** Outcome of a command: what the output \`outcome\` says. */
export type Outcome =
  | 'deployed'
  | 'built'
  | 'unchanged'
  | 'rolled-back'
  | 'reverted'
  | 'removed'
  /** A run that has no secrets and can do nothing: that is no failure. */
  | 'skipped'
  | 'planned'
  | 'failed'
  /** A command that only looks or clears: status, report, unlock. */
  | 'done';

/** How long a phase took, in milliseconds since the change began. */
export interface Phase {
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
}

/** A line of a table for the summary: its cells, and the heads they stand under. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All that a command did; the only thing that reports read. It never holds a secret. */
export interface Result {
  readonly command: string;
  readonly app: string;
  readonly environment: string;
  readonly outcome: Outcome;
  readonly durationMs: number;
  readonly phases: readonly Phase[];
  readonly faults: readonly Fault[];
  /** The release that is live when the run ends; undefined when none is, or when it is not known. */
  readonly release?: string;
  /** What the user calls the release that the run was about. */
  readonly version?: string;
  /** The release that was live when the run began. */
  readonly previousRelease?: string;
  /** With `failed` and `reverted`: the release that did not make it. */
  readonly attempted?: string;
  /** The color that serves when the run ends. */
  readonly color?: string;
  readonly url?: string;
  /** Requests that the edge answered during the change, and those that failed. */
  readonly requests?: number;
  readonly failedRequests?: number;
  /** Environments that are gone. */
  readonly removed?: readonly string[];
  /** The change before this one had failed or was reverted; this one went well. */
  readonly recovered?: boolean;
  /** Milliseconds in which no color could answer. */
  readonly downtimeMs?: number;
  /** The exact way back, as a person would type it. */
  readonly rollback?: string;
  /** The workflow that does it: where it is started, what its form wants, and both as a command of `gh`. */
  readonly rollbackWorkflow?: {
    readonly url: string;
    readonly inputs: Readonly<Record<string, string>>;
    readonly command: string;
  };
  /** How deploying this environment goes, over the last days and with this change. */
  readonly objectives?: Objectives;
  /** Service -> image by digest: what `build` hands to a later job. */
  readonly images?: Readonly<Record<string, string>>;
  /** What the change changed, by name. */
  readonly changes?: Changes;
  /** More for the summary: what \`status\` and \`report\` show. */
  readonly tables?: readonly Table[];
  /** The same as data. */
  readonly data?: unknown;
}

export interface Changes {
  /** Service -> old and new image. */
  readonly images: readonly { readonly service: string; readonly from: string; readonly to: string }[];
  readonly env: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  };
}
