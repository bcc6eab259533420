import type { Github } from './client.ts';

/** Who may have written a comment of ours: not who only opened a pull request and knows how our comments begin. */
const OURS: readonly string[] = ['OWNER', 'MEMBER', 'COLLABORATOR'];

/**
 * Writes the one comment of a pull request: the one that begins with the marker, wherever among all comments it is, or
 * else a new one.
 * @param make false: only a comment that is there is changed
 */
export async function stickComment(
  github: Github,
  pullRequest: number,
  marker: string,
  body: string,
  make = true,
): Promise<void> {
  const { octokit, owner, repo } = github;
  const found = await findComment(github, pullRequest, marker);
  if (found?.body?.trimEnd() === body.trimEnd()) return;
  if (found) {
    await octokit.rest.issues.updateComment({ owner, repo, comment_id: found.id, body });
    return;
  }
  if (!make) return;
  const create = () => octokit.rest.issues.createComment({ owner, repo, issue_number: pullRequest, body });
  try {
    await create();
  } catch (error) {
    // It may be there for all that: a lost answer shall not make a second one.
    if (!(error instanceof Error && 'status' in error && Number(error.status) >= 500)) throw error;
    if (!(await findComment(github, pullRequest, marker))) await create();
  }
}

async function findComment(github: Github, pullRequest: number, marker: string) {
  const { octokit, owner, repo } = github;
  const parameters = { owner, repo, issue_number: pullRequest, per_page: 100 };
  for await (const { data } of octokit.paginate.iterator(octokit.rest.issues.listComments, parameters)) {
    const found = data.find(
      ({ body, user, author_association: is }) =>
        body?.startsWith(marker) && (user?.type === 'Bot' || OURS.includes(is ?? '')),
    );
    if (found) return found;
  }
  return undefined;
}
