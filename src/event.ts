import { readFileSync } from 'node:fs';
import type { Environment } from './run-facts.ts';

/** A pull request as an event tells of it. */
export interface PullRequest {
  readonly number: number;
  /** The newest commit of its branch; the run itself has a merge of it. */
  readonly headSha: string;
  readonly closed: boolean;
}

/** What the event that began a run says. */
export interface RunEvent {
  readonly name: string | undefined;
  readonly pullRequest: PullRequest | undefined;
  /** The code that the event is about comes from another repository: whoever wrote it may not be trusted. */
  readonly foreign: boolean;
}

/** Reads the payload of the event; one that is not there or is none counts as empty. */
export function runEvent(env: Environment): RunEvent {
  const name = env.GITHUB_EVENT_NAME || undefined;
  const payload = payloadOf(env.GITHUB_EVENT_PATH);
  const repository = env.GITHUB_REPOSITORY;
  const { pull_request: pull, workflow_run: run } = payload;
  const number = Number(pull?.number);
  const pullRequest =
    pull && Number.isSafeInteger(number) && number > 0
      ? {
          number,
          headSha: /^[0-9a-f]{40,64}$/.test(pull.head?.sha ?? '') ? String(pull.head?.sha) : '',
          closed: payload.action === 'closed',
        }
      : undefined;
  // The repository of a pull request's branch is null when its fork was deleted: not this one then.
  const origins = [
    ...(pull ? [pull.head?.repo?.full_name ?? ''] : []),
    ...(run ? [run.head_repository?.full_name ?? ''] : []),
  ];
  return { name, pullRequest, foreign: origins.some((origin) => origin !== repository) };
}

/** The fields that are looked at, as GitHub sends them. */
interface Payload {
  readonly action?: string;
  readonly pull_request?: {
    readonly number?: unknown;
    readonly head?: { readonly sha?: string; readonly repo?: { readonly full_name?: string } | null };
  };
  readonly workflow_run?: { readonly head_repository?: { readonly full_name?: string } | null };
}

function payloadOf(path: string | undefined): Payload {
  if (!path) return {};
  try {
    const payload: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof payload === 'object' && payload !== null ? payload : {};
  } catch {
    return {};
  }
}
