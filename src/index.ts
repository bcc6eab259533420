import * as core from '@actions/core';
import { cliSource, helpText, wantsHelp } from './cli.ts';
import { DeployError } from './errors.ts';
import { actionSource, readInputs } from './inputs.ts';
import { runnerLog, terminalLog } from './log.ts';
import { main } from './main.ts';
import { post } from './post.ts';
import { publish } from './report/publish.ts';
import { isPost } from './state.ts';

/** Under a runner it is the action, main or post; elsewhere it is the command line. */
async function start(): Promise<void> {
  const action = process.env.GITHUB_ACTIONS === 'true';
  const words = process.argv.slice(2);
  const log = action ? runnerLog() : terminalLog();
  if (!action && wantsHelp(words)) {
    process.stdout.write(`${helpText()}\n`);
    return;
  }
  try {
    const inputs = readInputs(
      action ? actionSource(core.getInput, process.env) : cliSource(words, process.env),
    );
    if (action && isPost()) return await post(inputs, log);
    const result = await main(inputs, log);
    publish(result, log, action);
    if (result.faults.length > 0) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    for (const fault of error.faults) log.error(fault);
    process.exitCode = 1;
  }
}

// Nothing that still waits (a socket of a dead link) may keep a finished run alive.
start().finally(() => process.exit());
