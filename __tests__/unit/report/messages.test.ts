import fc from 'fast-check';
import { eventsOf, messageOf, RECEIVERS } from '../../../src/report/messages.ts';
import { outside } from './outside.ts';
import { deployed, failed, reverted, rolledBack, status, unchanged } from './results.ts';

const RUN = 'https://github.com/acme/restaurant/actions/runs/42';
const FACTS = { runUrl: RUN, actor: 'ann', at: Date.parse('2026-01-02T10:15:30Z') };

test.each([
  [deployed, ['success']],
  [{ ...deployed, recovered: true }, ['recovery', 'success']],
  [rolledBack, ['success']],
  [reverted, ['revert']],
  [failed, ['failure']],
  [unchanged, []],
  [status, []],
])('the events of a result, %#', (result, events) => {
  expect(eventsOf(result)).toEqual(events);
});

test('the plain JSON has every field, always', () => {
  expect(messageOf('webhook', 'success', deployed, FACTS)).toEqual({
    schema_version: 1,
    event: 'success',
    at: '2026-01-02T10:15:30.000Z',
    command: 'deploy',
    outcome: 'deployed',
    app: 'restaurant',
    environment: 'production',
    release: deployed.release,
    previous_release: deployed.previousRelease,
    attempted_release: null,
    version: 'v2.1',
    color: 'green',
    url: deployed.url,
    duration_ms: 20_000,
    requests: 12_345,
    failed_requests: 0,
    rollback: deployed.rollback,
    faults: [],
    actor: 'ann',
    run: RUN,
  });
  const bare = messageOf('webhook', 'failure', failed, { at: 0, runUrl: undefined, actor: undefined });
  expect(bare).toMatchObject({
    event: 'failure',
    faults: [{ code: 'health-400', what: expect.any(String), remedy: expect.any(String) }],
    actor: null,
    run: null,
  });
  // Where it was, and what the app logged, is for those who may see the run.
  expect(JSON.stringify(bare)).not.toMatch(/evidence|where|Invalid HTTP_HOST/);
});

test('Slack gets one section, with what went wrong', () => {
  expect(messageOf('slack', 'failure', failed, FACTS)).toEqual({
    text: '❌ The deploy of restaurant in production failed',
    blocks: [
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: [
            '*❌ The deploy of restaurant in production failed*',
            'The old release 20250101-090000-1a2b goes on serving at https://restaurant.example.com. Nothing was switched.',
            'health-400: The new release never answered /health well for restaurant.example.com: it answers 400 "Bad Request". Allow the hostname in ALLOWED_HOSTS, or mend DOMAIN_NAME.',
            '1 min 15 s, by ann',
            `<${RUN}|Log of the run>`,
          ].join('\n'),
        },
      },
    ],
  });
});

test('Discord gets one embed and mentions nobody', () => {
  expect(messageOf('discord', 'recovery', { ...rolledBack, recovered: true }, FACTS)).toEqual({
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: '💚 Rolled back restaurant in production, after a change that had failed',
        description:
          'Release 20250101\\-090000\\-1a2b serves again on blue. It replaces 20250102\\-101500\\-9f3c.\n640 ms, by ann',
        color: 0x2da44e,
        timestamp: '2026-01-02T10:15:30.000Z',
        url: RUN,
      },
    ],
  });
});

test('whatever a name holds, it is a name, and the limits of the services are kept', () => {
  fc.assert(
    fc.property(outside, outside, fc.constantFrom(...RECEIVERS), (a, b, receiver) => {
      const faults = Array.from({ length: 9 }, () => ({ code: 'x', what: a.repeat(200), remedy: b }));
      const bad = { ...failed, app: a, environment: b, release: a, previousRelease: b, url: a, faults };
      const body = JSON.parse(JSON.stringify(messageOf(receiver, 'failure', bad, { ...FACTS, actor: b })));
      if (receiver === 'slack') {
        const { text } = body.blocks[0].text;
        expect(text.length).toBeLessThanOrEqual(3_000);
        expect(text.replace(`<${RUN}|Log of the run>`, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      }
      if (receiver === 'discord') {
        const { title, description } = body.embeds[0];
        expect(title.length).toBeLessThanOrEqual(256);
        expect(description.length).toBeLessThanOrEqual(4_096);
        expect(description).not.toMatch(/(?<!\\)(?:\\\\)*[*_~`|<@[]/);
      }
    }),
    { numRuns: 300 },
  );
});
