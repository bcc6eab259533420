import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { bringStack, removeStack, stackFiles } from '../../../src/monitoring/stack.ts';
import { Sandbox } from '../deploy/sandbox.ts';

const SECRET = 'https://hooks.example.com/T0/s3cr3t';
let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  // There is no socket of Docker's here.
  sandbox.tool('sleep', ':');
  sandbox.tool('stat', 'case $3 in /var/run/docker.sock) echo 998 ;; *) exec /usr/bin/stat "$@" ;; esac');
});
afterEach(() => sandbox.remove());

const home = () => sandbox.path('.restaurant-deploy');
const path = (name: string) => sandbox.path(`.restaurant-deploy/monitoring/${name}`);
const text = (name: string) => readFileSync(path(name), 'utf8');
async function up(...urls: string[]) {
  const { command, input } = bringStack(
    home(),
    urls.map((url) => ({ to: 'slack' as const, url })),
  );
  return sandbox.host.run(command, { input });
}

test('the files come, the folders and the password are made, and Compose is asked once', async () => {
  expect(await up(SECRET)).toMatchObject({ code: 0, stderr: '' });
  for (const [name, content] of Object.entries(stackFiles([{ to: 'slack', url: SECRET }])))
    expect({ name, content: text(name) }).toEqual({ name, content });
  expect(text('.env')).toMatch(/^RD_UID=\d+\nRD_GID=\d+\nRD_DOCKER_GID=998\nRD_CONFIG=[0-9a-f]{16}\n$/);
  expect(text('secrets/admin-password')).toMatch(/^[A-Za-z0-9+/]{24}$/);
  for (const name of ['secrets/admin-password', 'alertmanager/slack-1.url'])
    expect(statSync(path(name)).mode & 0o77).toBe(0);
  expect(statSync(sandbox.path('.restaurant-deploy/metrics')).mode & 0o777).toBe(0o755);
  const calls = sandbox.calls().map((words) => words.join(' '));
  expect(calls).toEqual([
    expect.stringMatching(/^compose .*-p restaurant-deploy-monitoring .* config --images$/),
    expect.stringMatching(/^compose .*-p restaurant-deploy-monitoring .* up -d /),
    expect.stringMatching(/^ps -a .*status=restarting/),
  ]);
  expect(calls.join()).not.toContain('s3cr3t');
});

test('the second time the password stays, a file that is gone goes, and the mark changes with the files alone', async () => {
  await up(SECRET);
  const [password, before] = [text('secrets/admin-password'), text('.env')];
  await up(SECRET);
  expect(text('.env')).toBe(before);
  await up();
  expect(text('secrets/admin-password')).toBe(password);
  expect(text('.env')).not.toBe(before);
  expect(existsSync(path('alertmanager/slack-1.url'))).toBe(false);
});

test('what Compose said is told when it fails', async () => {
  sandbox.docker('echo "no such image" >&2; exit 1');
  expect(await up()).toMatchObject({ code: 78, stdout: expect.stringContaining('no such image') });
});

const WITHOUT_IMAGES = `case $* in
  *'config --images') echo prom/prometheus:v9 ;;
  'image inspect '*) exit 1 ;;
  pull*) echo 'no such host' >&2; exit 1 ;;
esac`;

test('without an image nothing is there of a first start, and nothing is changed of a later one', async () => {
  sandbox.docker(WITHOUT_IMAGES);
  const failed = { code: 78, stdout: 'no such host\nthe image prom/prometheus:v9 can not be had\n' };
  expect(await up()).toMatchObject(failed);
  expect(readdirSync(home())).toEqual([]);

  sandbox.docker(':');
  await up(SECRET);
  const before = text('.env');
  sandbox.docker(WITHOUT_IMAGES);
  expect(await up()).toMatchObject(failed);
  expect(text('.env')).toBe(before);
  expect(text('alertmanager/slack-1.url')).toBe(SECRET);
  expect(existsSync(path('.new'))).toBe(false);
});

test('an image that is there is not pulled again', async () => {
  sandbox.docker(`case $* in *'config --images') echo prom/prometheus:v9 ;; pull*) exit 1 ;; esac`);
  expect(await up()).toMatchObject({ code: 0 });
});

test('a container that ends again and again is told with its log, and is no success', async () => {
  sandbox.docker('case $1 in ps) echo loki-1 ;; logs) echo "field nonsense not found" ;; esac');
  expect(await up()).toMatchObject({
    code: 78,
    stdout: 'loki-1 does not stay up:\nfield nonsense not found\n',
  });
});

test('the end takes containers, files and what was gathered; what deploys wrote stays', async () => {
  await up();
  sandbox.docker('case $1 in ps) echo c1 ;; inspect) echo grafana/loki:3 ;; esac');
  const { code, stdout } = await sandbox.host.run(removeStack(home()));
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'removed\n' });
  const calls = sandbox.calls().map((words) => words.join(' '));
  expect(calls).toContain('rm -f c1');
  expect(calls).toContain('image rm grafana/loki:3');
  expect(existsSync(path(''))).toBe(false);
  expect(existsSync(sandbox.path('.restaurant-deploy/metrics'))).toBe(true);
  expect(await sandbox.host.run(removeStack(home()))).toMatchObject({ code: 0, stdout: '' });
});
