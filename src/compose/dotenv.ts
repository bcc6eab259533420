/**
 * Variables as an `.env` file that Compose reads back byte for byte. Double quotes are the one form that carries every
 * value (single quotes can not hold a backslash before their end); line breaks are written as `\n` and `\r`, so that
 * each variable is one line.
 */
export function dotenv(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(
      ([name, value]) =>
        `${name}="${value.replace(/[\\"$\n\r]/g, (character) => ESCAPED[character] ?? '')}"\n`,
    )
    .join('');
}

const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  $: '\\$',
  '\n': '\\n',
  '\r': '\\r',
};
