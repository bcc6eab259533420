import { duration, oneLine } from './format.ts';
import { subjectOf } from './metrics.ts';
import type { Result } from './result.ts';
import { headline, type Style, standing, wentWrong } from './words.ts';

/** What people are told of: a change that worked, did not, was taken back, or worked after one that had not. */
export const EVENTS = ['success', 'failure', 'revert', 'recovery'] as const;
export type Event = (typeof EVENTS)[number];
/** Who understands which format. */
export const RECEIVERS = ['webhook', 'slack', 'discord'] as const;
export type Receiver = (typeof RECEIVERS)[number];

/** What a message tells besides the result. */
export interface MessageFacts {
  readonly runUrl: string | undefined;
  readonly actor: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The events that a result is, the one that says most first; none when nothing was changed. */
export function eventsOf({ outcome, recovered }: Pick<Result, 'outcome' | 'recovered'>): readonly Event[] {
  switch (outcome) {
    case 'deployed':
    case 'rolled-back':
      return recovered ? ['recovery', 'success'] : ['success'];
    case 'reverted':
      return ['revert'];
    case 'failed':
      return ['failure'];
    default:
      return [];
  }
}

/** The body of a message: an object to be sent as JSON. */
export function messageOf(receiver: Receiver, event: Event, result: Result, facts: MessageFacts): unknown {
  switch (receiver) {
    case 'webhook':
      return webhook(event, result, facts);
    case 'slack':
      return slack(event, result, facts);
    case 'discord':
      return discord(event, result, facts);
  }
}

/**
 * Every field is always there; what is not known is null. A field that is added leaves `schema_version`, one that
 * changes raises it.
 */
function webhook(event: Event, result: Result, { runUrl, actor, at }: MessageFacts) {
  return {
    schema_version: 1,
    event,
    at: new Date(at).toISOString(),
    ...subjectOf(result),
    url: result.url ?? null,
    duration_ms: Math.round(result.durationMs),
    requests: result.requests ?? null,
    failed_requests: result.failedRequests ?? null,
    rollback: result.rollback ?? null,
    faults: result.faults.map(({ code, what, remedy }) => ({ code, what, remedy: remedy ?? null })),
    actor: actor ?? null,
    run: runUrl ?? null,
  };
}

const ICONS: Readonly<Record<Event, string>> = { success: '✅', failure: '❌', revert: '⚠️', recovery: '💚' };

const NAME_LIMIT = 200;
const LINE_LIMIT = 500;
const FAULT_LIMIT = 3;

/** The lines of a message for people, and where it leads. */
function lines(event: Event, result: Result, { actor }: MessageFacts, name: (value: string) => string) {
  const style: Style = { name, url: name };
  const recovered = event === 'recovery' ? ', after a change that had failed' : '';
  return {
    title: `${ICONS[event]} ${headline(result, style)}${recovered}`,
    body: [
      standing(result, style),
      ...(wentWrong(result) ? result.faults.slice(0, FAULT_LIMIT) : []).map(({ code, what, remedy }) =>
        name(`${code}: ${what}${remedy ? ` ${remedy}` : ''}`),
      ),
      `${duration(result.durationMs)}${actor ? `, by ${name(actor)}` : ''}`,
    ].filter((line) => line !== ''),
  };
}

/** Source: Slack's "Sending messages using incoming webhooks" and "Formatting text": & < > are all that has a meaning. */
function slack(event: Event, result: Result, facts: MessageFacts) {
  const escaped = (value: string) =>
    oneLine(value, LINE_LIMIT).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const { title, body } = lines(event, result, facts, escaped);
  const log = safe(facts.runUrl);
  const end = log ? [`<${log}|Log of the run>`] : [];
  const text = fitted([`*${title}*`, ...body], end).join('\n');
  return { text: title, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] };
}

/** Slack takes 3,000 characters a section. Whole lines go, since a cut in the middle of an escape would show. */
function fitted(lines: readonly string[], end: readonly string[]): string[] {
  let room = 2_900 - end.join('\n').length;
  const kept = lines.filter((line) => {
    room -= line.length + 1;
    return room >= 0;
  });
  return [...kept, ...end];
}

const COLORS: Readonly<Record<Event, number>> = {
  success: 0x2da44e,
  failure: 0xcf222e,
  revert: 0xbf8700,
  recovery: 0x2da44e,
};

/** Source: Discord's "Execute Webhook" and its limits of embeds. Nobody is mentioned, whatever a name holds. */
function discord(event: Event, result: Result, facts: MessageFacts) {
  const escaped = (value: string) =>
    oneLine(value, NAME_LIMIT).replace(/[\\*_~`|>#[\]()<@:-]/g, (character) => `\\${character}`);
  const { title, body } = lines(event, result, facts, escaped);
  const log = safe(facts.runUrl);
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: oneLine(title, 250),
        description: body.join('\n').slice(0, 4_000),
        color: COLORS[event],
        timestamp: new Date(facts.at).toISOString(),
        ...(log && { url: log }),
      },
    ],
  };
}

/** An address that can stand in a link. */
const safe = (url: string | undefined): string | undefined =>
  url !== undefined && /^https?:\/\/[\w.:/-]+$/.test(url) ? url : undefined;
