import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../../src/errors.ts';
import { publish } from '../../../src/report/publish.ts';
import type { Result } from '../../../src/report/result.ts';
import { deployed, failed } from './results.ts';

const MIB = 1024 * 1024;
const VARIABLES = ['RUNNER_TEMP', 'GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'] as const;

let folder: string;
let warned: Fault[];
let said: string[];
const log = {
  info: (line: string) => void said.push(line),
  warn: (fault: Fault) => void warned.push(fault),
  error: () => {},
  group: <T>(_: string, work: () => Promise<T>) => work(),
  mask: () => {},
  masked: (text: string) => text,
};
const saved = VARIABLES.map((name) => [name, process.env[name]] as const);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'publish-'));
  [warned, said] = [[], []];
  process.env.RUNNER_TEMP = folder;
  for (const name of ['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'] as const) {
    process.env[name] = join(folder, name);
    writeFileSync(join(folder, name), '');
  }
});
afterEach(() => {
  for (const [name, value] of saved) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

const summary = () => readFileSync(join(folder, 'GITHUB_STEP_SUMMARY'), 'utf8');
const beside = () => readdirSync(folder).filter((name) => name.endsWith('.md'));
const long: Result = {
  ...failed,
  faults: [{ code: 'health-400', what: 'It failed.', evidence: 'é'.repeat(100).concat('\n').repeat(8_000) }],
};

test('a summary that fits stands there whole, and no file beside it', () => {
  publish(deployed, log, true);
  expect(summary()).toContain('Deployed `restaurant`');
  expect(beside()).toEqual([]);
  expect(warned).toEqual([]);
});

test('one that is too long is cut, in bytes, and stands whole in a file that it names', () => {
  publish(long, log, true);
  const [file, ...others] = beside();
  expect(others).toEqual([]);
  expect(Buffer.byteLength(summary())).toBeLessThanOrEqual(1_000_000);
  expect(summary()).toContain(`whole in \`${join(folder, file ?? '')}\``);
  const whole = readFileSync(join(folder, file ?? ''), 'utf8');
  expect(Buffer.byteLength(whole)).toBeGreaterThan(1_600_000);
  expect(whole).not.toContain('bytes were cut');
});

test('what an earlier part of the step wrote counts as well', () => {
  writeFileSync(join(folder, 'GITHUB_STEP_SUMMARY'), 'x'.repeat(MIB - 5_000));
  publish(long, log, true);
  expect(Buffer.byteLength(summary())).toBeLessThanOrEqual(MIB);
  expect(summary()).toContain('failed');

  writeFileSync(join(folder, 'GITHUB_STEP_SUMMARY'), 'x'.repeat(MIB - 10));
  publish(long, log, true);
  expect(Buffer.byteLength(summary())).toBe(MIB - 10);
  expect(said.filter((line) => line.includes('the summary was cut'))).toHaveLength(2);
});
