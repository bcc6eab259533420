/** The caller's mistake in how the script was called: exit code 64. */
export class UsageError extends Error {}

/**
 * The inputs of one step: what was given, and the defaults of action.yml for the rest.
 *
 * @param {string[]} words COMMAND name=value ...; values are literal and may hold newlines
 * @param {{inputs?: Record<string, {default?: unknown}>}} action content of action.yml
 * @returns {{values: Map<string, string>, unexpected: string[]}} unexpected: names that action.yml lacks
 * @throws {UsageError}
 */
export function stepInputs(words, action) {
  const [command, ...rest] = words;
  if (command === undefined || command === '' || command.startsWith('-') || command.includes('=')) {
    throw new UsageError('the first word must be the command, such as deploy or status');
  }
  const declared = action.inputs ?? {};
  const given = new Map([['command', command]]);
  for (const word of rest) {
    const equals = word.indexOf('=');
    if (equals < 1) throw new UsageError(`"${word}" is not name=value`);
    given.set(word.slice(0, equals), word.slice(equals + 1));
  }
  const values = new Map();
  for (const [name, input] of Object.entries(declared)) values.set(name, defaultOf(name, input?.default));
  for (const [name, value] of given) values.set(name, value);
  return { values, unexpected: [...given.keys()].filter((name) => !Object.hasOwn(declared, name)) };
}

/** The runner evaluates expressions in defaults; the only one that makes sense here is the job's token. */
function defaultOf(name, value) {
  const text = value === undefined || value === null ? '' : String(value);
  if (/^\$\{\{\s*github\.token\s*\}\}$/.test(text)) return '';
  if (text.includes('${{'))
    throw new Error(`action.yml: script/action cannot evaluate the default of ${name}`);
  return text;
}

/**
 * The environment variables in which the runner hands inputs over: upper case, spaces become underscores,
 * dashes stay.
 *
 * @param {Map<string, string>} values
 * @returns {Record<string, string>}
 */
export function inputEnvironment(values) {
  return Object.fromEntries(
    [...values].map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}
