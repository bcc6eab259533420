import { duration, thousands } from './format.ts';
import { code, details, link, table, text } from './markdown.ts';
import { changesText, ICONS } from './parts.ts';
import type { Result } from './result.ts';
import { phasesTable } from './timeline.ts';
import { headline, type Style, standing, wentWrong } from './words.ts';

/** GitHub refuses a comment of more than 65,536 characters; this leaves room for what differs in counting them. */
const COMMENT_LIMIT = 60_000;
const FAULT_LIMIT = 5;
const MARKDOWN: Style = { name: code, url: link };

/** What a comment tells besides the result. */
export interface CommentFacts {
  /** When it is written, in milliseconds since 1970. */
  readonly at: number;
  readonly runUrl: string | undefined;
  /** The commit of the pull request that this is about. */
  readonly commit: string;
}

/** The first line of the comment of an environment: it can not be seen, and the comment is found again by it. */
export const markerOf = (app: string, environment: string): string =>
  `<!-- restaurant-deploy: ${app}/${environment} -->`;

/**
 * The one comment of a pull request, as Markdown that no name in it can leave. What is too long is left out, from the
 * end.
 */
export function commentOf(result: Result, facts: CommentFacts): string {
  const parts = [
    `${markerOf(result.app, result.environment)}\n### ${ICONS[result.outcome]} ${headline(result, MARKDOWN)}`,
    wentWrong(result) ? `**${standing(result, MARKDOWN)}**` : '',
    ...result.faults.slice(0, FAULT_LIMIT).map(({ code: id, what, remedy }) => {
      return [`**${code(id)}**: ${text(what)}`, remedy && `**Remedy:** ${text(remedy)}`]
        .filter(Boolean)
        .join('\n\n');
    }),
    result.outcome === 'removed' ? '' : table(['', ''], rows(result, facts.commit)),
    `${written(facts)}`,
    result.changes ? details('What changed since the release before', changesText(result.changes)) : '',
    result.phases.length > 0
      ? details('Where the time went', phasesTable(result.phases, result.durationMs))
      : '',
  ].filter((part) => part !== '');
  while (parts.length > 1 && parts.join('\n\n').length > COMMENT_LIMIT) parts.pop();
  return `${parts.join('\n\n')}\n`;
}

function rows(result: Result, commit: string): string[][] {
  const { url, release, color, requests, failedRequests, durationMs } = result;
  const served = requests !== undefined && failedRequests !== undefined;
  return [
    ['Address', url ? link(url) : ''],
    ['Release', release ? `${code(release)}${color ? ` on ${code(color)}` : ''}` : ''],
    ['Commit', commit ? code(commit.slice(0, 12)) : ''],
    ['Health', wentWrong(result) ? '' : 'good answers for every hostname, through the edge'],
    ['Requests in the change', served ? `${thousands(failedRequests)} failed of ${thousands(requests)}` : ''],
    ['Took', duration(durationMs)],
  ].filter(([, value]) => value !== '');
}

function written({ at, runUrl }: CommentFacts): string {
  const time = new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d+Z$/, ' UTC');
  return `<sub>${time}${runUrl && URL.canParse(runUrl) ? ` · [log](${runUrl})` : ''}</sub>`;
}
