import { mkdirSync, statSync } from 'node:fs';
import { type LoginRequest, openRegistry } from '../../../../src/build/registry/login.ts';
import type { DeployError } from '../../../../src/errors.ts';
import { Sandbox } from '../../deploy/sandbox.ts';

let runner: Sandbox;
let waited: number[];
beforeEach(() => {
  runner = new Sandbox();
  waited = [];
});
afterEach(() => runner.remove());

function open(credentials?: LoginRequest['credentials'], signal = new AbortController().signal) {
  return openRegistry({
    local: runner.host,
    env: runner.env,
    prefix: 'ghcr.io/org',
    credentials,
    folder: () => {
      mkdirSync(runner.path('own'), { mode: 0o700 });
      return runner.path('own');
    },
    sleep: async (ms) => {
      waited.push(ms);
    },
    signal,
  });
}
const refused = (opening: Promise<unknown>) =>
  opening.then(
    () => 'it let us in',
    ({ faults }: DeployError) => faults.map(({ code, what }) => `${code}: ${what}`).join('\n'),
  );
const calls = () => runner.calls().map((words) => words.join(' '));

describe('with a login', () => {
  const cook = { username: 'cook', password: 'secret' };

  test('docker gets the password by standard input, and a folder that is ours but for the logins', async () => {
    runner.write('.docker/config.json', '{"auths": {"quay.io": {"auth": "x"}}, "currentContext": "c"}');
    runner.write('.docker/contexts/meta', 'of the user');
    runner.docker(
      'cat >got; cat "$DOCKER_CONFIG/contexts/meta" >>got; cat "$DOCKER_CONFIG/config.json" >>got',
    );
    const registry = await open(cook);
    expect(calls()).toEqual(['login --username cook --password-stdin ghcr.io']);
    expect(runner.read('got')).toBe(
      'secretof the user{"auths":{"quay.io":{"auth":"x"}},"currentContext":"c","credHelpers":{}}',
    );
    expect(statSync(runner.path('own/config.json')).mode & 0o777).toBe(0o600);
    expect(registry).toMatchObject({
      name: 'ghcr.io',
      prefix: 'ghcr.io/org',
      env: { DOCKER_CONFIG: runner.path('own') },
    });
    expect(JSON.parse(registry.serverConfig ?? '')).toEqual({
      auths: { 'ghcr.io': { auth: Buffer.from('cook:secret').toString('base64') } },
    });
    expect(runner.read('.docker/config.json')).toContain('currentContext');
  });

  test('that is refused: said once', async () => {
    runner.docker('cat >/dev/null; echo "Error response from daemon: Get x: denied: denied" >&2; exit 1');
    expect(await refused(open(cook))).toBe(
      'registry-login: The registry refuses the login of cook: Get x: denied: denied.',
    );
    expect(calls()).toHaveLength(1);
  });

  test('a registry that does not answer is asked three times', async () => {
    runner.docker('echo "Error response from daemon: dial tcp: lookup ghcr.io: no such host" >&2; exit 1');
    expect(await refused(open(cook))).toBe(
      'registry-unreachable: The registry can not be reached from the runner: dial tcp: lookup ghcr.io: no such host.',
    );
    expect(calls()).toHaveLength(3);
    expect(waited).toEqual([1000, 2000]);
  });

  test('one that answers at last is fine', async () => {
    runner.docker('[ -e once ] || { touch once; echo "i/o timeout" >&2; exit 1; }');
    await open(cook);
    expect(calls()).toHaveLength(2);
  });

  test('a cancelled run does not go on asking', async () => {
    runner.docker('touch begun; exec sleep 60');
    const stop = new AbortController();
    const opening = open(cook, stop.signal);
    while (runner.read('begun') === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort(new Error('cancelled'));
    await expect(opening).rejects.toThrow('cancelled');
    expect(calls()).toHaveLength(1);
  });
});

describe('without a login of ours', () => {
  test('that of the runner is tried', async () => {
    runner.write('.docker/config.json', '{"auths": {"ghcr.io": {"auth": "x"}}}');
    expect(await open()).toMatchObject({ env: runner.env, serverConfig: undefined });
    expect(calls()).toEqual(['login ghcr.io']);
  });

  test('one that has expired is told as that of the runner', async () => {
    runner.write('.docker/config.json', '{"auths": {"ghcr.io": {"auth": "x"}}}');
    runner.docker(
      'echo "Login did not succeed, error: Error response from daemon: status: 401 Unauthorized" >&2; echo "Error: Cannot perform an interactive login from a non TTY device" >&2; exit 1',
    );
    expect(await refused(open())).toBe(
      'registry-login: The registry refuses the login that this runner has: status: 401 Unauthorized.',
    );
  });

  test('a registry that knows nobody by name lets us in', async () => {
    runner.docker('echo "manifest for x not found: manifest unknown" >&2; exit 1');
    expect(await open()).toMatchObject({ serverConfig: undefined });
    expect(calls()).toEqual(['pull --quiet ghcr.io/org/restaurant-deploy-asks:restaurant-deploy-asks']);
  });

  test('a registry that wants one is told as such', async () => {
    runner.docker('echo "Error response from daemon: Head x: no basic auth credentials" >&2; exit 1');
    expect(await refused(open())).toBe(
      'registry-login-missing: The registry wants a login, and there is none.',
    );
  });

  test('a registry that docker does not trust is told with what to do', async () => {
    runner.docker('echo "http: server gave HTTP response to HTTPS client" >&2; exit 1');
    await expect(open()).rejects.toThrow(/insecure-registries/);
  });
});
