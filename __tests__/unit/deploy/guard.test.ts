import { mkdirSync } from 'node:fs';
import type { Config } from '../../../src/config/config.ts';
import type { Context } from '../../../src/deploy/context.ts';
import { demandGuard, guardOf } from '../../../src/deploy/guard.ts';
import { pathsOf } from '../../../src/deploy/paths.ts';
import { Server } from '../../../src/deploy/server.ts';
import { EMPTY_EDGE, loginMark, setGuard } from '../../../src/edge/state.ts';
import type { Fault } from '../../../src/errors.ts';
import { AdminSocket } from '../edge/admin-socket.ts';
import { facts } from './records.ts';
import { Sandbox } from './sandbox.ts';

const EDGE = '.restaurant-deploy/edge';

let sandbox: Sandbox;
let admin: AdminSocket;
let server: Server;
let warned: Fault[];
/** Whether the running edge has the maps. */
let knows: boolean;

beforeEach(async () => {
  [warned, knows] = [[], true];
  sandbox = new Sandbox();
  mkdirSync(sandbox.path(`${EDGE}/run`), { recursive: true });
  // HAProxy's own words, recorded.
  admin = await AdminSocket.open(sandbox.path(`${EDGE}/run/admin.sock`), () =>
    knows ? '' : 'Unknown map identifier. Please use #<id> or <file>.\n',
  );
  const known = facts({ paths: pathsOf(sandbox.home, 'shop', 'pr-7') });
  server = new Server(sandbox.host, { ...known, edge: { ...known.edge, running: true } });
});
afterEach(async () => {
  server.release();
  await admin.close();
  sandbox.remove();
});

const context = (guard: Config['guard']) =>
  ({
    config: { guard },
    secrets: { PASSWORD: 'a secret' },
    log: { warn: (fault: Fault) => void warned.push(fault) },
  }) as unknown as Context;
const LOGIN = { noindex: true, login: { user: 'guest', secret: 'PASSWORD' } };

test('a guard holds a mark of the login, not the login', () => {
  expect(guardOf(context(undefined))).toBeUndefined();
  expect(guardOf(context(LOGIN))).toEqual({ noindex: true, login: loginMark('guest', 'a secret') });
  // printf 'Basic %s' "$(printf 'guest:a secret' | base64)" | sha256sum
  expect(loginMark('guest', 'a secret')).toBe(
    '6FBEC8C4F79FB948F39064012931895FF737A93825E1636CA3C0D4093F6F6C20',
  );
});

test('an environment has one guard, in the place of another, or none', () => {
  const [a, b] = [{ noindex: true }, { noindex: false, login: 'A'.repeat(64) }];
  const one = setGuard(setGuard(EMPTY_EDGE, 'shop/pr-7', a), 'shop/pr-12', b);
  expect(one.guards).toEqual([
    { environment: 'shop/pr-12', ...b },
    { environment: 'shop/pr-7', ...a },
  ]);
  expect(setGuard(one, 'shop/pr-7', b).guards[1]).toEqual({ environment: 'shop/pr-7', ...b });
  expect(setGuard(one, 'shop/pr-7', undefined).guards).toEqual([{ environment: 'shop/pr-12', ...b }]);
});

test('who wants no guard asks nothing', async () => {
  await demandGuard(context(undefined), server);
  expect(admin.commands).toEqual([]);
});

test('an edge that has the maps is well', async () => {
  await demandGuard(context(LOGIN), server);
  expect(admin.commands).toHaveLength(2);
  expect(warned).toEqual([]);
});

test('one that has not is refused a login, and only a restart is left to do', async () => {
  knows = false;
  await expect(demandGuard(context(LOGIN), server)).rejects.toThrow(/older version.*docker restart/s);
  expect(sandbox.read(`${EDGE}/haproxy.cfg`)).toContain('login.map');
  expect(sandbox.read(`${EDGE}/maps/login.map`)).toBe('');
});

test('that search engines could come is a warning', async () => {
  knows = false;
  await demandGuard(context({ noindex: true }), server);
  expect(warned).toEqual([expect.objectContaining({ code: 'edge-old' })]);
});
