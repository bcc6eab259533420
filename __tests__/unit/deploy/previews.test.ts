import { mkdirSync, utimesSync } from 'node:fs';
import type { Context } from '../../../src/deploy/context.ts';
import { demandRoom, previewsOn, reasonToGo, type Standing } from '../../../src/deploy/previews.ts';
import { Sandbox } from './sandbox.ts';

const HOUR = 3_600_000;
const APPS = '.restaurant-deploy/apps';

let server: Sandbox;
beforeEach(() => {
  server = new Sandbox();
});
afterEach(() => server.remove());

const list = () =>
  previewsOn(
    { config: { app: 'shop', environment: 'production' }, signal: new AbortController().signal } as Context,
    server.host,
  );

test('nothing there is no preview', async () => {
  expect(await list()).toEqual([]);
});

test('folders, containers and routes of the app are told, with the age where something went live', async () => {
  for (const name of ['shop/pr-12', 'shop/pr-3', 'shop/production', 'shop/pr-x', 'shop-two/pr-99'])
    mkdirSync(server.path(`${APPS}/${name}`), { recursive: true });
  server.write(
    `${APPS}/shop/pr-12/state.json`,
    JSON.stringify({ active: 'blue', colors: {}, by: '', run: '' }),
  );
  const before = Date.now() / 1000 - 7200;
  utimesSync(server.path(`${APPS}/shop/pr-12/state.json`), before, before);
  server.docker(`case "$*" in *'environment"}} -'*) printf 'pr-4 -\\nproduction -\\npr-12 -\\n' ;; esac`);
  const guard = (environment: string) => ({ environment, noindex: true });
  server.write(
    '.restaurant-deploy/edge/edge.json',
    JSON.stringify({ slots: [], hosts: [], guards: [guard('shop/pr-5'), guard('shop-two/pr-6')] }),
  );
  const found = await list();
  expect(found.map(({ environment }) => environment)).toEqual(['pr-3', 'pr-4', 'pr-5', 'pr-12']);
  expect(found.map(({ ageMs }) => ageMs && Math.round(ageMs / HOUR))).toEqual([
    undefined,
    undefined,
    undefined,
    2,
  ]);
});

const standing = (number: number, ageMs?: number): Standing => ({
  environment: `pr-${number}`,
  number,
  ageMs,
});

test('there is room below the bound, and for one that is there already', () => {
  const two = [standing(1, HOUR), standing(2)];
  expect(() => demandRoom(two, 'pr-3', 3, 'server')).not.toThrow();
  expect(() => demandRoom(two, 'pr-2', 2, 'server')).not.toThrow();
  expect(() => demandRoom(two, 'pr-3', 2, 'server')).toThrow(/2 previews already.*pr-1 \(1h\), pr-2\./);
});

test.each([
  [standing(1, HOUR), undefined],
  [standing(2, HOUR), /is not open/],
  [standing(1, 73 * HOUR), /more than 3d ago/],
  // Its first release never got there: nobody knows how old it is, and its pull request may try again.
  [standing(1), undefined],
  [standing(2), /is not open/],
])('%j goes: %s', (one, why) => {
  const reason = reasonToGo(one, new Set([1]), 72 * HOUR);
  if (why) expect(reason).toMatch(why);
  else expect(reason).toBeUndefined();
});
