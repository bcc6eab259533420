import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Starts the bundle as an action, straight: what is measured is the one node process that a runner starts.
 *
 * @param {string} bundle dist/index.cjs
 * @param {string} workspace the user's repository
 * @param {Record<string, string>} inputs
 * @returns {{child: import('node:child_process').ChildProcess, outputsFile: string}}
 */
export function startAction(bundle, workspace, inputs) {
  const files = join(workspace, '.run');
  rmSync(files, { recursive: true, force: true });
  mkdirSync(files);
  for (const name of ['output', 'state', 'summary']) writeFileSync(join(files, name), '');
  const { PATH, HOME } = process.env;
  const outputsFile = join(files, 'output');
  const env = {
    PATH,
    HOME,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    GITHUB_OUTPUT: outputsFile,
    GITHUB_STATE: join(files, 'state'),
    GITHUB_STEP_SUMMARY: join(files, 'summary'),
    RUNNER_TEMP: files,
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
  };
  const child = spawn(process.execPath, [bundle], { cwd: workspace, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, outputsFile };
}

/**
 * Runs it to its end.
 *
 * @param {number} expected exit code
 * @returns {Promise<{milliseconds: number, outputs: Record<string, string>, metrics: any}>}
 * @throws {Error} with the log when it ended otherwise
 */
export async function runAction(bundle, workspace, inputs, expected = 0) {
  const began = performance.now();
  const { child, outputsFile } = startAction(bundle, workspace, inputs);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      log += text;
    });
  }
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const milliseconds = performance.now() - began;
  if (code !== expected) throw new Error(`${inputs.command} ended with ${code}:\n${log}`);
  const outputs = readOutputs(readFileSync(outputsFile, 'utf8'));
  return { milliseconds, outputs, metrics: JSON.parse(readFileSync(outputs.metrics, 'utf8')) };
}

/** The runner's file format for values: NAME<<MARK, lines, MARK. */
function readOutputs(text) {
  const found = {};
  for (const [, name, , value] of text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n?\2$/gm)) found[name] = value;
  return found;
}
