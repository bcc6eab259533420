/**
 * A line from outside that the runner does not take for a workflow command: it looks for `::` behind leading blanks,
 * and for `##[` anywhere.
 */
export const inert = (line: string): string => line.replace(/^(\s*):(?=:)/, '$1: ').replaceAll('##[', '## [');
