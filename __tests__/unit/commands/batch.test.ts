import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import { batch, readBatch } from '../../../src/commands/batch.ts';
import { type Command, command, render, script } from '../../../src/commands/command.ts';
import { SHELLS } from './shells.ts';

// Many real processes, on a machine that may be busy.
jest.setTimeout(30_000);

const dir = mkdtempSync(join(tmpdir(), 'batch-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Runs a command as sshd does: as one line for a login shell. */
function run(line: Command, words: readonly string[] = ['sh'], env: NodeJS.ProcessEnv = {}) {
  const [program = '', ...rest] = words;
  const { status, stdout, stderr } = spawnSync(program, [...rest, '-c', render(line)], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TMPDIR: dir, HOME: dir, ...env },
    maxBuffer: 1 << 26,
  });
  return { code: status, stdout, stderr };
}

const results = (line: Command, words?: readonly string[]) =>
  Object.fromEntries(readBatch(run(line, words).stdout));

describe.each(SHELLS.map((words) => [words.join(' '), words]))('in %s', (_, words) => {
  test('each command has its own exit code and output', () => {
    const line = batch({
      quiet: script(':'),
      loud: script('echo out; echo err >&2; exit 3'),
      cut: script('printf "no end"; printf "none either" >&2'),
      empty: script('echo; echo'),
      missing: command('no-such-program-here'),
      input: script('cat; echo read'),
    });
    const seen = results(line, words);
    expect(seen.missing).toMatchObject({ code: 127, stdout: '' });
    expect(seen.missing?.stderr).toContain('not found');
    expect({ ...seen, missing: undefined }).toEqual({
      quiet: { code: 0, stdout: '', stderr: '' },
      loud: { code: 3, stdout: 'out\n', stderr: 'err\n' },
      cut: { code: 0, stdout: 'no end', stderr: 'none either' },
      empty: { code: 0, stdout: '\n\n', stderr: '' },
      input: { code: 0, stdout: 'read\n', stderr: '' },
    });
  });

  test('any words and any output come through', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'\n\r @0123456789\'"$`\\%aé✓🍽'.split('')),
      maxLength: 60,
    });
    for (const [out, err] of fc.sample(fc.tuple(text, text), 6)) {
      const whole = [out, err].map((one) => one.replace(/[\ud800-\udfff]/g, ''));
      const line = batch({
        before: script('echo before'),
        one: script('printf %s "$1"; printf %s "$2" >&2; exit 7', whole),
        after: script('echo after'),
      });
      expect(results(line, words)).toEqual({
        before: { code: 0, stdout: 'before\n', stderr: '' },
        one: { code: 7, stdout: whole[0], stderr: whole[1] },
        after: { code: 0, stdout: 'after\n', stderr: '' },
      });
    }
  });
});

test('output that is no UTF-8, as of a tool in another locale, does not shift the frames', () => {
  const seen = results(
    batch({
      latin: script('printf "Acc\\351s refus\\351\\n" >&2; printf "\\377\\376\\n\\200"'),
      next: script('echo fine'),
    }),
  );
  expect(seen.latin?.stderr).toBe('Acc\ufffds refus\ufffd\n');
  expect(seen.next).toEqual({ code: 0, stdout: 'fine\n', stderr: '' });
});

test('the commands run side by side', () => {
  // Each waits for the other: one after the other they would never end.
  const meet = (mine: string, other: string) =>
    script(
      `touch ${dir}/${mine}; i=0; until [ -e ${dir}/${other} ]; do i=$((i+1)); [ $i -lt 500 ] || exit 9; sleep 0.01; done`,
    );
  const seen = results(batch({ a: meet('a', 'b'), b: meet('b', 'a') }));
  expect([seen.a?.code, seen.b?.code]).toEqual([0, 0]);
});

describe('what runs first', () => {
  test('gets the arguments, and what it prints is not taken for an answer of the others', () => {
    const line = batch({ one: script('echo one') }, 'echo "$1 $2" >&2', ['a b', "it's"]);
    expect(run(line)).toMatchObject({ code: 0, stderr: "a b it's\n" });
    expect(results(line)).toEqual({ one: { code: 0, stdout: 'one\n', stderr: '' } });
  });

  test('ends the batch when it fails, with its exit code and its output', () => {
    const line = batch({ one: script(`touch ${dir}/ran`) }, '( echo held; exit 75 )');
    expect(run(line)).toMatchObject({ code: 75, stdout: 'held\n' });
    expect(readdirSync(dir)).not.toContain('ran');
  });
});

test('no file stays behind', () => {
  const before = readdirSync(dir);
  run(batch({ one: script('echo one'), two: script('exit 1') }));
  expect(readdirSync(dir)).toEqual(before);
});

test('a host without room for the answers is an error that says so, never an empty answer', () => {
  const missing = run(batch({ one: command('true') }), ['sh'], { TMPDIR: join(dir, 'none') });
  expect(missing.code).toBe(70);
  // A mktemp whose folder can not be written to stands for a full disk.
  const bin = mkdtempSync(join(dir, 'bin-'));
  const fake = script('printf "#!/bin/sh\\necho /proc/self/none\\n" >"$1/mktemp"; chmod +x "$1/mktemp"', [
    bin,
  ]);
  run(fake);
  const full = run(batch({ one: command('true') }), ['sh'], { PATH: `${bin}:${process.env.PATH}` });
  expect(full.code).toBe(71);
  expect(full.stderr).toContain('no space left');
  expect(full.stdout).toBe('');
});

describe('readBatch', () => {
  const whole = '@one 0 1 0\nout\n\n\n@two 3 0 1\n\nerr\n\n';

  test('reads frames', () => {
    expect(Object.fromEntries(readBatch(whole))).toEqual({
      one: { code: 0, stdout: 'out\n', stderr: '' },
      two: { code: 3, stdout: '', stderr: 'err\n' },
    });
    expect(readBatch('')).toEqual(new Map());
  });

  test('takes the padding that some wc print', () => {
    expect(readBatch('@one 0        1        0\nout\n\n\n').get('one')?.stdout).toBe('out\n');
  });

  test('tells output that is cut anywhere, but for the border of two frames', () => {
    const border = whole.indexOf('@two');
    for (let length = 1; length < whole.length; length++) {
      if (length === border) expect([...readBatch(whole.slice(0, length)).keys()]).toEqual(['one']);
      else expect(() => readBatch(whole.slice(0, length))).toThrow(/cut|no frame/);
    }
  });

  test.each([
    ['Welcome to the server!\n@one 0 0 0\n\n\n', 'no frame at line 1'],
    ['@one 0 0 0\n\n\nmore\n', 'no frame at line 4'],
    ['@one  0 0\n\n\n', 'no frame at line 1'],
    ['@one 0 9 0\n\n\n', 'the frame of one is cut'],
  ])('refuses %j', (text, message) => {
    expect(() => readBatch(text)).toThrow(message);
  });
});
