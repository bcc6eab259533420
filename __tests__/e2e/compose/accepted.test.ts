import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { escapeDollars } from '../../../src/compose/dollars.ts';
import { dotenv } from '../../../src/compose/dotenv.ts';
import { type ComposeModel, readModel, writeModel } from '../../../src/compose/model.ts';
import { splitCompose } from '../../../src/compose/split.ts';
import { requestFor, requestOf } from '../../unit/compose/fixture.ts';

// What the split writes is read by the real Compose of this machine; no daemon is asked. To try another version of
// Compose, name a folder with cli-plugins/docker-compose in DOCKER_CONFIG.

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compose-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reads a project as the server would: with the `.env` beside it and nothing of the caller's environment. */
function readBack(project: ComposeModel, variables: Readonly<Record<string, string>> = {}): ComposeModel {
  writeFileSync(join(folder, 'compose.json'), writeModel(project));
  writeFileSync(join(folder, '.env'), dotenv(variables));
  const { PATH = '', HOME = '', DOCKER_CONFIG } = process.env;
  const argv = ['compose', '--file', 'compose.json', 'config', '--format', 'json'];
  const env = { PATH, HOME, ...(DOCKER_CONFIG ? { DOCKER_CONFIG } : {}) };
  return readModel(execFileSync('docker', argv, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' }));
}

describe.each([[[]], [['db']]])('with %j shared', (shared) => {
  // `borders` has what can not be split; its notices forbid the deploy.
  const fixtures = ['restaurant', 'reuse', 'mounts', 'assets', 'networks', 'volumes', 'jobs', 'values'];
  test.each(fixtures)('Compose accepts both projects of %s and takes them for what they say', (name) => {
    const split = splitCompose(requestFor(name, { shared, env: { GIVEN: 'a$b${c}"\n' } }));
    for (const project of [split.color, ...(split.shared ? [split.shared] : [])]) {
      const back = readBack(project, { TOKEN: 't', LEVEL: 'l', DB_PASSWORD: 'p' });
      expect(back.name).toBe(project.name);
      expect(Object.keys(back.services).sort()).toEqual(Object.keys(project.services).sort());
      // A network or volume more than was declared would be one that Compose added by itself.
      expect(Object.keys(back.networks ?? {}).sort()).toEqual(Object.keys(project.networks ?? {}).sort());
      expect(Object.keys(back.volumes ?? {}).sort()).toEqual(Object.keys(project.volumes ?? {}).sort());
      for (const [service, { environment, image }] of Object.entries(project.services)) {
        expect(back.services[service]?.environment ?? {}).toEqual(environment ?? {});
        expect(back.services[service]?.image).toBe(image);
      }
    }
  });
});

/** Values with a taste for what parsers stumble over. */
const value = fc.oneof(
  fc.string({
    unit: fc.constantFrom(
      ...'a $\'"\\{}#=:-\n\r\tnü`('.split(''),
      '🍕',
      '\u2028',
      '\u0085',
      '\u007f',
      '\ufeff',
    ),
  }),
  fc.string({ unit: 'grapheme' }),
);

test('any value given for a service comes through byte for byte', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 100, maxLength: 200 }), (values) => {
      const env = Object.fromEntries(values.map((text, index) => [`V${index}`, text]));
      const { color } = splitCompose(requestOf({ services: { a: { image: 'a' } } }, { env }));
      const escaped = Object.entries(env).map(([name, text]) => [name, escapeDollars(text)]);
      expect(readBack(color).services.a?.environment).toEqual(Object.fromEntries(escaped));
    }),
    { numRuns: 5 },
  );
});

test('any value written to .env is read from it byte for byte', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 100, maxLength: 200 }), (values) => {
      const variables = Object.fromEntries(values.map((text, index) => [`V${index}`, text]));
      const environment = Object.fromEntries(Object.keys(variables).map((name) => [name, `\${${name}}`]));
      const escaped = Object.entries(variables).map(([name, text]) => [name, escapeDollars(text)]);
      const back = readBack({ name: 'a', services: { a: { image: 'a', environment } } }, variables);
      expect(back.services.a?.environment).toEqual(Object.fromEntries(escaped));
    }),
    { numRuns: 5 },
  );
});

test('64 KiB of dollars are 64 KiB of dollars', () => {
  const { color } = splitCompose(
    requestOf({ services: { a: { image: 'a' } } }, { env: { BIG: '$'.repeat(65_536) } }),
  );
  expect(readBack(color).services.a?.environment?.BIG).toBe('$'.repeat(131_072));
});
