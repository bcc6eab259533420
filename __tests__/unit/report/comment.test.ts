import fc from 'fast-check';
import { commentOf, markerOf } from '../../../src/report/comment.ts';
import type { Result } from '../../../src/report/result.ts';
import { outside } from './outside.ts';
import { deployed, failed } from './results.ts';

const RUN = 'https://github.com/acme/restaurant/actions/runs/42';
const FACTS = { at: Date.parse('2026-01-02T10:15:30Z'), runUrl: RUN, commit: '0123456789abcdef' };
const lines = (...all: string[]) => `${all.join('\n')}\n`;

test('a preview that serves', () => {
  expect(commentOf({ ...deployed, command: 'preview', environment: 'pr-7', phases: [] }, FACTS)).toBe(
    lines(
      '<!-- restaurant-deploy: restaurant/pr-7 -->',
      '### ✅ Deployed `restaurant` to `pr-7`',
      '',
      '|   |   |',
      '| --- | --- |',
      '| Address | [restaurant.example.com](https://restaurant.example.com) |',
      '| Release | `20250102-101500-9f3c` on `green` |',
      '| Commit | `0123456789ab` |',
      '| Health | good answers for every hostname, through the edge |',
      '| Requests in the change | 0 failed of 12,345 |',
      '| Took | 20.0 s |',
      '',
      `<sub>2026-01-02 10:15 UTC · [log](${RUN})</sub>`,
      '',
      '<details><summary>What changed since the release before</summary>',
      '',
      '| Service | Image before | Image now |',
      '| --- | --- | --- |',
      '| `app` | `restaurant/app:aaaa` | `restaurant/app:bbbb` |',
      '| `nginx` | — | `nginx@sha256:abababababab` |',
      '',
      'Variables added: `CACHE_URL`; changed: `DJANGO_SECRET_KEY`, `DOMAIN_NAME`.',
      '',
      '</details>',
    ),
  );
});

test('one that failed says what is wrong, the remedy and what serves; no log line of the app is in it', () => {
  const comment = commentOf({ ...failed, command: 'preview' }, FACTS);
  expect(comment).toContain('### ❌ The preview of `restaurant` in `production` failed');
  expect(comment).toContain('**`health-400`**');
  expect(comment).toContain('**Remedy:** Allow the hostname');
  expect(comment).toContain('goes on serving');
  expect(comment).not.toContain('Invalid HTTP_HOST');
});

test('one that is gone says so, and has no address any more', () => {
  const gone: Result = { ...deployed, command: 'remove', outcome: 'removed', phases: [] };
  const { changes: _, ...rest } = gone;
  expect(commentOf(rest, FACTS)).toBe(
    lines(
      markerOf('restaurant', 'production'),
      '### 🧹 Removed `restaurant` in `production`',
      '',
      `<sub>2026-01-02 10:15 UTC · [log](${RUN})</sub>`,
    ),
  );
});

/** Markdown without what is code: nothing of what a name holds may be left outside of it. */
const withoutCode = (markdown: string) =>
  markdown.replace(/(`+)[^\n]*?[^`]\1(?!`)/g, 'code').replace(/<code>.*?<\/code>/g, 'code');

test('whatever a name holds, it stays in its cell and is never more than a name', () => {
  fc.assert(
    fc.property(outside, outside, outside, (a, b, c) => {
      const comment = commentOf(
        {
          ...deployed,
          environment: a,
          release: b,
          color: c,
          phases: [{ name: a, startMs: 0, durationMs: 1 }],
          faults: [{ code: 'x-y', what: `${b} ${c}`, remedy: a }],
          changes: {
            images: [{ service: a, from: b, to: c }],
            env: { added: [b], removed: [c], changed: [] },
          },
        },
        { ...FACTS, commit: c },
      );
      // The marker's line alone is HTML of ours; names of apps and environments there are checked before.
      const rest = withoutCode(comment.slice(comment.indexOf('\n### ')));
      expect(rest.replace(/<\/?(?:details|summary|sub)>/g, '')).not.toMatch(/<[a-z!/]|@ann|\]\(http:|:tada:/);
      expect(rest.match(/<details>/g)?.length ?? 0).toBe(rest.match(/<\/details>/g)?.length ?? 0);
      expect(comment.length).toBeLessThan(65_536);
    }),
    { numRuns: 300 },
  );
});

test('what is too long is left out, from the end', () => {
  const env = {
    added: Array.from({ length: 99 }, (_, at) => `V${at}_${'x'.repeat(290)}`),
    removed: [],
    changed: [],
  };
  const images = Array.from({ length: 400 }, (_, at) => ({
    service: `s${at}`,
    from: 'a'.repeat(290),
    to: 'b',
  }));
  const comment = commentOf({ ...deployed, changes: { images, env } }, FACTS);
  expect(comment.length).toBeLessThan(60_001);
  expect(comment).toContain('| Address |');
  expect(comment).toContain('[log]');
});
