/**
 * `docker compose config` writes each dollar of a value twice, because Compose reads the file again on the host and
 * takes `$NAME` and `${NAME}` for variables. So a text of the model is not the value, and these two functions are
 * the way between them.
 */

/** A value as it must stand in a compose file, so that it comes out byte for byte. */
export function escapeDollars(value: string): string {
  return value.replaceAll('$', '$$$$');
}

/** The value that a text of the model stands for. */
export function unescapeDollars(text: string): string {
  return text.replaceAll('$$', '$');
}
