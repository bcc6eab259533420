import { type Beside, composeSources, isMap, type Loose, list } from './compose-sources.ts';

/** What a compose file tells about a service, as far as a first deploy.yml is made of it. */
export interface ServiceFacts {
  readonly name: string;
  /** Without registry, folder, tag and digest: `postgres`. Empty when there is none. */
  readonly image: string;
  /** Folder of the build, relative to the compose file; undefined when it is not built. */
  readonly build: string | undefined;
  /** Published ports: outside -> inside the container. Outside is 0 where it is left to Docker. */
  readonly ports: readonly { readonly outside: number; readonly inside: number }[];
  /** Ports of `expose`. */
  readonly exposed: readonly number[];
  readonly hasVolume: boolean;
  readonly profiles: readonly string[];
  /** Path that the health check asks by HTTP. */
  readonly healthPath: string | undefined;
}

/** A variable that is filled into the file. */
export interface VariableFacts {
  readonly name: string;
  /** The file has a value for when it is not set. */
  readonly optional: boolean;
}

export interface ComposeFacts {
  /** The project's own name. */
  readonly name: string | undefined;
  readonly services: readonly ServiceFacts[];
  readonly variables: readonly VariableFacts[];
}

/**
 * Reads compose files as they stand, later ones over earlier ones. It knows what people write, not all that Compose
 * takes: a deploy asks Compose itself.
 * @throws Error when a text is no YAML, or no compose file
 */
export function composeFacts(files: readonly string[], beside: Beside = () => undefined): ComposeFacts {
  const { name, services, texts } = composeSources(files, beside);
  return {
    name: typeof name === 'string' ? name : undefined,
    services: [...services].map(([service, facts]) => serviceFacts(service, facts)),
    variables: withTakenOver(variablesOf(texts.join('\n')), [...services.values()]),
  };
}

function serviceFacts(name: string, service: Loose): ServiceFacts {
  const { image, build, ports, expose, volumes, profiles, healthcheck } = service;
  const context = isMap(build) ? build.context : build;
  return {
    name,
    image: typeof image === 'string' ? bareImage(image) : '',
    build: build === undefined ? undefined : typeof context === 'string' ? context : '.',
    ports: list(ports).flatMap(portOf),
    exposed: list(expose).flatMap((port) => {
      const number = Number.parseInt(String(port), 10);
      return Number.isInteger(number) ? [number] : [];
    }),
    hasVolume: list(volumes).some(isVolume),
    profiles: list(profiles).map(String),
    healthPath: isMap(healthcheck) ? pathIn(JSON.stringify(healthcheck.test ?? '')) : undefined,
  };
}

const bareImage = (image: string): string =>
  (
    image
      .replace(/[@:]\$?\{?[^/]*$/, '')
      .split('/')
      .at(-1) ?? ''
  ).toLowerCase();

/** `${PORT:-80}` is 80 to who does not set it. */
const withDefaults = (text: string) => text.replace(/\$\{\w+:?-([^}]*)\}/g, '$1');

function portOf(port: unknown): { outside: number; inside: number }[] {
  if (isMap(port)) {
    const inside = Number(port.target);
    return Number.isInteger(inside) ? [{ outside: Number(port.published) || 0, inside }] : [];
  }
  const [mapping = '', protocol] = withDefaults(String(port)).split('/');
  const [inside, outside] = mapping
    .split(':')
    .map((part) => Number(part.split('-')[0] || Number.NaN))
    .reverse();
  if (inside === undefined || !Number.isInteger(inside) || protocol === 'udp') return [];
  return [{ outside: outside || 0, inside }];
}

/** A named volume; a folder of the repository is none. */
const isVolume = (volume: unknown): boolean =>
  isMap(volume) ? volume.type === 'volume' : /^[A-Za-z0-9][\w.-]*:/.test(String(volume));

/** The path of the first URL of this machine in a health check. */
const pathIn = (test: string): string | undefined =>
  /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::[^/\s'"\\]*)?(\/[\w\-./~%]*)/.exec(test)?.[1];

/** And `environment: [NAME]`, or `{NAME: }`: it is taken over as it is. */
function withTakenOver(filled: readonly VariableFacts[], services: readonly Loose[]): VariableFacts[] {
  const names = services.flatMap(({ environment }) =>
    isMap(environment)
      ? Object.keys(environment).filter((name) => environment[name] === null)
      : list(environment).flatMap((line) =>
          typeof line === 'string' && /^[A-Za-z_]\w*$/.test(line) ? [line] : [],
        ),
  );
  const fresh = [...new Set(names)].filter((name) => !filled.some((one) => one.name === name));
  return [...filled, ...fresh.map((name) => ({ name, optional: false }))];
}

/** `$NAME`, `${NAME}`, `${NAME:-value}`, `${NAME:?error}`; a doubled dollar is none. */
function variablesOf(text: string): VariableFacts[] {
  const found = new Map<string, boolean>();
  // A variable in a comment is nobody's.
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  for (const [, braced, sign, bare] of lines
    .join('\n')
    .replaceAll('$$', '')
    .matchAll(/\$(?:\{([A-Za-z_]\w*)(:?[-+?])?|([A-Za-z_]\w*))/g)) {
    const name = braced ?? bare ?? '';
    const optional = /[-+]$/.test(sign ?? '');
    found.set(name, (found.get(name) ?? true) && optional);
  }
  return [...found].map(([name, optional]) => ({ name, optional }));
}
