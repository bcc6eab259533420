import * as core from '@actions/core';

/** Only a runner has a post to leave something for; a terminal would be shown the command. */
function keep(name: string, value: string): void {
  if (process.env.GITHUB_ACTIONS === 'true') core.saveState(name, value);
}

/** What main leaves for post, through the runner: nothing secret. */
export const isPost = (): boolean => core.getState('main') === 'started';

/** Said at the start of main, so that the same bundle knows its second run. */
export function begin(token: string): void {
  keep('main', 'started');
  keep('token', token);
}

/** Said when a change begins: from here on post has something to look after. */
export const changing = (): void => keep('change', 'begun');

/** Said when main came to its own end, well or not. */
export const ended = (): void => keep('change', 'ended');

/** The token of main, whatever became of it. */
export const tokenOfMain = (): string => core.getState('token');

/** Our lease's token when main was killed in the middle of a change. */
export function unfinished(): string | undefined {
  return core.getState('change') === 'begun' ? core.getState('token') : undefined;
}

/** What was told to GitHub as begun, for post to end when main can not. */
export const reported = (deployment: string): void => keep('deployment', deployment);

/** What main told as begun and was killed before it could tell the end of. */
export function unfinishedReport(): string | undefined {
  return unfinished() === undefined ? undefined : core.getState('deployment') || undefined;
}
