import { randomBytes } from 'node:crypto';

/** A secret that no text holds by chance. */
export const canary = (name: string): string => `canary-${name}-${randomBytes(9).toString('hex')}`;

/** Shorter lines stand in many texts. */
const SHORTEST = 12;

/**
 * How a secret shows when it leaks: as it is, each of its lines for itself, and in the forms that programs give to what
 * they print: JSON, URLs, base64 (at each of the three places where it can begin), hexadecimal.
 */
export function traces(secret: string): string[] {
  const all = secret.split('\n');
  // The first line of a key tells its kind, which is the same for all.
  const own = secret.startsWith('-----') ? all.slice(2) : all;
  const lines = own.filter((line) => line.length >= SHORTEST && !line.startsWith('-----'));
  const forms = lines.flatMap((line) => [
    line,
    JSON.stringify(line).slice(1, -1),
    encodeURIComponent(line),
    Buffer.from(line).toString('hex'),
    ...[0, 1, 2].map((skip) => {
      const text = Buffer.from('-'.repeat(skip) + line).toString('base64');
      // What the neighbours of the secret would change is left out, at both ends.
      return text.slice(skip === 0 ? 0 : 4, -4);
    }),
  ]);
  return [...new Set(forms)];
}

/** Which secrets show in a text, by name. */
export const found = (text: string, secrets: Readonly<Record<string, string>>): string[] =>
  Object.keys(secrets).filter((name) => traces(secrets[name] ?? '').some((trace) => text.includes(trace)));
