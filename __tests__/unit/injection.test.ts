import { posix } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { edgeAlias } from '../../src/compose/names.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { pathsOf, projectName } from '../../src/deploy/paths.ts';
import { releaseId } from '../../src/deploy/read.ts';
import { haproxyConfig } from '../../src/edge/config.ts';
import { formatMap, mapCommands, mapsOf } from '../../src/edge/maps.ts';
import { EMPTY_EDGE, edgeStateSchema, environmentKey, placeColor } from '../../src/edge/state.ts';
import { DeployError } from '../../src/errors.ts';
import { actionSource, type Inputs, readInputs } from '../../src/inputs.ts';

// Names that come from outside (a branch, a tag, an input, deploy.yml, the compose file) are either refused with a clear
// error, or are nothing but names wherever they end up. How single words are quoted for a shell, and values set in
// Markdown, is held by the tests of those.

const RUNS = Math.max(300, Math.min(20_000, Number(process.env.FUZZ ?? 600)));

const HOSTILE = [
  ...[
    '$(id)',
    '`id`',
    ';id',
    '|id',
    '&&id',
    "'",
    '"',
    '\\',
    '\n',
    '\r\n',
    '\0',
    '\t',
    ' ',
    '*',
    '~',
    '#',
    '%',
    '!',
    '<',
    '>',
  ],
  ...[
    '../',
    '/',
    '..',
    '.',
    './',
    '/etc/passwd',
    '-rf',
    '--',
    '-o',
    '=',
    ':',
    '@',
    '::add-mask::x',
    '{{',
    '${X}',
  ],
  ...[
    '\n  server evil 10.0.0.1:80\n',
    '\nset map',
    ' slot1',
    ';disable server',
    '\u2028',
    '\ud800',
    'é',
    'İ',
    'xn--',
  ],
];
const WORDS = ['a', 'shop', 'web', '1', 'x-y', 'example.com', 'www', 'v1.2.3', 'B', '-', '.', '_'];

/** A name that begins well, as a rule, and may end badly. */
const name = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
      { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(''));

/** What comes of it, or undefined when it was refused; anything but a clear error fails the test. */
function taken<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    for (const fault of error.faults) expect(`${fault.what}${fault.remedy ?? ''}`).not.toMatch(/[\n\r\0]/);
    return undefined;
  }
}

/** How often names were taken and refused: a test that only ever saw one of them has shown nothing. */
class Tally {
  taken = 0;
  refused = 0;
  count<T>(one: T | undefined): T | undefined {
    if (one === undefined) this.refused += 1;
    else this.taken += 1;
    return one;
  }
  expectBoth(): void {
    expect({ taken: this.taken > 10, refused: this.refused > 10 }).toEqual({ taken: true, refused: true });
  }
}

const PLAIN_WORD = /^[A-Za-z0-9_.@:[\]-]+$/;

test('inputs', () => {
  const tally = new Tally();
  const read = (given: Partial<Record<string, string>>): Inputs =>
    readInputs(
      actionSource((input) => (input === 'ssh-key' ? 'key' : (given[input] ?? '')), { GITHUB_SHA: 'abc' }),
    );
  fc.assert(
    fc.property(name, fc.constantFrom('version', 'release', 'environment', 'host'), (value, input) => {
      const inputs = tally.count(taken(() => read({ [input]: value })));
      if (!inputs) return;
      const { version, release = 'r', environment, hosts } = inputs;
      const id = releaseId(0, version);
      for (const word of [version, release, environment, id, ...hosts]) {
        expect(word).toMatch(PLAIN_WORD);
        expect(word).not.toMatch(/^[-.]/);
      }
      const { root, release: folder } = pathsOf('/home/deploy', 'shop', environment);
      for (const path of [folder(id), folder(release)]) {
        expect(posix.normalize(path)).toBe(path);
        expect(posix.dirname(path)).toBe(`${root}/releases`);
      }
      expect(root.split('/')).toHaveLength(7);
    }),
    { numRuns: RUNS },
  );
  tally.expectBoth();
});

const settings = fc.record({
  app: fc.oneof(fc.constant('shop'), name),
  service: fc.oneof(fc.constant('web'), name),
  hostname: fc.oneof(fc.constant('www.example.com'), name),
  path: fc.oneof(
    fc.constant('/health'),
    name.map((text) => `/${text}`),
  ),
  environment: fc.oneof(fc.constant('production'), name),
});
type Given = typeof settings extends fc.Arbitrary<infer T> ? T : never;

const loaded = ({ app, service, hostname, path, environment }: Given): Config =>
  loadConfig(
    stringify({
      app,
      hosts: ['deploy@203.0.113.7'],
      routes: [{ hosts: [hostname], service, port: 80, health: { path } }],
    }),
    'deploy.yml',
    environment,
  );

test('names of deploy.yml, in paths, projects, and the configuration, maps and commands of the edge', () => {
  const tally = new Tally();
  const lines = haproxyConfig(EMPTY_EDGE).split('\n').length;
  fc.assert(
    fc.property(settings, (given) => {
      const config = tally.count(taken(() => loaded(given)));
      if (!config) return;
      const { app, environment, routes } = config;
      const [route] = routes as [Config['routes'][number]];
      const { root } = pathsOf('/home/deploy', app, environment);
      expect(posix.normalize(root)).toBe(root);
      expect(root.split('/')).toHaveLength(7);
      expect(projectName(app, environment, 'blue')).toMatch(/^[a-z0-9-]+$/);
      // It goes into the first line of a request, and of a log.
      expect(route.health.path).toMatch(/^\/[\x21-\x7e]*$/);

      const alias = edgeAlias({ app, environment, color: 'blue' }, route.service);
      const target = { service: route.service, port: route.port, alias, replicas: 1 };
      const state = placeColor(
        EMPTY_EDGE,
        environmentKey(app, environment),
        'blue',
        [target],
        [{ ...route, redirect: true }],
      );
      expect(edgeStateSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
      expect(haproxyConfig(state).split('\n')).toHaveLength(lines);
      const servers = haproxyConfig(state).match(/^ {2}server s .*$/gm) ?? [];
      expect(servers).toHaveLength(64);
      expect(servers[0]).toMatch(/^ {2}server s [a-z0-9-]{1,63}:80 resolvers docker init-addr none$/);
      const maps = mapsOf(state);
      for (const key of ['hosts', 'slots', 'redirect'] as const) {
        expect(formatMap(maps[key])).toMatch(/^[a-z0-9./-]+ [a-z0-9/-]+\n$/);
        for (const command of mapCommands(key, new Map(), maps[key]))
          expect(command).toMatch(/^add map \/edge\/maps\/[a-z]+\.map [a-z0-9./-]+ [a-z0-9/-]+$/);
      }
    }),
    { numRuns: RUNS },
  );
  tally.expectBoth();
});

test('names of services that the compose file has, whatever they are, are one DNS label each, and never the same one', () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      const naming = { app: 'shop', environment: 'production', color: 'green' } as const;
      const aliases = [edgeAlias(naming, one), edgeAlias(naming, other)];
      for (const alias of aliases) expect(alias).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      if (one.toLowerCase() !== other.toLowerCase()) expect(aliases[0]).not.toBe(aliases[1]);
    }),
    { numRuns: RUNS },
  );
});

test('what the edge reads back from its own file is held to the same', () => {
  const tally = new Tally();
  const slot = { slot: 'slot1', environment: 'a/b', color: 'blue', service: 'web', port: 80, alias: 'a' };
  fc.assert(
    fc.property(name, fc.constantFrom('slot', 'environment', 'alias'), (value, key) => {
      const parsed = edgeStateSchema.safeParse({ slots: [{ ...slot, [key]: value }], hosts: [], guards: [] });
      const state = tally.count(parsed.data);
      if (state)
        expect(haproxyConfig(state).split('\n')).toHaveLength(haproxyConfig(EMPTY_EDGE).split('\n').length);
    }),
    { numRuns: RUNS },
  );
  tally.expectBoth();
});
