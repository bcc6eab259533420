// @ts-expect-error: the rig is plain JavaScript
import { startGithub as start } from '../../../rig/github/server.mjs';
import { type Github, openGithub } from '../../../src/github/client.ts';

/** What the rig's stand-in for GitHub's API offers; rig/github has the words about it. */
export interface Api {
  readonly url: string;
  readonly token: string;
  readonly repository: Repository;
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly body?: Record<string, unknown>;
  }[];
  /** Requests and answers that GitHub's description does not know. */
  readonly wrong: readonly string[];
  fail(fault: Fault): void;
  deny(permission: string): void;
  close(): Promise<void>;
}

export interface Fault {
  readonly match: RegExp;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  readonly times?: number;
  readonly done?: boolean;
  readonly hang?: boolean;
}

interface Status {
  readonly state: string;
  readonly log_url: string;
  readonly environment_url: string;
  readonly description: string;
}

export interface Deployment {
  readonly id: number;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly payload: unknown;
  readonly description: string;
  readonly transient_environment: boolean;
  readonly production_environment: boolean;
  readonly statuses: readonly Status[];
}

export interface Repository {
  readonly deployments: readonly Deployment[];
  readonly comments: { id: number; issue: number; body: string }[];
  readonly pulls: Record<string, unknown>[];
  states(id: number): string[];
  addJobDeployment(environment: string, runUrl: string): Deployment;
  addDeployment(fields: Record<string, unknown>): Deployment;
  addStatus(deployment: Deployment, fields: Record<string, unknown>): void;
  addComment(
    issue: number,
    body: string,
    by?: { readonly login: string; readonly type: string; readonly author_association: string },
  ): void;
}

export const REPOSITORY = 'acme/restaurant';
export const startGithub: (options?: { repository?: string; token?: string }) => Promise<Api> = start;

/** A client for it that notes how long it would have waited. */
export function clientOf(api: Api, token = api.token): Github & { readonly waits: number[] } {
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  const now = () => Date.parse('2026-01-01T00:00:00Z');
  return { ...openGithub({ token, repository: REPOSITORY, apiUrl: api.url, now, sleep }), waits };
}
