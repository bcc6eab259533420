import type { Result } from './result.ts';

/** How names and addresses are shown where the words go: as Markdown, or plain. */
export interface Style {
  readonly name: (value: string) => string;
  readonly url: (value: string) => string;
}

/** Whether a change was asked for that is not there now. */
export const wentWrong = ({ outcome }: Result): boolean => outcome === 'failed' || outcome === 'reverted';

/** How the run ended, as a title. */
export function headline(result: Result, { name }: Style): string {
  const { app, environment, outcome } = result;
  const command = /^[a-z]+$/.test(result.command) ? result.command : 'run';
  // A run that fails early may not know its app yet.
  const place = app ? `${name(app)} in ${name(environment)}` : name(environment);
  switch (outcome) {
    case 'deployed':
      return `Deployed ${name(app)} to ${name(environment)}`;
    case 'built':
      return `Built ${name(app)} for ${name(environment)}`;
    case 'unchanged':
      return `${place} is unchanged`;
    case 'rolled-back':
      return `Rolled back ${place}`;
    case 'reverted':
      return `Reverted the ${command} of ${place}`;
    case 'removed':
      return result.command === 'prune' ? `Pruned the previews of ${name(app)}` : `Removed ${place}`;
    case 'skipped':
      return `No ${command} of ${place}`;
    case 'planned':
      return `Plan for ${place}`;
    case 'failed':
      return `The ${command} of ${place} failed`;
    case 'done':
      return `${command.slice(0, 1).toUpperCase()}${command.slice(1)} of ${place}`;
  }
}

/** What serves now, in a sentence or two: the first thing that a person wants to know. Empty when nothing is known. */
export function standing(result: Result, style: Style): string {
  const { name } = style;
  const { release, previousRelease: previous, outcome } = result;
  switch (outcome) {
    case 'deployed':
      return `${serving(result, style)} ${previous ? `It replaces ${name(previous)}.` : 'It is the first release here.'}`;
    case 'rolled-back':
      return `${serving(result, style, 'again')}${previous ? ` It replaces ${name(previous)}.` : ''}`;
    case 'unchanged':
      return release
        ? `Release ${name(release)} is live already${where(result, style)}; nothing was changed.`
        : 'Nothing was changed.';
    case 'reverted':
      return `The new release did badly after the switch. ${old(result, style, 'serves again') ?? 'The change was taken back.'}`;
    case 'failed':
      return failed(result, style);
    case 'planned':
      return `Nothing was changed.${release ? ` ${serving(result, style)}` : ''}`;
    case 'built':
      return 'The images are in the registry; no server was touched.';
    case 'removed':
    case 'skipped':
      return '';
    case 'done':
      return release ? serving(result, style) : '';
  }
}

function failed(result: Result, style: Style): string {
  const { release, previousRelease: previous, attempted, faults } = result;
  // Of a first deploy nothing was known before, so what is missing says nothing.
  if ((previous && !release) || faults.some(({ code }) => code === 'revert-failed'))
    return 'What serves now could not be told: the next run brings the change to an end.';
  if (release && release !== previous && !attempted)
    return `${serving(result, style)} The end of the change failed.`;
  return `${old(result, style, 'goes on serving') ?? 'What served before goes on serving.'} Nothing was switched.`;
}

function serving(result: Result, style: Style, again?: string): string {
  const { release, version } = result;
  const what = release ? `Release ${style.name(release)}` : 'The release';
  const called = version && version !== release ? ` (version ${style.name(version)})` : '';
  return `${[`${what}${called}`, 'serves', again].filter(Boolean).join(' ')}${where(result, style)}.`;
}

/** " on green at https://..." */
const where = ({ color, url }: Result, { name, url: address }: Style): string =>
  `${color ? ` on ${name(color)}` : ''}${url ? ` at ${address(url)}` : ''}`;

/** What was live at the start is what is live after a change that did not happen. */
function old({ previousRelease, release, url }: Result, style: Style, does: string): string | undefined {
  const id = previousRelease ?? release;
  return id === undefined || id === ''
    ? undefined
    : `The old release ${style.name(id)} ${does}${url ? ` at ${style.url(url)}` : ''}.`;
}
