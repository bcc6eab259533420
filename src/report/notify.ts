import { type Event, eventsOf, type MessageFacts, messageOf, type Receiver } from './messages.ts';
import type { Result } from './result.ts';
import { type Sender, send } from './send.ts';

/** Somebody who wants to know. */
export interface Notice {
  readonly to: Receiver;
  readonly on: readonly Event[];
  /** Name of the secret that holds the URL, for what is said about it. */
  readonly secret: string;
  /** Undefined when that secret is missing or empty. It is a secret itself: who has it can write there. */
  readonly url: string | undefined;
}

/** Tells everybody who asked for what this result is, all at once. Whatever goes wrong is a warning. */
export async function notify(
  notices: readonly Notice[],
  result: Result,
  facts: MessageFacts,
  sender: Sender,
): Promise<void> {
  const events = eventsOf(result);
  await Promise.all(
    notices.map(async (notice) => {
      const event = events.find((one) => notice.on.includes(one));
      if (event === undefined) return;
      const body = JSON.stringify(messageOf(notice.to, event, result, facts));
      const why = await send(notice.url, { method: 'POST', type: 'application/json', body }, sender);
      if (why === undefined) return;
      sender.warn({
        code: 'notify',
        where: `notify, ${notice.to}, secret ${notice.secret}`,
        what: `The notification was not sent: ${why}.`,
        remedy: 'Check the URL in that secret; the change itself is not concerned.',
      });
    }),
  );
}
