import type { Release } from '../../../src/deploy/records.ts';
import type { Server } from '../../../src/deploy/server.ts';
import { enableSlots } from '../../../src/deploy/slots.ts';

const target = { service: 'web', connect: 'web', alias: 'shop-production-blue-web', port: 80, replicas: 2 };
const release = {
  app: 'shop',
  environment: 'production',
  targets: { blue: [target], green: [] },
} as unknown as Release;
const slot = { ...target, slot: 'slot7', environment: 'shop/production', color: 'blue' };

let asked: string[];
let shown: string[];
const server = {
  facts: { edge: { state: { slots: [slot], hosts: [], guards: [] } } },
  runtime: async () => ({
    ask: async (commands: string[]) => {
      asked.push(...commands);
      return commands.map((command) => (command.startsWith('show ') ? (shown.shift() ?? '') : ''));
    },
  }),
} as unknown as Server;

const ALIAS = target.alias;
const line = (name: string, address: string, stopped = false) =>
  `8 slot7 1 ${name} ${address} 2 ${stopped ? 1 : 0} 1 1 1 1 0 0 8 0 0 0 ${ALIAS} 80 - 0 0 - - 0\n`;
const context = { sleep: async () => {} };
const [A, B] = ['172.18.0.3', '172.18.0.4'] as const;
const enable = (addresses: readonly string[], signal = new AbortController().signal) =>
  enableSlots(context, server, release, 'blue', new Map([['web', addresses]]), signal);

beforeEach(() => {
  asked = [];
  shown = [];
});

test('one container is reached at once, and what its service had more is given back', async () => {
  await enable([A]);
  expect(asked).toContain(`set server slot7/s addr ${A} port 80`);
  expect(asked).toContain('set server slot7/s2 state maint');
  expect(asked).not.toContain('set server slot7/s state maint');
});

test('several are reached as the edge finds them', async () => {
  shown = [line('s', '-') + line('s2', A, true), line('s', B) + line('s2', A)];
  await (await enable([A, B])).all;
  expect(shown).toEqual([]);
  expect(asked.filter((one) => / (addr|ready)/.test(one))).toEqual(['set server slot7/s2 state ready']);
  expect(asked).not.toContain('set server slot7/s2 state maint');
});

test('the wait for them comes to an end, also where nobody waits any more', async () => {
  shown = Array.from({ length: 200 }, () => line('s', '-') + line('s2', A));
  await (await enable([A, B])).all;
  const left = shown.length;
  expect(left).toBeGreaterThan(100);
  await (await enable([A, B], AbortSignal.abort())).all;
  expect(shown).toHaveLength(left);
});
