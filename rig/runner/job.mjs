import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { outputLine, parseFileCommands } from './files.mjs';
import { describeRun } from './github.mjs';
import { inputEnvironment } from './inputs.mjs';
import { JobLog } from './log.mjs';
import { runNode } from './process.mjs';

const FILES = ['OUTPUT', 'STATE', 'STEP_SUMMARY', 'ENV', 'PATH'];
const MAX_SUMMARY_BYTES = 1024 * 1024;
/** What a cancelled job has left for its post steps, in milliseconds. */
const CANCEL_LIMIT = 5 * 60 * 1000;

/**
 * A job of one step: main, then post with the state that main saved, whatever main's end was.
 *
 * @param {{action: {runs: {main: string, post?: string}}, actionFolder: string, node: string,
 *   inputs: Map<string, string>, unexpected: string[], workspace: string, caller: NodeJS.ProcessEnv,
 *   now: number, write: (line: string) => void, cancelled: AbortSignal}} job
 * @returns {Promise<number>} exit code of main, or 1 when it left a file that the runner refuses
 */
export async function runJob(job) {
  const { action, actionFolder, caller, inputs, write } = job;
  const log = new JobLog(write);
  const temp = mkdtempSync(join(tmpdir(), 'runner-'));
  // Later steps read what an action leaves in RUNNER_TEMP; here that is the caller, so it stays.
  const runnerTemp = caller.RUNNER_TEMP ?? mkdtempSync(join(tmpdir(), 'runner-temp-'));
  try {
    const { variables, payload } = describeRun(job);
    const eventPath = join(temp, 'event.json');
    writeFileSync(eventPath, JSON.stringify(payload));
    const env = {
      ...jobEnvironment(caller, job.workspace, runnerTemp, join(temp, 'tools')),
      ...JSON.parse(caller.STEP_ENV ?? '{}'),
      ...variables,
      GITHUB_EVENT_PATH: eventPath,
      ...inputEnvironment(inputs),
    };
    if (job.unexpected.length > 0) {
      log.line(`::warning::Unexpected input(s) ${job.unexpected.map((name) => `'${name}'`).join(', ')}`);
    }
    const step = (name, script, cancelled, extra = {}) => {
      const own = { script: join(actionFolder, script), folder: join(temp, name), env: { ...env, ...extra } };
      return runStep({ node: job.node, workspace: job.workspace, log, cancelled, ...own });
    };

    const main = await step('main', action.runs.main, job.cancelled);
    const files = [main.files];
    if (action.runs.post && caller.NO_POST !== '1') {
      const limit = job.cancelled.aborted ? AbortSignal.timeout(CANCEL_LIMIT) : job.cancelled;
      const post = await step('post', action.runs.post, limit, afterMain(main.values, env.PATH));
      files.push(post.files);
    }
    if (caller.SUMMARY)
      for (const { STEP_SUMMARY } of files) appendSummary(caller.SUMMARY, STEP_SUMMARY, log);
    write('--- outputs');
    for (const [name, value] of main.values.OUTPUT) {
      if (log.holdsSecret(value))
        process.stderr.write(`output ${name} is left out: it may contain a secret\n`);
      else write(outputLine(name, value));
    }
    return main.code;
  } finally {
    rmSync(temp, { recursive: true, force: true });
    if (caller.RUNNER_TEMP === undefined) removeIfEmpty(runnerTemp);
  }
}

function removeIfEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY') throw error;
  }
}

/** What every step sees, and nothing else of the caller's environment. */
function jobEnvironment(caller, workspace, runnerTemp, toolCache) {
  mkdirSync(toolCache);
  return {
    PATH: caller.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: caller.HOME ?? '/',
    LANG: 'C.UTF-8',
    CI: 'true',
    GITHUB_ACTION: '__deploy',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    RUNNER_ARCH: { x64: 'X64', arm64: 'ARM64', arm: 'ARM', ia32: 'X86' }[arch()] ?? arch().toUpperCase(),
    RUNNER_ENVIRONMENT: 'self-hosted',
    RUNNER_NAME: 'script-action',
    RUNNER_OS: { linux: 'Linux', darwin: 'macOS', win32: 'Windows' }[platform()] ?? platform(),
    RUNNER_TEMP: runnerTemp,
    RUNNER_TOOL_CACHE: toolCache,
  };
}

/** Runs one script with files of its own and reads them when it ended. */
async function runStep({ node, script, workspace, env, folder, log, cancelled }) {
  mkdirSync(folder);
  const paths = Object.fromEntries(FILES.map((name) => [name, join(folder, name)]));
  for (const path of Object.values(paths)) writeFileSync(path, '');
  const fileVariables = Object.fromEntries(FILES.map((name) => [`GITHUB_${name}`, paths[name]]));
  let code = await runNode({
    node,
    script,
    cwd: workspace,
    env: { ...env, ...fileVariables },
    onLine: (line) => log.line(line),
    cancelled,
  });
  const files = Object.fromEntries(FILES.map((name) => [name, readFileSync(paths[name], 'utf8')]));
  const values = {};
  for (const name of ['OUTPUT', 'STATE', 'ENV']) {
    try {
      values[name] = parseFileCommands(files[name]);
    } catch (error) {
      log.line(`::error::Unable to process file command 'GITHUB_${name}' successfully: ${error.message}`);
      values[name] = new Map();
      code ||= 1;
    }
  }
  values.PATH = files.PATH.split('\n').filter((line) => line !== '');
  return { code, files, values };
}

/** What main hands on to post: state, and variables and paths for later steps. */
function afterMain({ STATE, ENV, PATH }, path) {
  return {
    ...Object.fromEntries(ENV),
    ...Object.fromEntries([...STATE].map(([name, value]) => [`STATE_${name}`, value])),
    PATH: [...PATH.toReversed(), path].join(delimiter),
  };
}

function appendSummary(target, summary, log) {
  const bytes = Buffer.byteLength(summary);
  if (bytes > MAX_SUMMARY_BYTES) {
    log.line(
      `::error::$GITHUB_STEP_SUMMARY upload aborted, supports content up to 1024k, got ${Math.ceil(bytes / 1024)}k`,
    );
  } else {
    appendFileSync(target, log.masked(summary));
  }
}
