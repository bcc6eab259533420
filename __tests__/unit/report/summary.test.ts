import fc from 'fast-check';
import type { Result } from '../../../src/report/result.ts';
import { SUMMARY_LIMIT, summaryOf } from '../../../src/report/summary.ts';
import { outside } from './outside.ts';
import { deployed, failed, first, reverted, rolledBack, status, unchanged, unknown } from './results.ts';

const lines = (...all: string[]) => `${all.join('\n')}\n`;

test('a deploy', () => {
  expect(summaryOf(deployed)).toBe(
    lines(
      '## ✅ Deployed `restaurant` to `production`',
      '',
      'Release `20250102-101500-9f3c` (version `v2.1`) serves on `green` at [restaurant.example.com](https://restaurant.example.com). It replaces `20250101-090000-1a2b`.',
      '',
      '**0** failed of 12,345 requests · **0 ms** down · **20.0 s** in all',
      '',
      '### The way back',
      '',
      '```sh',
      'restaurant-deploy rollback --environment production --release 20250101-090000-1a2b',
      '```',
      '',
      '### What changed',
      '',
      '| Service | Image before | Image now |',
      '| --- | --- | --- |',
      '| `app` | `restaurant/app:aaaa` | `restaurant/app:bbbb` |',
      '| `nginx` | — | `nginx@sha256:abababababab` |',
      '',
      'Variables added: `CACHE_URL`; changed: `DJANGO_SECRET_KEY`, `DOMAIN_NAME`.',
      '',
      '### Where the time went',
      '',
      '| Phase | Time | Share |   |',
      '| --- | ---: | ---: | --- |',
      '| `connect` | 1.0 s | 5 % | █ |',
      '| `prepare` | 12.0 s | 60 % | ████████████ |',
      '| `check` | 6.0 s | 30 % | ██████ |',
      '| `switch` | 50 ms | 0 % |   |',
      '| **Total** | **20.0 s** |   |   |',
      '',
      '<details><summary>Timeline</summary>',
      '',
      '```mermaid',
      'gantt',
      '    dateFormat x',
      '    axisFormat %s s',
      '    todayMarker off',
      '    connect 1.0 s :0, 1000ms',
      '    prepare 12.0 s :1000, 12000ms',
      '    check 6.0 s :13000, 6000ms',
      '    switch 50 ms :19000, 50ms',
      '```',
      '',
      '</details>',
    ),
  );
});

test('a first deploy', () => {
  expect(summaryOf(first)).toBe(
    lines(
      '## ✅ Deployed `restaurant` to `production`',
      '',
      'Release `20250102-101500-9f3c` serves on `blue` at [restaurant.example.com](https://restaurant.example.com). It is the first release here.',
      '',
      '**0** failed of 0 requests · **0 ms** down · **1 min 35 s** in all',
      '',
      '### What changed',
      '',
      'No image and no variable.',
    ),
  );
});

test('nothing to do', () => {
  expect(summaryOf(unchanged)).toBe(
    lines(
      '## ✅ `restaurant` in `production` is unchanged',
      '',
      'Release `20250101-090000-1a2b` is live already on `blue` at [restaurant.example.com](https://restaurant.example.com); nothing was changed.',
      '',
      '**950 ms** in all',
    ),
  );
});

test('a deploy that failed: what serves, what is wrong, the remedy, the log', () => {
  expect(summaryOf({ ...failed, phases: [] })).toBe(
    lines(
      '## ❌ The deploy of `restaurant` in `production` failed',
      '',
      '**The old release `20250101-090000-1a2b` goes on serving at [restaurant.example.com](https://restaurant.example.com). Nothing was switched.**',
      '',
      'The release that did not make it: `20250102-101500-9f3c`.',
      '',
      '**0** failed of 800 requests · **0 ms** down · **1 min 15 s** in all',
      '',
      '### What is wrong',
      '',
      '**`health-400`** at `service nginx`: The new release never answered `/health` well for restaurant.example.com: it answers 400 "Bad Request".',
      '',
      '**Remedy:** Allow the hostname in `ALLOWED_HOSTS`, or mend `DOMAIN_NAME`.',
      '',
      '<details><summary>Log</summary>',
      '',
      '````text',
      'app-1  | Invalid HTTP_HOST header',
      'app-1  | ``` </details>',
      '````',
      '',
      '</details>',
    ),
  );
});

test('a deploy that was reverted: failed requests and downtime stand out', () => {
  expect(summaryOf(reverted)).toBe(
    lines(
      '## ⚠️ Reverted the deploy of `restaurant` in `production`',
      '',
      '**The new release did badly after the switch. The old release `20250101-090000-1a2b` serves again at [restaurant.example.com](https://restaurant.example.com).**',
      '',
      'The release that did not make it: `20250102-101500-9f3c`.',
      '',
      '⚠️ **9** failed of 1,100 requests · ⚠️ **1.5 s** down · **1 min 15 s** in all',
      '',
      '### What is wrong',
      '',
      '**`observe-breach`** at `server 1`: 9 of 100 answers failed.',
    ),
  );
});

test('a rollback', () => {
  expect(summaryOf(rolledBack)).toBe(
    lines(
      '## ↩️ Rolled back `restaurant` in `production`',
      '',
      'Release `20250101-090000-1a2b` serves again on `blue`. It replaces `20250102-101500-9f3c`.',
      '',
      '**0** failed of 25 requests · **0 ms** down · **640 ms** in all',
      '',
      '### The way back',
      '',
      '```sh',
      'restaurant-deploy rollback --release 20250102-101500-9f3c',
      '```',
    ),
  );
});

test('status, with its tables', () => {
  expect(summaryOf(status)).toBe(
    lines(
      '## 🔎 Status of `restaurant` in `production`',
      '',
      'Release `20250101-090000-1a2b` serves on `blue` at [restaurant.example.com](https://restaurant.example.com).',
      '',
      '**400 ms** in all',
      '',
      '### Containers',
      '',
      '| Service | Color | State |',
      '| --- | --- | --- |',
      '| app | blue | Up 3 minutes (healthy) |',
      '| db | shared | Up 2 days |',
    ),
  );
});

test('a run that failed before it knew anything claims no more than it knows', () => {
  expect(summaryOf(unknown)).toBe(
    lines(
      '## ❌ The deploy of `production` failed',
      '',
      '**What served before goes on serving. Nothing was switched.**',
      '',
      '**12 ms** in all',
      '',
      '### What is wrong',
      '',
      '**`config-key`** at `deploy.yml:3:1`: There is no key "rout".',
      '',
      '**Remedy:** Write routes.',
    ),
  );
});

test.each<[Partial<Result>, string, string]>([
  [
    { outcome: 'built' },
    '## 📦 Built `restaurant` for `production`',
    'The images are in the registry; no server was touched.',
  ],
  [{ outcome: 'removed' }, '## 🧹 Removed `restaurant` in `production`', '**20.0 s** in all'],
  [
    { outcome: 'planned', release: '1' },
    '## 📋 Plan for `restaurant` in `production`',
    'Nothing was changed. Release `1` serves.',
  ],
  [
    { outcome: 'reverted' },
    '## ⚠️ Reverted the deploy of `restaurant` in `production`',
    '**The new release did badly after the switch. The change was taken back.**',
  ],
  [{ outcome: 'unchanged' }, '## ✅ `restaurant` in `production` is unchanged', 'Nothing was changed.'],
])('%j', (part, title, sentence) => {
  const { command, app, environment, durationMs } = deployed;
  const result = { command, app, environment, durationMs, phases: [], faults: [], outcome: 'done' } as const;
  expect(
    summaryOf({ ...result, ...part })
      .split('\n\n')
      .slice(0, 2)
      .map((line) => line.trim()),
  ).toEqual([title, sentence]);
});

test('many faults are counted after the twentieth', () => {
  const summary = summaryOf({ ...unknown, faults: Array(32).fill({ code: 'a', what: 'b' }) });
  expect(summary.match(/^\*\*`a`\*\*: b$/gm)).toHaveLength(20);
  expect(summary).toContain('\n\n… and 12 more, all of them in the log.\n');
});

test('many variables are counted after the hundredth', () => {
  const added = Array.from({ length: 130 }, (_, index) => `V${index}`);
  const summary = summaryOf({ ...first, changes: { images: [], env: { added, removed: [], changed: [] } } });
  expect(summary).toContain('`V98`, `V99` and 30 more.\n');
});

/** The shape of a document: its headings, and the cells of its rows, outside of fences. Cells as cmark counts them. */
function shapeOf(markdown: string): { headings: number; cells: number[]; fences: number } {
  const shape = { headings: 0, cells: [] as number[], fences: 0 };
  let fence = '';
  for (const line of markdown.split('\n')) {
    const mark = /^`{3,}/.exec(line)?.[0] ?? '';
    if (fence !== '') {
      if (line === fence) fence = '';
    } else if (mark !== '' && !line.slice(mark.length).includes('`')) {
      fence = mark;
      shape.fences += 1;
    } else if (/^ {0,3}#{1,6}(\s|$)/.test(line)) shape.headings += 1;
    else if (line.startsWith('|')) shape.cells.push((line.replace(/\\./g, '').match(/\|/g) ?? []).length - 1);
  }
  expect(fence).toBe('');
  return shape;
}

test('whatever comes from outside, the document keeps its shape and has no link, HTML or mention of theirs', () => {
  fc.assert(
    fc.property(fc.array(outside, { minLength: 12, maxLength: 12 }), (words) => {
      const word = (index: number) => words[index] ?? '';
      const summary = summaryOf({
        ...deployed,
        app: word(0),
        environment: word(1),
        release: word(2),
        version: word(3),
        color: word(4),
        url: `https://${word(5)}/(`,
        rollback: `x${word(6)}`,
        phases: [{ name: word(7), startMs: 0, durationMs: 5 }],
        faults: [
          {
            code: word(8),
            what: word(9),
            where: `x${word(10)}`,
            remedy: `x${word(11)}`,
            evidence: `x${word(0)}`,
          },
        ],
        changes: {
          images: [{ service: word(1), from: word(2), to: word(3) }],
          env: { added: [word(4)], removed: [word(5)], changed: [word(6)] },
        },
        tables: [{ title: `x${word(7)}`, head: [word(8), word(9)], rows: [[word(10), word(11)], [word(0)]] }],
      });
      expect(shapeOf(summary)).toEqual({
        headings: 6,
        cells: [3, 3, 3, 2, 2, 2, 2, 4, 4, 4, 4],
        fences: 3,
      });
      // What is left without code is ours: nothing there may mean anything.
      const bare = summary
        .replace(/^(`{3,})[a-z]+\n[\s\S]*?\n\1$/gm, '')
        .replace(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '')
        .replace(/<code>[^<>|`]*<\/code>/g, '')
        .replace(/<\/?details>|<\/?summary>/g, '');
      expect(bare).not.toMatch(/[<>@[\]`$~\\]|:\/\/|www\.|#\d/i);
    }),
    { numRuns: 500 },
  );
});

describe('the limit', () => {
  const bytes = (value: string) => Buffer.byteLength(value);
  const log = (length: number, end: string) => `${'é: a line of a log\n'.repeat(length / 19)}${end}`;
  const fault = (evidence: string) => ({ code: 'app-late', what: 'It is late.', evidence });

  test('a log that fits is whole', () => {
    const summary = summaryOf({ ...failed, faults: [fault(log(900_000, 'the end'))] });
    expect(summary).not.toContain('were cut');
    expect(bytes(summary)).toBeGreaterThan(900_000);
  });

  test('a log that does not fit keeps its end, in whole lines, and says what was cut', () => {
    const summary = summaryOf({ ...failed, faults: [fault(log(3_000_000, 'the end'))] });
    expect(bytes(summary)).toBeLessThanOrEqual(SUMMARY_LIMIT);
    expect(bytes(summary)).toBeGreaterThan(SUMMARY_LIMIT - 1_000);
    expect(summary).toMatch(
      /\n```text\n\[the first [\d,]+ bytes were cut; the log of the run has them\]\né: a line of a log\n/,
    );
    expect(summary).toContain('\nthe end\n```\n');
    expect(summary).toContain('### Where the time went');
  });

  test('a short log beside a long one is not cut', () => {
    const summary = summaryOf({
      ...failed,
      faults: [fault(log(2_000_000, 'A')), fault('short'), fault(log(2_000_000, 'B'))],
    });
    expect(bytes(summary)).toBeLessThanOrEqual(SUMMARY_LIMIT);
    expect(summary).toContain('```text\nshort\n```');
    expect(summary.match(/bytes were cut/g)).toHaveLength(2);
    expect(summary).toMatch(/\nA\n```[\s\S]*\nB\n```/);
  });

  test('a log that is one long line, of characters of several bytes, is cut between two of them', () => {
    const summary = summaryOf({ ...failed, faults: [fault(`x${'😀'.repeat(400_000)}`)] });
    expect(bytes(summary)).toBeLessThanOrEqual(SUMMARY_LIMIT);
    expect(summary).not.toContain('\ufffd');
    expect(summary).toMatch(/\n😀+\n```/u);
  });

  test('a log of nothing but backticks does not make fences that break the limit', () => {
    const summary = summaryOf({ ...failed, faults: [fault('`'.repeat(2_000_000))] });
    expect(bytes(summary)).toBeLessThanOrEqual(SUMMARY_LIMIT);
  });

  test('what can not fit at all is left out from the end, and that is said', () => {
    const wide = '😀'.repeat(900);
    const row = Array<string>(8).fill(wide);
    const big = { title: 'Big', head: row, rows: Array<string[]>(400).fill(row) };
    const summary = summaryOf({
      ...status,
      tables: [...(status.tables ?? []), big],
      phases: deployed.phases,
    });
    expect(bytes(summary)).toBeLessThan(2_000);
    expect(summary).toContain('### Containers');
    expect(summary).toMatch(/\n2 sections were left out: the summary would be too long\.\n$/);
  });
});

test('how deploying goes is one line below the numbers', () => {
  const objectives = {
    changes: 13,
    deployed: 12,
    perDay: 0.4,
    successRate: 0.92,
    changeFailureRate: 0.083,
    medianDeployMs: 20_000,
    medianLeadMs: 200_000,
    medianRollbackMs: undefined,
    medianRestoreMs: 45_000,
  };
  expect(summaryOf({ ...deployed, objectives })).toContain(
    '\n\nOver 30 days: 12 deploys (0.4 a day) · lead time 3 min 20 s · change failure rate 8 % · time to restore 45.0 s.\n\n',
  );
  const bare = {
    ...objectives,
    medianLeadMs: undefined,
    changeFailureRate: undefined,
    medianRestoreMs: undefined,
  };
  expect(summaryOf({ ...deployed, objectives: bare })).toContain('\nOver 30 days: 12 deploys (0.4 a day).\n');
});

test('the way back leads to the workflow that does it, with what its form wants', () => {
  const rollbackWorkflow = {
    url: 'https://github.com/acme/restaurant/actions/workflows/rollback.yml',
    inputs: { release: 'r1', environment: 'production' },
    command: 'gh workflow run rollback.yml -f release=r1 -f environment=production',
  };
  const summary = summaryOf({ ...deployed, rollback: 'restaurant-deploy rollback', rollbackWorkflow });
  expect(summary).toContain(
    lines(
      '### The way back',
      '',
      `[github.com/acme/restaurant/actions/workflows/rollback.yml](${rollbackWorkflow.url}): "Run workflow", with \`release\`: \`r1\` and \`environment\`: \`production\`. The same as a command, and without GitHub:`,
      '',
      '```sh',
      rollbackWorkflow.command,
      'restaurant-deploy rollback',
      '```',
    ),
  );
});
