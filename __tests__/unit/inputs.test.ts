import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeployError } from '../../src/errors.ts';
import { actionSource, readInputs } from '../../src/inputs.ts';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n';
const GITHUB = {
  GITHUB_WORKSPACE: '/home/runner/shop',
  GITHUB_REPOSITORY: 'org/shop',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_RUN_ID: '42',
  GITHUB_RUN_ATTEMPT: '3',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  GITHUB_ACTOR: 'ann',
  GITHUB_EVENT_NAME: 'push',
};

function read(given: Record<string, string> = {}, env: Record<string, string> = GITHUB) {
  const inputs: Record<string, string> = { 'ssh-key': KEY, ...given };
  return readInputs(actionSource((name) => inputs[name] ?? '', env));
}
function refused(given: Record<string, string>, env: Record<string, string> = GITHUB): string[] {
  try {
    read(given, env);
  } catch (error) {
    if (error instanceof DeployError) return error.message.split('\n');
    throw error;
  }
  throw new Error('these were taken');
}

test('a key is all that must be given', () => {
  expect(read()).toEqual({
    command: 'deploy',
    config: 'deploy.yml',
    environment: 'production',
    pullRequest: undefined,
    commit: GITHUB.GITHUB_SHA,
    hosts: [],
    sshKey: KEY,
    sshPassphrase: undefined,
    sshKnownHosts: '',
    registryLogin: undefined,
    secrets: '',
    version: GITHUB.GITHUB_SHA,
    release: undefined,
    images: undefined,
    skip: new Set(),
    periodMs: 30 * 86_400_000,
    monitoring: 'up',
    force: false,
    githubToken: '',
    run: {
      workspace: '/home/runner/shop',
      repository: 'org/shop',
      repositoryUrl: 'https://github.com/org/shop',
      sha: GITHUB.GITHUB_SHA,
      runUrl: 'https://github.com/org/shop/actions/runs/42',
      actor: 'ann',
      apiUrl: 'https://api.github.com',
      event: { name: 'push', pullRequest: undefined, foreign: false },
      runAttempt: 3,
    },
  });
});

test('all inputs are read', () => {
  const inputs = read({
    command: ' rollback ',
    config: 'ops/deploy.yml',
    environment: 'staging',
    host: '\ndeploy@203.0.113.7\r\n  deploy@[2001:db8::7]:2222\n',
    'ssh-passphrase': ' two words \n',
    'ssh-known-hosts': 'SHA256:abc\nSHA256:def',
    'registry-username': ' cook ',
    'registry-password': 'a password \n',
    secrets: "A='x '\n",
    version: 'v1.2.3',
    release: '20240102-abc',
    skip: 'test, build\npush',
    period: '24h',
    force: 'true',
  });
  expect(inputs).toMatchObject({
    command: 'rollback',
    config: 'ops/deploy.yml',
    environment: 'staging',
    hosts: ['deploy@203.0.113.7', 'deploy@[2001:db8::7]:2222'],
    sshPassphrase: ' two words ',
    sshKnownHosts: 'SHA256:abc\nSHA256:def',
    registryLogin: { username: 'cook', password: 'a password ' },
    secrets: "A='x '\n",
    version: 'v1.2.3',
    release: '20240102-abc',
    skip: new Set(['test', 'build', 'push']),
    periodMs: 86_400_000,
    force: true,
  });
  expect(Object.isFrozen(inputs)).toBe(true);
  expect(Object.isFrozen(inputs.hosts)).toBe(true);
});

test('an expression that came out empty is as if not given', () => {
  expect(read({ environment: ' ', command: '', version: '\n' })).toMatchObject({
    environment: 'production',
    command: 'deploy',
    version: GITHUB.GITHUB_SHA,
  });
});

test('outside of GitHub the facts of a run are unknown', () => {
  expect(read({ command: 'status' }, {})).toMatchObject({
    version: '',
    run: { workspace: process.cwd(), sha: undefined, runUrl: undefined, actor: undefined, runAttempt: 1 },
  });
});

test.each([
  [
    { command: 'rolback' },
    'The input command must be "deploy", "build", "rollback", "preview", "remove", "prune", "status", "plan", "report", "unlock" or "monitoring", not "rolback". Write "rollback".',
  ],
  [
    { command: 'Deploy' },
    'The input command must be "deploy", "build", "rollback", "preview", "remove", "prune", "status", "plan", "report", "unlock" or "monitoring", not "Deploy". Write "deploy".',
  ],
  [
    { command: 'constructor' },
    'The input command must be "deploy", "build", "rollback", "preview", "remove", "prune", "status", "plan", "report", "unlock" or "monitoring", not "constructor". Choose one of them.',
  ],
  [
    { environment: 'Staging' },
    'The input environment must be 1 to 32 lower-case letters, digits and inner dashes, not "Staging". Write for instance "staging".',
  ],
  [
    { host: '203.0.113.7' },
    'The input host names no user to log in as: "203.0.113.7". Write "user@host", such as "deploy@203.0.113.7".',
  ],
  [
    { version: 'feature/menu' },
    'The input version can not be the tag of an image: "feature/menu". Use letters, digits, ".", "_" and "-", such as "feature-menu".',
  ],
  [
    { release: '../../etc' },
    'The input release is no release: "../../etc". `status` lists the releases that are kept.',
  ],
  [{ skip: 'tests' }, 'The input skip must be "test", "build" or "push", not "tests". Write "test".'],
  [{ period: '30' }, 'The input period needs a unit: "30" is a bare number. Write "30d".'],
  [
    { period: 'a month' },
    'The input period must be a duration, not "a month". Write whole numbers with units, the longest first, such as "250ms", "30s", "10m" or "1h30m".',
  ],
  [
    { 'registry-username': 'cook', 'registry-password': ' ' },
    'The input registry-password is missing or empty, and registry-username is given. Give both or neither; a secret that is not set in the repository comes as an empty text.',
  ],
  [
    { 'registry-password': 'x' },
    'The input registry-username is missing, and registry-password is given. Give both or neither; a secret that is not set in the repository comes as an empty text.',
  ],
  [{ force: 'yes' }, 'The input force must be true or false, not "yes". Write true.'],
  [{ force: 'True' }, 'The input force must be true or false, not "True". Write true.'],
  [
    { 'ssh-key': '' },
    'The input ssh-key is missing or empty. Give it as `${{ secrets.NAME }}` and set that secret in the repository; GitHub hands none to a workflow that a fork began.',
  ],
  [
    { 'ssh-key': '/nowhere/key' },
    'The input ssh-key names a file that can not be read: "/nowhere/key". Check the path and its mode.',
  ],
])('%j is refused', (given, message) => expect(refused(given)).toEqual([message]));

const IMAGE = `ghcr.io/org/shop-web@sha256:${'a'.repeat(64)}`;

test('the images of an earlier job are taken by digest alone', () => {
  expect(read({ images: `{"web": "${IMAGE}"}\n` }).images).toEqual(new Map([['web', IMAGE]]));
  const remedy = 'Give the output images of the job that builds, such as ${{ needs.build.outputs.images }}.';
  expect(refused({ images: 'web=1' })).toEqual([
    `The input images is no JSON object of services and images: "web=1". ${remedy}`,
  ]);
  for (const wrong of [
    'ghcr.io/org/shop-web:v1',
    `--privileged@sha256:${'a'.repeat(64)}`,
    `${IMAGE}\n`,
    1,
    null,
  ]) {
    expect(refused({ images: JSON.stringify({ web: wrong }) })).toEqual([
      `The input images names no image by digest for "web". ${remedy}`,
    ]);
  }
});

test('a build goes to no server, so it needs no key; it needs a version', () => {
  expect(read({ command: 'build', 'ssh-key': '' })).toMatchObject({ command: 'build', sshKey: '' });
  expect(refused({ command: 'build', 'ssh-key': '' }, {})).toHaveLength(1);
});

test('a deploy needs a version', () => {
  expect(refused({}, {})).toEqual(['The input version is not given, and no commit is known. Name it.']);
});

test('all faults come at once', () => {
  expect(refused({ command: 'x', host: 'a\nb', force: '1', 'ssh-key': '' })).toHaveLength(5);
});

describe('a key or known hosts in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inputs-'));
    writeFileSync(join(folder, 'id_ed25519'), KEY);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('by its absolute path', () =>
    expect(read({ 'ssh-key': `${join(folder, 'id_ed25519')}\n` }).sshKey).toBe(KEY));
  test('by a path from the workspace', () => {
    const inputs = read({ 'ssh-known-hosts': './id_ed25519' }, { ...GITHUB, GITHUB_WORKSPACE: folder });
    expect(inputs.sshKnownHosts).toBe(KEY);
  });
  test('by a path from the home folder', () => {
    expect(refused({ 'ssh-key': '~/no-such-key-here' })[0]).toContain('"~/no-such-key-here"');
    expect(homedir()).not.toBe('');
  });
  test('what is no path is the key itself, whatever it is', () => {
    expect(read({ 'ssh-key': 'c29tZXRoaW5n' }).sshKey).toBe('c29tZXRoaW5n');
  });
});

describe('the pull request', () => {
  const HEAD = '1234567890123456789012345678901234567890';
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'event-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const event = (action: string, number = 7) => {
    const path = join(folder, 'event.json');
    const pull_request = { number, head: { sha: HEAD, repo: { full_name: 'org/shop' } } };
    writeFileSync(path, JSON.stringify({ action, pull_request }));
    return { ...GITHUB, GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: path };
  };

  test('of the event names the environment, and its commit the version', () => {
    expect(read({ command: 'preview' }, event('opened'))).toMatchObject({
      command: 'preview',
      environment: 'pr-7',
      pullRequest: 7,
      commit: HEAD,
      version: HEAD,
    });
    expect(read({ command: 'preview', version: 'v1' }, event('opened'))).toMatchObject({
      version: 'v1',
      commit: HEAD,
    });
  });

  test('that is closed is the end of its preview', () => {
    expect(read({ command: 'preview' }, event('closed'))).toMatchObject({
      command: 'remove',
      environment: 'pr-7',
    });
  });

  test('that is named goes before that of the event; its commit is what is checked out', () => {
    const env = { ...event('opened'), GITHUB_WORKSPACE: folder };
    expect(read({ command: 'preview', 'pull-request': '12' }, env)).toMatchObject({
      environment: 'pr-12',
      commit: GITHUB.GITHUB_SHA,
    });
  });

  test('is nothing to other commands', () => {
    expect(read({ command: 'deploy' }, event('opened'))).toMatchObject({
      environment: 'production',
      pullRequest: undefined,
      version: GITHUB.GITHUB_SHA,
    });
  });

  test('of a run by hand has to be named, and by a number', () => {
    expect(refused({ command: 'preview' })).toEqual([
      'The input pull-request is missing, and the event that began this run has no pull request. Run it on the event pull_request, or give the number.',
    ]);
    for (const wrong of ['0', '#7', '7 ', 'seven', '1e3', '99999999999', '7; rm'])
      if (wrong.trim() !== '7')
        expect(refused({ command: 'preview', 'pull-request': wrong })[0]).toContain(
          'is no number of a pull request',
        );
  });

  test('is what is removed, or another environment by its name; production only when told so', () => {
    expect(read({ command: 'remove', 'pull-request': '3' }).environment).toBe('pr-3');
    expect(read({ command: 'remove' }, event('labeled')).environment).toBe('pr-7');
    expect(read({ command: 'remove', environment: 'staging' }, event('labeled')).environment).toBe('staging');
    expect(refused({ command: 'remove' })[0]).toContain(
      'is production, and removing it would delete its data',
    );
    expect(read({ command: 'remove', force: 'true' }).environment).toBe('production');
  });
});

test('a jump host is a server like the others', () => {
  expect(read({ 'jump-host': ' deploy@jump.example.com:2222 ' }).jumpHost).toBe(
    'deploy@jump.example.com:2222',
  );
  expect(read().jumpHost).toBeUndefined();
  expect(refused({ 'jump-host': 'jump.example.com' })[0]).toMatch(
    /^The input jump-host names no user to log in as/,
  );
});
