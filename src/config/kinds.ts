import * as z from 'zod';
import type { Check } from './names.ts';
import { listed, nearest } from './nearest.ts';
import { type Problem, quoted, shown, told } from './problem.ts';
import {
  DURATION,
  formatDuration,
  PERCENTAGE,
  parseDuration,
  parsePercentage,
  parseSize,
  SIZE,
} from './units.ts';

/**
 * The kinds of value that the schema is made of. Each says what it must be in its `title` (which the JSON Schema and
 * the docs show), and each puts its own errors as a Problem, since those of zod know no remedy.
 */
type Told = z.core.$ZodErrorMap<z.core.$ZodIssue>;

const EXAMPLE_WIDTH = 60;

/** The error of a value of the wrong type or size. */
function mustBe(is: string, example: unknown, known?: (value: unknown) => Problem | undefined): Told {
  return ({ code, input }) => {
    if (code === 'unrecognized_keys') return undefined;
    const written = JSON.stringify(example);
    const remedy =
      written.length <= EXAMPLE_WIDTH ? `Write for instance ${written}.` : 'See docs/configuration.md.';
    if (input === undefined) return told({ what: 'is missing', remedy });
    if (input === null) return told({ what: 'has no value', remedy: `${remedy} Or remove the key.` });
    return told(known?.(input) ?? { what: `must be ${is}, not ${shown(input)}`, remedy });
  };
}

/** A text. YAML takes `1.10` or `true` for something else, so those want quotes. */
const inQuotes =
  (is: string) =>
  (value: unknown): Problem | undefined =>
    typeof value === 'number' || typeof value === 'boolean'
      ? { what: `must be ${is}, not the ${typeof value} ${value}`, remedy: 'Put it in quotes.' }
      : undefined;

export function text(is: string, example: string, check: Check, pattern?: string) {
  return z
    .string({ error: mustBe(is, example, inQuotes(is)) })
    .superRefine((value, context) => {
      const problem = check(value);
      if (problem) context.addIssue({ code: 'custom', message: told(problem) });
    })
    .meta({ title: is, examples: [example], ...(pattern === undefined ? {} : { pattern }) });
}

/** A text of any content but none. */
export function someText(is: string, example: string) {
  return text(is, example, (value) =>
    value.trim() === ''
      ? { what: `must be ${is}, not empty`, remedy: `Write for instance "${example}".` }
      : undefined,
  );
}

/** A text in a unit, read into a number. */
function measured(is: string, example: string, pattern: string, parse: (value: string) => number | Problem) {
  const bare = (value: unknown) => {
    const parsed = typeof value === 'number' ? parse(String(value)) : 0;
    return typeof parsed === 'number' ? undefined : parsed;
  };
  return z
    .string({ error: mustBe(is, example, bare) })
    .transform((value, context) => {
      const parsed = parse(value);
      if (typeof parsed === 'number') return parsed;
      context.addIssue({ code: 'custom', message: told(parsed) });
      return z.NEVER;
    })
    .meta({ title: is, examples: [example], pattern });
}

/** A duration between two others, in milliseconds once read. */
export function duration(least: string, most: string, example: string) {
  const [from, to] = [Number(parseDuration(least)), Number(parseDuration(most))];
  const is = `a duration from ${least} to ${most}`;
  return measured(is, example, DURATION, (value) => {
    const ms = parseDuration(value);
    if (typeof ms !== 'number' || (ms >= from && ms <= to)) return ms;
    const bound = ms < from ? from : to;
    return { what: `must be ${is}, not ${shown(value)}`, remedy: `Write "${formatDuration(bound)}".` };
  });
}

/** A size of at least another one, in bytes once read. */
export function bytes(least: string, example: string) {
  const is = `a size of at least ${least}`;
  return measured(is, example, SIZE, (value) => {
    const size = parseSize(value);
    if (typeof size !== 'number' || size >= Number(parseSize(least))) return size;
    return { what: `must be ${is}, not ${shown(value)}`, remedy: `Write "${least}".` };
  });
}

/** A percentage, as a fraction once read. */
export function percentage(example: string) {
  return measured('a percentage from 0% to 100%', example, PERCENTAGE, parsePercentage);
}

/** A number. In quotes it is a text to YAML. */
function numeric(is: string, example: number, make: (error: Told) => z.ZodNumber) {
  const kind: z.ZodNumber = make(
    mustBe(is, example, (value) => {
      const meant =
        typeof value === 'string' && /^[\d.]+$/.test(value) && kind.safeParse(Number(value)).success;
      return meant
        ? { what: `must be ${is}, not the text ${shown(value)}`, remedy: `Write ${value}, without quotes.` }
        : undefined;
    }),
  );
  return kind.meta({ title: is, examples: [example] });
}

export function whole(least: number, most: number, example: number) {
  return numeric(`a whole number from ${least} to ${most}`, example, (error) =>
    z.int({ error }).min(least, { error }).max(most, { error }),
  );
}

export function factor(least: number, most: number, example: number) {
  return numeric(`a number from ${least} to ${most}`, example, (error) =>
    z.number({ error }).min(least, { error }).max(most, { error }),
  );
}

export function flag(example: boolean) {
  const known = (value: unknown): Problem | undefined => {
    if (typeof value !== 'string') return undefined;
    const meant = /^(y|yes|on|true)$/i.test(value)
      ? true
      : /^(n|no|off|false)$/i.test(value)
        ? false
        : undefined;
    if (meant === undefined) return undefined;
    return { what: `must be true or false, not ${shown(value)}`, remedy: `Write ${meant}, without quotes.` };
  };
  return z
    .boolean({ error: mustBe('true or false', example, known) })
    .meta({ title: 'true or false', examples: [example] });
}

export function oneOf<const Words extends readonly string[]>(words: Words, example: Words[number]) {
  const is = words.length === 1 ? `"${words[0]}"` : listed(words, 'or');
  const known = (value: unknown): Problem | undefined => {
    const meant = typeof value === 'string' ? nearest(value, words) : undefined;
    return meant === undefined
      ? undefined
      : { what: `must be ${is}, not ${shown(value)}`, remedy: `Write "${meant}".` };
  };
  return z.enum(words, { error: mustBe(is, example, known) }).meta({ title: is, examples: [example] });
}

/** The value of a variable, kept byte for byte: the loader hands a number or a boolean over as it was written. */
export const variableValue = z
  .union([z.string(), z.number(), z.boolean()], {
    error: ({ input }) =>
      told(
        input === null
          ? { what: 'has no value', remedy: 'Write "" for an empty one.' }
          : {
              what: `must be a text, a number or a boolean, not ${shown(input)}`,
              remedy: 'Write one value.',
            },
      ),
  })
  .transform(String)
  .meta({ title: 'a text, a number or a boolean', examples: ['production'] });

export function listOf<Item extends z.ZodType>(
  is: string,
  example: readonly unknown[],
  item: Item,
  least = 0,
) {
  const error = mustBe(is, example);
  const known: Told = (issue) => {
    // The commonest slip has an obvious remedy: one item, not in a list.
    if (typeof issue.input !== 'string' || !/^[^\p{Cc}\u2028\u2029]+$/u.test(issue.input))
      return error(issue);
    return told({
      what: `must be ${is}, not ${shown(issue.input)}`,
      remedy: `Write [${issue.input.slice(0, EXAMPLE_WIDTH)}].`,
    });
  };
  return z
    .array(item, { error: known })
    .min(least, { error })
    .meta({ title: is, examples: [example] });
}

/** A map with the keys given here and no others. */
export function mapOf<Shape extends z.ZodRawShape>(is: string, example: unknown, shape: Shape) {
  return z.strictObject(shape, { error: mustBe(is, example) }).meta({ title: is, examples: [example] });
}

/** A map whose keys the user chooses. */
export function namedBy<Value extends z.ZodType>(
  is: string,
  example: unknown,
  name: Check,
  pattern: string,
  value: Value,
) {
  return z
    .record(z.string(), value, { error: mustBe(is, example) })
    .superRefine(
      (map, context) => {
        for (const key of Object.keys(map)) {
          const problem = name(key);
          const message =
            problem && told({ what: `The key ${quoted(key)} ${problem.what}`, remedy: problem.remedy });
          if (message) context.addIssue({ code: 'custom', path: [key], params: { ofKey: true }, message });
        }
      },
      // Beside faults of the values too, which would else hide those of the keys.
      { when: ({ value: map }) => typeof map === 'object' && map !== null && !Array.isArray(map) },
    )
    .meta({ title: is, examples: [example], propertyNames: { pattern } });
}

/** Either of two kinds. */
export function eitherOf<A extends z.ZodType, B extends z.ZodType>(is: string, example: unknown, a: A, b: B) {
  return z.union([a, b], { error: mustBe(is, example) }).meta({ title: is, examples: [example] });
}
