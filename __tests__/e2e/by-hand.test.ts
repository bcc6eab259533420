import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { serves } from './support/ask.ts';
import { expectGood, expectNothingFailed } from './support/expect.ts';
import { EVERY_KIND, load } from './support/load.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';

// bin/rollback on the server itself: the way back when there is neither GitHub nor Node.js.

jest.setTimeout(300_000);

const ROOT = '/home/deploy/.restaurant-deploy/apps/e2e-oddly/production';

let rig: Rig;
let server: Server;
let app: App;
/** Releases by their place in the order of deploys. */
const releases: string[] = [];

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = new App('e2e-oddly', rig, server);
  for (const mark of ['one', 'two', 'three']) {
    app.config.env.clear = { MARK: mark };
    releases.push(expectGood(await app.deploy()).outputs.release ?? '');
  }
});
afterAll(async () => {
  app?.remove();
  await rigDown();
});

/** Runs the script as the deploy user; what it said, and how it ended. */
async function byHand(words: string, before = ''): Promise<{ said: string; code: number }> {
  const all = await sh(
    server,
    `su deploy -c '${before} ~/.restaurant-deploy/bin/rollback ${words}' 2>&1 </dev/null; echo "ended $?"`,
  );
  const [, said = '', code] = /^([\s\S]*)ended (\d+)\s*$/.exec(all) ?? [];
  return { said, code: Number(code) };
}
const left = () => sh(server, `cd ${ROOT}; ls -d journal.json lease 2>/dev/null || :`);

test('it goes to the release before, with its env, and loses no request', async () => {
  const clients = await load(server, app.hostname, '^e2e-oddly ', [...EVERY_KIND, '--clients', '6']);

  const { said, code } = await byHand('');

  expect({ said, code }).toEqual({ said: expect.stringContaining(`${releases[1]} serves (green)`), code: 0 });
  const seen = expectNothingFailed(await clients.stop(), 50);
  expect(Object.keys(seen.answers).sort()).toEqual([releases[1], releases[2]]);
  expect(await serves(server, app.hostname)).toEqual({ release: releases[1], color: 'green' });
  expect(await left()).toBe('');
});

test('a second time it goes one further back, to a release that no container is left of', async () => {
  const clients = await load(server, app.hostname, '^e2e-oddly ', [...EVERY_KIND, '--clients', '6']);

  const { said } = await byHand('e2e-oddly production');

  expect(said).toContain(`${releases[0]} serves (blue)`);
  expectNothingFailed(await clients.stop(), 50);
  expect((await byHand('--list')).said).toBe(
    `${releases[0]}  live (blue)\n${releases[1]}  standby (green)\n${releases[2]}\n`,
  );
});

/** A folder of links to all programs but those that talk to a socket, of which it has one or none. */
async function programs(talker = ''): Promise<string> {
  const path = `/tmp/programs-${talker}`;
  await sh(
    server,
    `mkdir -p ${path}; for file in /usr/sbin/* /usr/bin/*; do case \${file##*/} in
      ${talker || '-'}) ;; perl* | python3* | socat*) continue ;; esac; ln -sf $file ${path}/; done`,
  );
  return `PATH=${path}`;
}

test('it does without perl, by socat', async () => {
  const { said, code } = await byHand(`--release ${releases[1]}`, await programs('socat'));
  expect({ said, code }).toEqual({ said: expect.stringContaining(`${releases[1]} serves`), code: 0 });
  await byHand(`--release ${releases[0]}`);
  expect((await serves(server, app.hostname)).release).toBe(releases[0]);
});

test('what it can not do it says, and changes nothing', async () => {
  const before = await serves(server, app.hostname);

  expect(await byHand(`--release ${releases[1]}`, await programs())).toEqual({
    said: expect.stringContaining('neither perl, python3 nor socat'),
    code: 1,
  });

  expect(await byHand('')).toEqual({ said: expect.stringContaining('no older good release'), code: 1 });
  expect(await byHand('--release nothing')).toEqual({
    said: expect.stringContaining('no good release nothing'),
    code: 1,
  });
  expect(await byHand('other-app')).toEqual({ said: expect.stringContaining('no such app'), code: 1 });
  expect((await byHand('--release "a b;c"')).code).toBe(1);
  await sh(server, `echo '{"token":"theirs","by":"ada","run":"somewhere","since":"now"}' >${ROOT}/lease`);
  const held = await byHand(`--release ${releases[2]}`);
  await sh(server, `rm ${ROOT}/lease`);
  expect(held).toEqual({ said: expect.stringMatching(/Another change is under way: .*ada/s), code: 1 });

  expect(await serves(server, app.hostname)).toEqual(before);
});

test('a release that does not answer well is taken away again, and the live one loses no request', async () => {
  const before = await serves(server, app.hostname);
  const clients = await load(server, app.hostname, '^e2e-oddly ', [...EVERY_KIND, '--clients', '6']);
  await sh(server, `sed -i.bak 's| /health | /nowhere |' ${ROOT}/releases/${releases[2]}/by-hand`);

  const run = await byHand(`--release ${releases[2]}`, 'timeout -s TERM 8');

  await sh(server, `mv ${ROOT}/releases/${releases[2]}/by-hand.bak ${ROOT}/releases/${releases[2]}/by-hand`);
  expect(run.code).not.toBe(0);
  expect(run.said).toContain('interrupted');
  expectNothingFailed(await clients.stop(), 50);
  expect(await serves(server, app.hostname)).toEqual(before);
  expect(await left()).toBe('');
});

test('what it did is known to the runs that follow', async () => {
  expect((await byHand(`--release ${releases[2]}`)).said).toContain(`${releases[2]} serves`);
  const status = expectGood(await app.run('status'), 'done');
  expect(status.outputs.release).toBe(releases[2]);
  expect(status.log).toMatch(/by hand/);

  app.config.env.clear = { MARK: 'four' };
  const { outputs } = expectGood(await app.deploy());
  expect(outputs['previous-release']).toBe(releases[2]);
  expect(await serves(server, app.hostname)).toEqual({ release: outputs.release, color: outputs.color });
});
