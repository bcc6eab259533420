import { createRequire } from 'node:module';

/** A payload as GitHub delivered it once, of the collection that its own SDK is tested with. */
export interface Payload {
  [key: string]: unknown;
  action?: string;
  readonly repository: { readonly full_name: string };
  readonly pull_request?: {
    readonly number: number;
    readonly head: { readonly sha: string; repo: { full_name: string } | null };
  };
}

const load = createRequire(import.meta.url);
const [cloud] = [
  load('@octokit/webhooks-examples/api.github.com/index.json') as {
    readonly name: string;
    readonly examples: readonly Payload[];
  }[],
];

/** A delivery of an event, to be changed at will. */
export function delivery(event: string, action?: string): Payload {
  const found = cloud
    .find(({ name }) => name === event)
    ?.examples.find((one) => action === undefined || one.action === action);
  if (!found) throw new Error(`there is no delivery of ${event} ${action ?? ''}`);
  return structuredClone(found);
}
