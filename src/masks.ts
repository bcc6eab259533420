const MASK = '***';

/**
 * What must not be seen. The runner hides what it was told to hide in its log alone; a notification, a comment or a file
 * takes a text as it is, so that it has to be hidden there by ourselves.
 */
export class Masks {
  #hidden: string[] = [];

  /**
   * Hides a value from now on. Texts are cut into lines on their way, so each line of a value with several is a secret of
   * its own; one of brackets alone (a key file in JSON has such) is none, and would take all brackets out of the log.
   * @returns what is hidden that was not before
   */
  add(value: string): readonly string[] {
    const lines = value.split(/\r?\n/);
    const worthy = lines.filter((line) => /[\p{L}\p{N}]/u.test(line) || (lines.length === 1 && line !== ''));
    // Programs quote what they complain about, and cut the space around it.
    const forms = worthy.flatMap((line) => [line, line.trim(), JSON.stringify(line).slice(1, -1)]);
    const fresh = [...new Set(forms)].filter((form) => form !== '' && !this.#hidden.includes(form));
    // The longest first: a secret may be a part of another one.
    this.#hidden = [...this.#hidden, ...fresh].sort((a, b) => b.length - a.length);
    return fresh;
  }

  /** The text with everything hidden that must not be seen. */
  masked(text: string): string {
    return this.#hidden.reduce((seen, hidden) => seen.replaceAll(hidden, MASK), text);
  }
}
