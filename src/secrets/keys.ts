import { listed, nearest } from '../config/nearest.ts';

/** A value, or what is wrong, told without a word of what the secret holds. */
export type Field = { readonly value: string } | { readonly problem: string; readonly remedy: string };

/** One key of a secret whose text is a JSON object. */
export function fieldOf(text: string, key: string): Field {
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    // The error of JSON.parse quotes the text.
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { problem: 'is no JSON object', remedy: 'Remove `key` to take the whole text.' };
  }
  return keyOf(parsed, key);
}

/** Parses JSON; a number becomes its text as it stands, so that 1.10 is not 1.1 and a long one is not rounded. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, function (this: unknown, _key, value, context?: { source?: string }) {
    return typeof value === 'number' ? (context?.source ?? String(value)) : value;
  });
}

/** The value of one key; a number or a boolean counts as its text. */
export function keyOf(data: object, key: string): Field {
  if (!Object.hasOwn(data, key)) {
    const meant = nearest(key, Object.keys(data));
    return {
      problem: `has no key ${listed([key])}`,
      remedy: meant === undefined ? 'Write a key that is there.' : `Write "${meant}".`,
    };
  }
  const value: unknown = (data as Record<string, unknown>)[key];
  if (typeof value === 'string') return { value };
  return typeof value === 'number' || typeof value === 'boolean'
    ? { value: String(value) }
    : { problem: `holds no single text at ${listed([key])}`, remedy: 'Store a text there.' };
}
