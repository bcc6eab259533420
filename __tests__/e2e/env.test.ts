import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { App } from './support/app.ts';
import { ask } from './support/ask.ts';
import { CommandLines } from './support/command-lines.ts';
import { expectGood } from './support/expect.ts';
import { type Rig, rigDown, rigUp, type Server, sh } from './support/rig.ts';

// What the user gives reaches the app as it is, and nobody else.

jest.setTimeout(600_000);

/** Values with what shells, YAML, dotenv files and Compose give a meaning to. */
const VALUES = {
  DOLLARS: 'a$b ${DOLLARS} $$c $(id) ${X:-y} 100%',
  QUOTES: `"double" 'single' \`back\` \\n \\\\ \\"`,
  LINES: 'first line\n  second "line"\n\n# no comment\n',
  UNICODE: 'Crème brûlée 🍮 漢字 \u2028 é',
  SPACES: '  around\t',
  SIGNS: '#hash = yes: {a: [1]} & *x !y | > - ? @ 1.10 ~',
  // 64 KiB to the byte.
  HUGE: `${'sixteen bytes $1'.repeat(4095)}and $$ an end é`,
};

/** As people write it into a file of variables; single quotes take everything but themselves as it is. */
const fileLine = (name: string, value: string): string =>
  value.includes("'")
    ? `${name}="${value.replace(/[\\"$]/g, '\\$&').replaceAll('\n', '\\n')}"`
    : `${name}='${value}'`;

let rig: Rig;
let server: Server;
let app: App;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  app = App.small('e2e-env', rig, server);
});
afterAll(async () => {
  app?.remove();
  await rigDown();
});

const valueIn = async (name: string) => {
  const { status, body } = await ask(server, app.hostname, `/env?name=${name}`);
  return status === 200 ? Buffer.from(body, 'hex').toString() : `(${status})`;
};

test('values reach the containers byte for byte: given, secret, and filled into the compose file', async () => {
  const names = Object.keys(VALUES) as (keyof typeof VALUES)[];
  app.config.env.clear = Object.fromEntries(names.map((name) => [`CLEAR_${name}`, VALUES[name]]));
  app.config.env.secret = names.map((name) => `SECRET_${name}`);
  app.secrets = Object.fromEntries(names.map((name) => [`SECRET_${name}`, VALUES[name]]));
  expect(Buffer.byteLength(VALUES.HUGE)).toBe(65_536);
  // A file of the repository, which may use the variables as well.
  const lines = names.map((name) => fileLine(`FILE_${name}`, VALUES[name]));
  writeFileSync(
    join(app.folder, 'web.env'),
    [...lines, 'FILE_FILLED="<${SECRET_DOLLARS}>"', 'FILE_RELEASE=${RELEASE}', ''].join('\n'),
  );
  app.compose.services.web = { ...app.compose.services.web, env_file: ['web.env'] };
  for (const name of names) {
    app.web[`FILLED_${name}`] = `<\${CLEAR_${name}}>`;
    app.web[`FILLED_SECRET_${name}`] = `<\${SECRET_${name}}>`;
  }

  const run = expectGood(await app.deploy());

  for (const name of names) {
    expect(await valueIn(`CLEAR_${name}`)).toBe(VALUES[name]);
    expect(await valueIn(`SECRET_${name}`)).toBe(VALUES[name]);
    expect(await valueIn(`FILLED_${name}`)).toBe(`<${VALUES[name]}>`);
    expect(await valueIn(`FILLED_SECRET_${name}`)).toBe(`<${VALUES[name]}>`);
    expect(await valueIn(`FILE_${name}`)).toBe(VALUES[name]);
  }
  expect(await valueIn('FILE_FILLED')).toBe(`<${VALUES.DOLLARS}>`);
  expect(await valueIn('FILE_RELEASE')).toBe(run.outputs.release);
  expect(await valueIn('ENVIRONMENT')).toBe('production');
  expect(await valueIn('DOMAIN_NAME')).toBe('e2e-env.example.com');
});

test('the same secrets as dotenv lines are the same: nothing changes', async () => {
  const lines = Object.entries(app.secrets).map(([name, value]) => {
    const escaped = value.replace(/[\\"$]/g, '\\$&').replaceAll('\n', '\\n');
    return `${name}="${escaped}"`;
  });

  expectGood(await app.run('deploy', { inputs: { version: 'v1', secrets: lines.join('\n') } }), 'unchanged');
});

test('a secret is in no log, no output, no argument of a process, and on the server in 0600 files alone', async () => {
  const secret = 'a-secret-that-only-this-test-knows';
  const lines = 'the-first-line-of-a-secret\nthe-second-line-of-a-secret';
  const parts = [secret, ...lines.split('\n')];
  app.config.env = { clear: {}, secret: ['TOKEN', 'LINES'] };
  app.secrets = { TOKEN: secret, LINES: lines };
  app.compose.services.web = {
    ...app.compose.services.web,
    environment: { URL: 'https://user:${TOKEN}@host/' },
    env_file: [],
  };
  app.config.hooks = { 'before-switch': { service: 'web', run: 'echo the token is $TOKEN' } };
  const watch = await CommandLines.watch(server, app.folder);

  const run = expectGood(await app.deploy({ env: { PATH: watch.path } }), 'deployed');

  const seen = await watch.stop();
  // The records are of use only when they hold what is known to have run.
  expect(seen).toMatch(/compose .*config/);
  expect(seen).toMatch(/compose .*up -d/);
  expect(seen).toMatch(/tar -xp/);
  expect(run.log).toContain('the token is ***');
  for (const part of parts) {
    expect(seen).not.toContain(part);
    expect(run.log).not.toContain(part);
    expect(JSON.stringify(run.outputs)).not.toContain(part);
    expect(run.summary).not.toContain(part);
    const holders = await sh(
      server,
      `grep -rlF '${part}' /home/deploy /etc /var/log /tmp 2>/dev/null | xargs -r stat -c '%a %U %n'`,
    );
    for (const line of holders.trim().split('\n')) {
      expect(line).toMatch(/^600 deploy \/home\/deploy\/\.restaurant-deploy\/apps\//);
    }
  }
  expect(await valueIn('URL')).toBe(`https://user:${secret}@host/`);
  expect(await valueIn('LINES')).toBe(lines);
});
