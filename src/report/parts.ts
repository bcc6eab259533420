import { code, table } from './markdown.ts';
import type { Changes, Outcome } from './result.ts';

/** Pieces that the summary and the comment have in common. */

const KEY_LIMIT = 100;

export const ICONS: Readonly<Record<Outcome, string>> = {
  deployed: '✅',
  built: '📦',
  unchanged: '✅',
  'rolled-back': '↩️',
  reverted: '⚠️',
  removed: '🧹',
  skipped: '⏭️',
  planned: '📋',
  failed: '❌',
  done: '🔎',
};

/** What a change changed: images with the beginning of their digests, variables by name alone. */
export function changesText({ images, env }: Changes): string {
  const parts: string[] = [];
  if (images.length > 0) {
    parts.push(
      table(
        ['Service', 'Image before', 'Image now'],
        images.map(({ service, from, to }) => [code(service), code(short(from)), code(short(to))]),
      ),
    );
  }
  const keys = [names('added', env.added), names('removed', env.removed), names('changed', env.changed)]
    .filter((part) => part !== '')
    .join('; ');
  if (keys !== '') parts.push(`Variables ${keys}.`);
  return parts.join('\n\n') || 'No image and no variable.';
}

function names(what: string, keys: readonly string[]): string {
  if (keys.length === 0) return '';
  const more = keys.length - KEY_LIMIT;
  const shown = keys.slice(0, KEY_LIMIT).map(code).join(', ');
  return `${what}: ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

/** An image with as much of its digest as a person compares. */
const short = (image: string): string => image.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/, '$1');
