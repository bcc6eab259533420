import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { listed, nearest } from './config/nearest.ts';
import { type Problem, quoted } from './config/problem.ts';

/** A tag of an image, and so also a name for a folder on the server. */
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
export const PAIR =
  'Give both or neither; a secret that is not set in the repository comes as an empty text.';
export const LIST = '`status` lists the releases that are kept.';
export function noTag(version: string): Problem {
  const tag = version
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 128);
  return {
    what: `can not be the tag of an image: ${quoted(version)}`,
    remedy: `Use letters, digits, ".", "_" and "-"${tag === '' ? '' : `, such as ${quoted(tag)}`}.`,
  };
}

/** Nobody looks back some seconds: a bare number is one of days. */
export const inDays = (problem: Problem, text: string): Problem =>
  /^\d{1,4}$/.test(text) ? { ...problem, remedy: `Write "${text}d".` } : problem;

export function noBoolean(text: string): Problem {
  const meant = /^(y|yes|on|1|true)$/i.test(text) ? 'true' : 'false';
  return { what: `must be true or false, not ${quoted(text)}`, remedy: `Write ${meant}.` };
}

export function oneOf<Word extends string>(
  words: readonly Word[],
  word: string,
  reject: (problem: Problem) => void,
): Word {
  const found = words.find((known) => known === word);
  if (found !== undefined) return found;
  const meant = nearest(word, words);
  reject({
    what: `must be ${listed(words, 'or')}, not ${quoted(word)}`,
    remedy: meant ? `Write "${meant}".` : 'Choose one of them.',
  });
  return words[0] as Word;
}

/** A reference by digest, which no tool can take for an option. */
const BY_DIGEST = /^[a-z0-9[][A-Za-z0-9._:/[\]-]*@sha256:[0-9a-f]{64}$/;

/** The images of an earlier job: one JSON object, service -> reference by digest. */
export function parseImages(
  text: string,
  reject: (problem: Problem) => void,
): ReadonlyMap<string, string> | undefined {
  if (text === '') return undefined;
  const remedy = 'Give the output images of the job that builds, such as ${{ needs.build.outputs.images }}.';
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    reject({ what: `is no JSON object of services and images: ${quoted(text)}`, remedy });
    return undefined;
  }
  const images = new Map<string, string>();
  for (const [service, image] of Object.entries(parsed)) {
    if (typeof image === 'string' && BY_DIGEST.test(image)) images.set(service, image);
    else reject({ what: `names no image by digest for ${quoted(service)}`, remedy });
  }
  return images;
}

/** A path with `~/` at its start written out: no shell does that for an input. */
export const inHome = (path: string): string => path.replace(/^~(?=\/)/, homedir());

/** The text itself, or what is in the file that it names. */
export function contents(text: string, folder: string, reject: (problem: Problem) => void): string {
  const path = text.trim();
  if (!/^(~|\.{1,2})?\/[^\r\n]{1,1024}$/.test(path)) return text;
  try {
    return readFileSync(resolve(folder, inHome(path)), 'utf8');
  } catch {
    reject({
      what: `names a file that can not be read: ${quoted(path)}`,
      remedy: 'Check the path and its mode.',
    });
    return '';
  }
}
