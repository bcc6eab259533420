import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { outputLine, parseFileCommands } from './files.mjs';
import { describeRun } from './github.mjs';
import { inputEnvironment, stepInputs, UsageError } from './inputs.mjs';
import { runJob } from './job.mjs';
import { JobLog } from './log.mjs';

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'runner-test-'));
});
after(() => rmSync(folder, { recursive: true }));

/**
 * Runs a script as main and another as post, and returns the exit code and the lines of the log. The job is
 * cancelled when the line `cancel me` comes, which is left out.
 */
async function run({ main, post, inputs = new Map(), caller = {} }) {
  const cancelling = new AbortController();
  writeFileSync(join(folder, 'main.cjs'), main);
  if (post) writeFileSync(join(folder, 'post.cjs'), post);
  const lines = [];
  const code = await runJob({
    action: { runs: { main: 'main.cjs', post: post && 'post.cjs' } },
    actionFolder: folder,
    node: process.execPath,
    inputs,
    unexpected: [],
    workspace: folder,
    caller: { PATH: process.env.PATH, HOME: folder, LEAK: 'no', ...caller },
    now: 1700000000000,
    write: (line) => (line === 'cancel me' ? cancelling.abort() : lines.push(line)),
    cancelled: cancelling.signal,
  });
  return { code, lines };
}

describe('inputs', () => {
  test('defaults of action.yml fill what was not given, and dashes stay in the names', () => {
    const action = { inputs: { command: { default: 'deploy' }, 'ssh-key': {}, 'a b': { default: 3 } } };
    const { values, unexpected } = stepInputs(['status', 'ssh-key=a=b\nc', 'odd=1'], action);
    assert.deepEqual(unexpected, ['odd']);
    assert.deepEqual(inputEnvironment(values), {
      INPUT_COMMAND: 'status',
      'INPUT_SSH-KEY': 'a=b\nc',
      INPUT_A_B: '3',
      INPUT_ODD: '1',
    });
  });

  test('a word that is no name=value is refused, and so is a missing command', () => {
    assert.throws(() => stepInputs(['deploy', 'host'], {}), UsageError);
    assert.throws(() => stepInputs([], {}), UsageError);
    assert.throws(() => stepInputs(['host=a'], {}), UsageError);
  });
});

describe('file commands', () => {
  test('both forms are read, the value of a heredoc byte for byte', () => {
    const text = 'a=1\nb<<EOF\nx=1\n\ny<<z\nEOF\nc<d=e<<f\n';
    assert.deepEqual(
      [...parseFileCommands(text)],
      [
        ['a', '1'],
        ['b', 'x=1\n\ny<<z'],
        ['c<d', 'e<<f'],
      ],
    );
  });

  test('what the runner refuses is refused', () => {
    assert.throws(() => parseFileCommands('nothing\n'), /Invalid format/);
    assert.throws(() => parseFileCommands('a<<EOF\nx\n'), /delimiter not found/);
  });

  test('only a value that needs it is written as JSON', () => {
    assert.equal(outputLine('a', 'x y'), 'a=x y');
    assert.equal(outputLine('a', 'x\ny'), 'a="x\\ny"');
    assert.equal(outputLine('a', '"'), 'a="\\""');
  });
});

describe('log', () => {
  test('a mask hides the value, its lines, and itself, from its line on', () => {
    const lines = [];
    const log = new JobLog((line) => lines.push(line));
    for (const line of ['one two', '::add-mask::one%0Atwo', 'one two three', '::group::two']) log.line(line);
    assert.deepEqual(lines, ['one two', '::add-mask::***', '*** *** three', '::group::***']);
  });

  test('between stop-commands and its token nothing is a command', () => {
    const lines = [];
    const log = new JobLog((line) => lines.push(line));
    for (const line of ['::stop-commands::tok', '::add-mask::x', '::tok::', '::add-mask::x', 'x'])
      log.line(line);
    assert.deepEqual(lines, ['::stop-commands::tok', '::add-mask::x', '::tok::', '::add-mask::***', '***']);
  });
});

describe('event', () => {
  test('a pull request payload gives its event, ref and branches', () => {
    const event = join(folder, 'event.json');
    writeFileSync(
      event,
      JSON.stringify({ pull_request: { number: 7, head: { ref: 'menu' }, base: { ref: 'main' } } }),
    );
    const { variables } = describeRun({ workspace: folder, caller: { EVENT: event }, now: 1 });
    assert.equal(variables.GITHUB_EVENT_NAME, 'pull_request');
    assert.equal(variables.GITHUB_REF, 'refs/pull/7/merge');
    assert.equal(variables.GITHUB_HEAD_REF, 'menu');
  });

  test('a folder without a commit gets a valid sha', () => {
    const { variables, payload } = describeRun({ workspace: folder, caller: {}, now: 1 });
    assert.match(variables.GITHUB_SHA, /^[0-9a-f]{40}$/);
    assert.equal(payload.after, variables.GITHUB_SHA);
    assert.equal(variables.GITHUB_EVENT_NAME, 'push');
  });
});

describe('job', () => {
  test('outputs, state, exit code and summary go where the runner takes them', async () => {
    const summary = join(folder, 'summary.md');
    const { code, lines } = await run({
      inputs: new Map([['ssh-key', 'k']]),
      caller: { SUMMARY: summary },
      main: `const { appendFileSync: put } = require('node:fs');
        console.log('env', process.env.LEAK, process.env['INPUT_SSH-KEY'], process.env.CI, process.cwd());
        put(process.env.GITHUB_OUTPUT, 'color=blue\\nnotes<<E\\na\\nb\\nE\\ntoken=hunter2\\n');
        put(process.env.GITHUB_STATE, 'started=yes\\n');
        put(process.env.GITHUB_ENV, 'EXTRA=1\\n');
        put(process.env.GITHUB_STEP_SUMMARY, '# main\\n');
        console.error('::add-mask::hunter2');
        process.exitCode = 3;`,
      post: `console.log('post', process.env.STATE_started, process.env.EXTRA);
        require('node:fs').appendFileSync(process.env.GITHUB_STEP_SUMMARY, '# post\\n');`,
    });
    assert.equal(code, 3);
    assert.deepEqual(lines, [
      `env undefined k true ${folder}`,
      '::add-mask::***',
      'post yes 1',
      '--- outputs',
      'color=blue',
      'notes="a\\nb"',
    ]);
    assert.equal(readFileSync(summary, 'utf8'), '# main\n# post\n');
  });

  test('what the action leaves in RUNNER_TEMP is there afterwards', async () => {
    const { lines } = await run({
      main: `const file = process.env.RUNNER_TEMP + '/metrics.json';
        require('node:fs').writeFileSync(file, '{}');
        console.log(file);`,
    });
    assert.equal(readFileSync(lines[0], 'utf8'), '{}');
    rmSync(dirname(lines[0]), { recursive: true });
  });

  test('a file that the runner refuses fails the step', async () => {
    const { code, lines } = await run({
      main: `require('node:fs').appendFileSync(process.env.GITHUB_OUTPUT, 'broken\\n');`,
    });
    assert.equal(code, 1);
    assert.match(lines[0], /^::error::Unable to process file command 'GITHUB_OUTPUT'/);
  });

  test('cancelling sends SIGINT, waits, and post still runs', async () => {
    const { code, lines } = await run({
      main: `process.on('SIGINT', () => { console.log('got SIGINT'); setTimeout(() => process.exit(1), 200); });
        setInterval(() => {}, 1000);
        console.log('cancel me');`,
      post: `console.log('post');`,
    });
    assert.equal(code, 1);
    assert.deepEqual(lines, ['got SIGINT', 'post', '--- outputs']);
  });

  test('a step that ignores the signals is killed after ten seconds', { timeout: 60_000 }, async () => {
    const began = Date.now();
    const { code, lines } = await run({
      main: `for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => console.log(s));
        setInterval(() => {}, 1000);
        console.log('cancel me');`,
    });
    assert.equal(code, 137);
    assert.deepEqual(lines, ['SIGINT', 'SIGTERM', '--- outputs']);
    assert.ok(Date.now() - began >= 10000);
  });

  test('a child that keeps the pipes open does not hold the step up', { timeout: 20_000 }, async () => {
    const { code } = await run({
      main: `require('node:child_process').spawn('sleep', ['30'], { stdio: 'inherit', detached: true }).unref();`,
    });
    assert.equal(code, 0);
  });
});

test('the script itself answers bad usage with 64', async () => {
  const script = new URL('../../script/action', import.meta.url).pathname;
  const child = spawn(process.execPath, [script], { stdio: 'ignore' });
  assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 64);
});
