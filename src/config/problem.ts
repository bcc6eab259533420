/** What is wrong with one value, and what to write instead; where it stands is added by the caller. */
export interface Problem {
  /** Goes on after the name of the value: `must be ...`, `needs ...`. */
  readonly what: string;
  /** A sentence of its own. */
  readonly remedy: string;
}

const LONGEST = 60;

/** A text from outside, quoted, cut and free of line breaks and control characters, fit for an error message. */
export function quoted(text: string, longest = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Any value of a document as an error message calls it: `"text"`, `5`, `a list`, `a map`. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : String(value);
}

/** The problem as the one string that zod carries; `untold` is its way back. */
export function told(problem: Problem): string {
  return `${problem.what}\n${problem.remedy}`;
}

export function untold(message: string): Problem {
  const [what = '', remedy = ''] = message.split('\n', 2);
  return { what, remedy };
}
