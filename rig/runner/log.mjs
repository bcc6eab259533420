const MASK = '***';

/**
 * The log of a job as the runner writes it: `::add-mask::` takes effect from its line on and does not show
 * its value; all other workflow commands are passed on as they are.
 */
export class JobLog {
  #masks = [];
  #stopToken;
  #write;

  /** @param {(line: string) => void} write takes each line, without its end */
  constructor(write) {
    this.#write = write;
  }

  /** Takes one line of the action's output, stdout and stderr alike. */
  line(text) {
    const command = /^::([a-z-]+)(?: [^:]*)?::(.*)$/.exec(text);
    if (this.#stopToken !== undefined) {
      if (text === `::${this.#stopToken}::`) this.#stopToken = undefined;
    } else if (command?.[1] === 'stop-commands') {
      this.#stopToken = command[2];
    } else if (command?.[1] === 'add-mask') {
      this.#addMask(unescapeData(command[2]));
      this.#write(`::add-mask::${MASK}`);
      return;
    }
    this.#write(this.masked(text));
  }

  /** The text with every masked value replaced. */
  masked(text) {
    return this.#masks.reduce((result, mask) => result.replaceAll(mask, MASK), text);
  }

  /** True when the text holds a masked value; the runner drops such an output. */
  holdsSecret(text) {
    return this.#masks.some((mask) => text.includes(mask));
  }

  /** A value of several lines is masked as a whole and line by line. */
  #addMask(value) {
    const added = [value, ...value.split(/\r?\n/)].filter((part) => part.trim() !== '');
    this.#masks = [...new Set([...this.#masks, ...added])].sort((a, b) => b.length - a.length);
  }
}

function unescapeData(data) {
  return data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
