import type { Github } from './client.ts';

/** The numbers of all open pull requests, over all pages. */
export async function openPulls({ octokit, owner, repo }: Github): Promise<ReadonlySet<number>> {
  const parameters = { owner, repo, state: 'open' as const, per_page: 100 };
  const all = await octokit.paginate(octokit.rest.pulls.list, parameters);
  return new Set(all.map(({ number }) => number));
}
