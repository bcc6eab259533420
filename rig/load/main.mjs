// The strict load client: script/rig load. docs/development.md describes what it counts.
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { readOptions, USAGE, UsageError } from './options.mjs';
import { runLoad } from './run.mjs';

const WATCH_EVERY = 50;

/** True while the process runs; one that ended and was not waited for yet counts as ended. */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

async function main(words) {
  const options = readOptions(words);
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  setTimeout(() => over.abort(), options.duration).unref();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => over.abort());
  if (options.until !== undefined) {
    setInterval(() => isRunning(options.until) || over.abort(), WATCH_EVERY).unref();
  }
  process.stdout.write(`${JSON.stringify(await runLoad(options, over.signal))}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`error: ${error.message}\n${USAGE}`);
  process.exitCode = 64;
}
