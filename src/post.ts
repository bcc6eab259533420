import { forgetLogins } from './build/pull.ts';
import { openHosts, Session } from './deploy/session.ts';
import { messageOf } from './errors.ts';
import type { Inputs } from './inputs.ts';
import type { Log } from './log.ts';
import { removeOwnFolder } from './own-folder.ts';
import * as state from './state.ts';
import { tellAbandoned } from './tell.ts';
import { wire } from './wire.ts';

/**
 * Ends what a killed main left: under the same lease, the journal on each server says whether to finish or to take
 * away. It may run twice and never fails a job; what it can not do the next run does.
 */
export async function post(inputs: Inputs, log: Log): Promise<void> {
  removeOwnFolder(state.tokenOfMain());
  const token = state.unfinished();
  if (token === undefined) return;
  await tellAbandoned(inputs, log);
  try {
    const { context, close } = wire(inputs, log, token, new AbortController());
    const hosts = await openHosts(context);
    await Promise.all(hosts.map((host) => host.run(forgetLogins())));
    const session = await Session.open(context, hosts, []);
    await session.close();
    await close();
    log.info('what the interrupted run had begun is at an end');
  } catch (error) {
    log.warn({
      code: 'post',
      what: `Nothing could be tidied up: ${messageOf(error)}`,
      remedy: 'The next run does it.',
    });
  }
}
