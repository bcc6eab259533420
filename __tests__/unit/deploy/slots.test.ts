import type { Context } from '../../../src/deploy/context.ts';
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
  host: { name: 'deploy@server' },
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
const warned: string[] = [];
const context = {
  sleep: async () => {},
  log: { warn: ({ code }: { code: string }) => void warned.push(code) },
} as unknown as Context;
const [A, B, C] = ['172.18.0.3', '172.18.0.4', '172.18.0.5'] as const;
const enable = (
  addresses: readonly string[],
  signal = new AbortController().signal,
  later: readonly (readonly string[])[] = [],
) => {
  const pictures = [addresses, ...later];
  const latest = () =>
    new Map([['web', pictures.length > 1 ? (pictures.shift() ?? []) : (pictures[0] ?? [])]]);
  return enableSlots(context, server, release, 'blue', latest, signal);
};

beforeEach(() => {
  asked = [];
  shown = [];
  warned.length = 0;
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

test('of more than the edge has servers, whichever it finds is let in', async () => {
  const all = [A, B, C, '172.18.0.6', '172.18.0.7', '172.18.0.8'];
  const names = ['s', 's2', 's3', 's4'];
  const lines = (stopped: boolean) =>
    names.map((name, at) => line(name, all[at + 2] ?? '', stopped)).join('');
  shown = [lines(true), lines(false)];
  await (await enable(all)).all;
  expect(asked.filter((one) => one.endsWith('ready'))).toHaveLength(4);
  expect(shown).toEqual([]);
  expect(warned).toEqual([]);
});

test('one that comes back with another address is let in there', async () => {
  shown = [
    line('s', A) + line('s2', '-', true),
    line('s', A) + line('s2', C, true),
    line('s', A) + line('s2', C),
  ];
  await (await enable([A, B], undefined, [[A], [A, C]])).all;
  expect(asked.filter((one) => one.endsWith('ready'))).toEqual(['set server slot7/s2 state ready']);
  expect(shown).toEqual([]);
  expect(warned).toEqual([]);
});

test('the wait for them comes to an end, also where nobody waits any more', async () => {
  shown = Array.from({ length: 200 }, () => line('s', '-') + line('s2', A));
  await (await enable([A, B])).all;
  const left = shown.length;
  expect(left).toBeGreaterThan(100);
  expect(warned).toEqual(['edge-replicas']);
  await (await enable([A, B], AbortSignal.abort())).all;
  expect(shown).toHaveLength(left);
  expect(warned).toHaveLength(1);
});
