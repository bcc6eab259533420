/**
 * The files through which an action talks to the runner (GITHUB_OUTPUT, GITHUB_STATE, GITHUB_ENV): lines
 * `name=value`, or `name<<DELIMITER`, the value's lines, `DELIMITER`.
 *
 * @param {string} text content of such a file
 * @returns {Map<string, string>} values by name; the last one wins
 * @throws {Error} on what the runner refuses as well
 */
export function parseFileCommands(text) {
  const values = new Map();
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      const end = lines.indexOf(delimiter, at + 1);
      if (name === '' || delimiter === '') throw new Error(`Invalid format '${line}'`);
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      values.set(name, lines.slice(at + 1, end).join('\n'));
      at = end;
    } else if (equals > 0) {
      values.set(line.slice(0, equals), line.slice(equals + 1));
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return values;
}

/**
 * One output as one line. A value of several lines, or one that starts with a quote, is written as JSON, so
 * that whoever reads it knows which it is.
 *
 * @param {string} name
 * @param {string} value
 * @returns {string}
 */
export function outputLine(name, value) {
  return `${name}=${/\n|\r|^"/.test(value) ? JSON.stringify(value) : value}`;
}
