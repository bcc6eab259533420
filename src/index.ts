import * as core from '@actions/core';
import { cliSource, helpText, wantsHelp } from './cli.ts';
import { previewName } from './config/preview.ts';
import { DeployError, describe, type Fault } from './errors.ts';
import { runEvent } from './event.ts';
import { gate } from './gate.ts';
import { actionSource, type InputSource, readInputs } from './inputs.ts';
import { type Log, runnerLog, terminalLog } from './log.ts';
import { main } from './main.ts';
import { post } from './post.ts';
import { publish } from './report/publish.ts';
import type { Result } from './report/result.ts';
import { isPost } from './state.ts';

/** Under a runner it is the action, main or post; elsewhere it is the command line. */
async function start(): Promise<void> {
  const action = process.env.GITHUB_ACTIONS === 'true';
  const words = process.argv.slice(2);
  const log = action ? runnerLog() : terminalLog();
  try {
    if (!action && words[0] === 'init') {
      // In a chunk of its own in the bundle: no run of the action has use for it.
      const { initHere } = await import('./init/here.ts');
      return await initHere(words.slice(1), wantsHelp(words));
    }
    if (!action && wantsHelp(words)) return void process.stdout.write(`${helpText()}\n`);
    const source = action ? actionSource(core.getInput, process.env) : cliSource(words, process.env);
    const skipped = action ? gate(source) : undefined;
    if (skipped) return isPost() ? undefined : skip(source, skipped, log);
    const inputs = readInputs(source);
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

/** Ends a run that can do nothing, well and with a notice. */
function skip({ get, env }: InputSource, why: Fault, log: Log): void {
  core.notice(describe(why), { title: why.code });
  const { number } = runEvent(env).pullRequest ?? {};
  const environment = number === undefined ? get('environment') : previewName(number);
  const result: Result = {
    command: get('command'),
    app: '',
    environment,
    outcome: 'skipped',
    durationMs: 0,
    phases: [],
    faults: [],
    tables: [{ title: 'Why', head: ['what', 'remedy'], rows: [[why.what, why.remedy ?? '']] }],
  };
  publish(result, log, true);
}

// Nothing that still waits (a socket of a dead link) may keep a finished run alive.
start().finally(() => process.exit());
