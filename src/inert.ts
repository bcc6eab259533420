/**
 * Text from outside of which the runner takes no line for a workflow command: it looks for `::` behind leading blanks, and for
 * `##[` anywhere. It is a .NET program, to which a carriage return ends a line, and U+0085 is a blank.
 */
export const inert = (text: string): string =>
  text.replace(/(^|[\r\n])([\s\u0085]*):(?=:)/g, '$1$2: ').replaceAll('##[', '## [');
