import fc from 'fast-check';
import { stringify } from 'yaml';
// @ts-expect-error a script without types: it makes the one file that has every key
import { fullExample } from '../../../script/lib/docs-configuration.mjs';
import type { Config } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { DeployError, type Fault } from '../../../src/errors.ts';

/** How many documents: 2,000 in a run of the tests, or FUZZ=100000. */
const RUNS = Number(process.env.FUZZ ?? 2000);
const FULL: string = fullExample();

/** Marks, words and characters that mean something to YAML or to the schema. */
const BITS = [
  ...[
    '- ',
    ': ',
    ':',
    '? ',
    '&a ',
    '*a',
    '<<: *a',
    '!!str ',
    '!x',
    '|',
    '>',
    '|+2\n',
    "'",
    '"',
    '#',
    ' #',
    '%',
    '@',
    '`',
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    ',',
    '\n',
    '\r\n',
    '\r',
    '\t',
    '  ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\uFEFF',
    '\0',
    '\u0085',
  ],
  ...[
    '${{ x }}',
    '~',
    'null',
    'yes',
    'No',
    'true',
    '0',
    '-1',
    '1.10',
    '1e999',
    '.inf',
    '.nan',
    '0x1F',
    '30',
    '1%',
    '5 m',
  ],
  ...[
    'app',
    'routes',
    'environments',
    'env',
    'clear',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
  ],
  ...['\\', '\\0', '\\x', '"\\ud800"', '\ud800', '😀', 'é', '\u2028', '::error::', 'a'.repeat(300)],
];

const edit = fc.record({
  at: fc.nat(FULL.length),
  drop: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(400)),
  put: fc.oneof(fc.constantFrom(...BITS), fc.string({ unit: 'binary', maxLength: 6 }), fc.constant('')),
});
/** The whole example with some wounds. */
const wounded = fc
  .array(edit, { minLength: 1, maxLength: 8 })
  .map((edits) =>
    edits.reduce((text, { at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop), FULL),
  );
/** Nothing but marks and words. */
const soup = fc
  .array(fc.oneof(fc.constantFrom(...BITS), fc.string({ maxLength: 4 })), { maxLength: 60 })
  .map((all) => all.join(''));
/** Proper YAML of the right keys with values of any kind. */
const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...(FULL.match(/[a-z0-9-]+(?=:)/g) ?? []), 'secret') },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'a',
      'db',
      '/health',
      'a@b',
      'www.example.com',
      '30s',
      '1%',
      'yes',
      '',
      '~',
      '{secret: A}',
      '${{ x }}',
    ),
    fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string()),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('any')), { maxLength: 6 }).map(Object.fromEntries),
  ),
})).any;
const shaped = fc
  .array(fc.tuple(key, value), { maxLength: 8 })
  .map((entries) => stringify({ app: 'x', ...Object.fromEntries(entries) }));

const document = fc.oneof(wounded, soup, shaped, fc.string({ unit: 'binary', maxLength: 200 }));
const environment = fc.constantFrom('production', 'staging', 'qa', '__proto__', '', 'a/b');

/** Whether a fault can be shown as it is: a place in the text, one line each of what and remedy, no foreign words. */
function showable(fault: Fault, lines: number): boolean {
  const placed =
    fault.line === undefined || (fault.line >= 1 && fault.line <= lines && (fault.column ?? 0) >= 1);
  const words = `${fault.what} ${fault.remedy}`;
  return (
    placed &&
    /^config-[a-z-]+$/.test(fault.code) &&
    fault.what.endsWith('.') &&
    (fault.remedy ?? '').length > 5 &&
    words.length < 700 &&
    !/[\p{Cc}\u2028\u2029]/u.test(words) &&
    !/undefined|\[object|Invalid input|Invalid key|Unrecognized|Maximum call stack/.test(words)
  );
}

function wellFormed(config: Config): boolean {
  const names = [...Object.keys(config.env.clear), ...config.env.secret];
  return (
    /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(config.app) &&
    config.hosts.every((host) => /^[^@\s]+@\S+$/.test(host)) &&
    config.routes.every(({ hosts, port }) => hosts.length > 0 && port >= 1 && port <= 65535) &&
    names.every((name) => /^[A-Za-z_]\w*$/.test(name)) &&
    new Set(names).size === names.length &&
    Object.values(config.env.clear).every((text) => typeof text === 'string' && !text.includes('\0')) &&
    [config.drain.timeoutMs, config.observe.forMs, config.standby.forMs].every(
      (ms) => Number.isInteger(ms) && ms >= 0,
    )
  );
}

/** Milliseconds of the processor, so that what else runs on the machine does not count. */
const spent = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

test(`${RUNS} documents: each a configuration or faults that can be shown, in less than a second`, () => {
  let slowest = 0;
  let taken = 0;
  fc.assert(
    fc.property(document, environment, (text, name) => {
      const began = spent();
      try {
        const config = loadConfig(text, 'deploy.yml', name);
        taken++;
        if (!wellFormed(config))
          throw new Error(`this is no proper configuration: ${JSON.stringify(config)}`);
      } catch (error) {
        if (!(error instanceof DeployError)) throw error;
        const lines = text.split('\n').length;
        const odd = error.faults.find((fault) => !showable(fault, lines));
        if (odd || error.faults.length === 0)
          throw new Error(`this can not be shown: ${JSON.stringify(odd)}`);
      }
      slowest = Math.max(slowest, spent() - began);
    }),
    { numRuns: RUNS },
  );
  // A fuzzer whose documents are all refused at the door looks at nothing behind it.
  expect(taken).toBeGreaterThan(RUNS / 200);
  expect(slowest).toBeLessThan(1000);
  if (RUNS > 2000) process.stderr.write(`slowest of ${RUNS}: ${slowest.toFixed(1)} ms; taken: ${taken}\n`);
}, 600_000);
