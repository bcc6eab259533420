import { posix } from 'node:path';
import { parse } from 'yaml';

export type Loose = Readonly<Record<string, unknown>>;
export const isMap = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A file beside the compose file, by its path from there; undefined when there is none. */
export type Beside = (path: string) => string | undefined;

export interface ComposeSources {
  /** The project's own name. */
  readonly name: unknown;
  /** With what each takes over by `extends`; folders of builds are relative to the first compose file. */
  readonly services: ReadonlyMap<string, Loose>;
  /** All that variables are filled into. */
  readonly texts: readonly string[];
}

/**
 * The services of compose files, later files over earlier ones, with those of `include` and what is taken over by
 * `extends`. A file that is not there is left out: a deploy asks Compose itself, which names it.
 * @throws Error when a text is no YAML, or no compose file
 */
export function composeSources(files: readonly string[], beside: Beside): ComposeSources {
  const services = new Map<string, Loose>();
  const texts: string[] = [];
  const included = new Set<string>();
  let name: unknown;

  const take = (text: string, folder: string): Loose => {
    const file: unknown = parse(text, { merge: true });
    if (!isMap(file) || !(isMap(file.services) || Array.isArray(file.include)))
      throw new Error('it has no services');
    texts.push(text);
    for (const path of list(file.include).flatMap(pathsOf)) include(posix.join(folder, path));
    for (const [service, own] of Object.entries(isMap(file.services) ? file.services : {})) {
      const whole = extended(isMap(own) ? own : {}, file, folder, 0);
      services.set(service, { ...services.get(service), ...whole });
    }
    return file;
  };

  const include = (path: string) => {
    const text = included.has(path) ? undefined : beside(path);
    included.add(path);
    if (text !== undefined) take(text, posix.dirname(path));
  };

  const extended = (own: Loose, file: Loose, folder: string, depth: number): Loose => {
    const { extends: base, ...rest } = { ...own, ...buildFrom(own, folder) };
    const wanted = isMap(base) ? base : { service: base };
    // Compose refuses a circle; here it only has to end.
    if (typeof wanted.service !== 'string' || depth > 9) return rest;
    const path = typeof wanted.file === 'string' ? posix.join(folder, wanted.file) : undefined;
    const there: unknown = path === undefined ? file : parse(beside(path) ?? '', { merge: true });
    const found = isMap(there) && isMap(there.services) ? there.services[wanted.service] : undefined;
    if (!isMap(there) || !isMap(found)) return rest;
    // The rest of that file is nobody's: a variable there need not be given.
    if (path !== undefined) texts.push(JSON.stringify(found));
    return over(extended(found, there, path === undefined ? folder : posix.dirname(path), depth + 1), rest);
  };

  for (const text of files) name = take(text, '').name ?? name;
  return { name, services, texts };
}

/** `include` takes a path, or a map with one or several. */
const pathsOf = (entry: unknown): string[] =>
  [isMap(entry) ? entry.path : entry].flat().filter((path): path is string => typeof path === 'string');

/** Services add to the lists that they take over, as with Compose. */
function over(base: Loose, own: Loose): Loose {
  const added = ['ports', 'expose', 'volumes'].filter(
    (key) => Array.isArray(base[key]) && Array.isArray(own[key]),
  );
  return {
    ...base,
    ...own,
    ...Object.fromEntries(added.map((key) => [key, [...list(base[key]), ...list(own[key])]])),
  };
}

/** A build's folder as it is from the first compose file; one that is elsewhere or filled in stays. */
function buildFrom({ build }: Loose, folder: string): Loose {
  const context = isMap(build) ? (build.context ?? '.') : build;
  if (folder === '' || folder === '.' || typeof context !== 'string' || /^[/$~]|:/.test(context)) return {};
  const moved = posix.join(folder, context);
  return { build: isMap(build) ? { ...build, context: moved } : moved };
}
