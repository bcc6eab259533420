import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { loadConfig } from '../../../src/config/load.ts';
import { DeployError } from '../../../src/errors.ts';
import { init } from '../../../src/init/init.ts';
import { initOptions } from '../../../src/init/options.ts';
import { linesAsk } from '../../../src/init/terminal.ts';

let folder: string;
const said: string[] = [];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'init-')), 'My Shop!');
  mkdirSync(folder);
  said.length = 0;
});
afterEach(() => rmSync(dirname(folder), { recursive: true }));

const file = (name: string, text: string) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const run = (words: string, answers?: string, branch = 'main') => {
  const input = new PassThrough();
  if (answers !== undefined) input.end(answers);
  return init(initOptions(words.split(' ').filter(Boolean)), {
    folder,
    branch,
    ask: answers === undefined ? undefined : linesAsk(input, new PassThrough().resume()),
    say: (line) => said.push(line),
  });
};
const config = () => loadConfig(read('deploy.yml'), 'deploy.yml', 'production');
const codesOf = async (work: Promise<unknown>) => {
  try {
    await work;
  } catch (error) {
    if (error instanceof DeployError) return error.faults.map(({ code }) => code);
    throw error;
  }
  throw new Error('this was taken');
};

describe('the restaurant of the examples', () => {
  const example = fileURLToPath(new URL('../../../examples/restaurant', import.meta.url));
  beforeEach(() => {
    cpSync(example, folder, { recursive: true });
    rmSync(join(folder, 'deploy.yml'));
  });

  test('gets what a person wrote for it', async () => {
    await run(
      '--app restaurant --host deploy@203.0.113.7 --hostname restaurant.example.com --hostname WWW.restaurant.example.com',
    );
    const by = loadConfig(readFileSync(join(example, 'deploy.yml'), 'utf8'), 'deploy.yml', 'production');
    const { app, compose, profiles, hosts, routes, shared, env, push, hooks } = config();
    expect({ app, compose, profiles, hosts, routes, shared, push, hooks }).toEqual({
      app: by.app,
      compose: by.compose,
      profiles: by.profiles,
      hosts: by.hosts,
      routes: by.routes,
      shared: by.shared,
      push: by.push,
      hooks: by.hooks,
    });
    expect(env.secret).toEqual(by.env.secret);
    expect(read('deploy.yml')).toContain(
      '# tls: {certificate: /etc/letsencrypt/live/restaurant.example.com/',
    );
    expect(read('deploy.yml')).toMatch(/^# +nginx: \{in: frontend, run: npm ci && npm test\}$/m);
    expect(said.join('\n')).toContain('SSH_KEY, DJANGO_SECRET_KEY, DB_PASSWORD');
  });

  test('says what is open when nothing was said', async () => {
    expect(await run('')).toEqual([
      'deploy.yml',
      '.github/workflows/deploy.yml',
      '.github/workflows/rollback.yml',
    ]);
    expect(config()).toMatchObject({ app: 'my-shop', hosts: ['deploy@203.0.113.7'] });
    expect(said.join('\n')).toMatch(/hosts: your server.*\n.*hosts: your hostnames/);
  });

  test('asks what it can not know, again when an answer is wrong', async () => {
    const answers = [
      'Shop',
      'shop',
      'root',
      'deploy@host.example',
      'web',
      '',
      'a.example  B.example',
      '',
      'ghcr.io/org',
    ];
    await run('', `${answers.join('\n')}\n`);
    expect(config()).toMatchObject({
      app: 'shop',
      hosts: ['deploy@host.example'],
      routes: [{ service: 'nginx', hosts: ['a.example', 'b.example'] }],
      shared: ['db'],
      push: 'ghcr.io/org',
    });
  });

  test('answers that end leave nothing half-way', async () => {
    expect(await codesOf(run('', 'shop\n'))).toEqual(['init-ended']);
    expect(existsSync(join(folder, 'deploy.yml'))).toBe(false);
    expect(existsSync(join(folder, '.github'))).toBe(false);
  });

  test('with --yes nothing is asked', async () => {
    await run('--yes', '');
    expect(config().app).toBe('my-shop');
  });

  test('writes over nothing, but when told to', async () => {
    file('.github/workflows/deploy.yml', 'mine');
    expect(await codesOf(run(''))).toEqual(['init-exists']);
    expect(existsSync(join(folder, 'deploy.yml'))).toBe(false);
    await run('--force');
    expect(read('.github/workflows/deploy.yml')).not.toBe('mine');
  });
});

describe('other apps', () => {
  test('a web app, a worker and what keeps data', async () => {
    file(
      'compose.yaml',
      `services:
  app: {build: ., ports: ["3000:3000"], environment: {DATABASE_URL: "\${DATABASE_URL}", MODE: "\${MODE}", PLACE: $PLACE}}
  worker: {build: .}
  cache: {image: "valkey/valkey:8"}
  files: {image: example/store, volumes: [files:/data]}
volumes: {files: {}}
`,
    );
    file('.env', 'MODE=fast\nDATABASE_URL=postgres://user:geheim@db/app\n');
    file('bin/rails', '');
    await run('');
    expect(config()).toMatchObject({
      compose: ['compose.yaml'],
      routes: [{ service: 'app', port: 3000, health: { path: '/' } }],
      shared: ['cache', 'files'],
      // What is known and no secret is clear; what nobody knows can not be forgotten as a secret.
      env: { clear: { MODE: 'fast' }, secret: ['DATABASE_URL', 'PLACE'] },
      hooks: { beforeSwitch: { service: 'app', run: 'bin/rails db:migrate' } },
    });
    expect(read('deploy.yml')).not.toContain('geheim');
  });

  test('workers alone have no routes', async () => {
    file('docker-compose.yml', 'services: {one: {build: ./a}, two: {build: ./b}}');
    await run('');
    expect(config().routes).toEqual([]);
    expect(said.join('\n')).toMatch(/could not be told/);
  });

  test('what is said stands above what is guessed', async () => {
    file(
      'compose.yaml',
      'services: {web: {image: a, ports: ["80:80"]}, api: {image: b}, db: {image: postgres}}',
    );
    await run('--service api --port 9000 --health /up --shared web');
    expect(config()).toMatchObject({
      routes: [{ service: 'api', port: 9000, health: { path: '/up' } }],
      shared: ['web'],
    });
  });

  test('values that mean something to YAML stay what they are', async () => {
    file('compose.yaml', 'services: {web: {image: "a:${A}${B}${C}", ports: ["80:80"]}}');
    file('.env', `A='yes: #1'\nB='{x}'\nC='1.10'\n`);
    await run('');
    expect(config().env.clear).toEqual({ A: 'yes: #1', B: '{x}', C: '1.10' });
  });

  test.each([
    ['none', undefined],
    ['no YAML', 'services: ['],
    ['no services', 'a: b'],
  ])('a compose file that is %s', async (_, text) => {
    if (text !== undefined) file('compose.yaml', text);
    expect(await codesOf(run(''))).toEqual(['init-compose']);
  });
});

test('what is wrong in the line is told, all of it', async () => {
  expect(() => initOptions('--hots a --port 0 --app X --yes --yes x --service'.split(' '))).toThrow(
    [
      'command line: init knows no "--hots". Write --host.',
      'command line: --port must be a whole number from 1 to 65535. Write for instance 80.',
      'command line: --app must be 1 to 40 lower-case letters, digits and inner dashes, not "X". Write for instance "x".',
      'command line: --yes is given twice. Keep one of them.',
      'command line: init knows no "x". See init --help.',
      'command line: --service has no value. Write --service VALUE.',
    ].join('\n'),
  );
});

describe('the workflows', () => {
  const errorsOf = async (name: string) => {
    const { context, value } = parseWorkflow({ name, content: read(name) }, new NoOperationTraceWriter());
    if (value) await convertWorkflowTemplate(context, value);
    return context.errors.getErrors().map(({ message }) => message);
  };

  test.each(['ssh', 'ghcr.io/org', 'registry.example.com/org'])(
    'with push %s, are workflows to GitHub',
    async (push) => {
      file('compose.yaml', 'services: {web: {build: ., ports: ["80:80"]}}');
      const written = await run(`--previews --push ${push}`, undefined, 'release/2.x');
      expect(written).toHaveLength(4);
      for (const name of written.slice(1))
        expect({ name, errors: await errorsOf(name) }).toEqual({ name, errors: [] });
      const deploy = read('.github/workflows/deploy.yml');
      expect(deploy).toContain('branches: [release/2.x]');
      expect(deploy).not.toMatch(/npm|pip|needs:/);
      expect(deploy.match(/registry-password: .*/)?.[0]).toBe(
        {
          ssh: undefined,
          'ghcr.io/org': 'registry-password: ${{ github.token }}',
          'registry.example.com/org': 'registry-password: ${{ secrets.REGISTRY_PASSWORD }}',
        }[push],
      );
      expect(deploy.includes('packages: write')).toBe(push === 'ghcr.io/org');
    },
  );

  test.each(['a] b', '-x', "it's", '$(id)', ''])('the branch %j does not get into them', async (branch) => {
    file('compose.yaml', 'services: {web: {build: ., ports: ["80:80"]}}');
    await run('', undefined, branch);
    expect(read('.github/workflows/deploy.yml')).toContain('branches: [main]');
  });
});

test.each([
  ['of nothing that tells it', 'image: org/shop', true],
  ['of a published one', 'image: org/shop\n    ports: ["3000"]', false],
  ['of a proxy, whose is known', 'image: nginx:alpine', false],
])('the port %s is told to be a guess, or not', async (_, service, guess) => {
  file('compose.yaml', `services:\n  shop:\n    ${service}\n`);
  await run('');
  expect(said.join('\n').includes('routes[0].port: the port that shop listens on; 8000 is a guess')).toBe(
    guess,
  );
});

test('a variable that is taken over as it is becomes a secret', async () => {
  file('compose.yaml', 'services: {shop: {image: org/shop, environment: [DJANGO_SECRET_KEY, "DEBUG=0"]}}\n');
  await run('');
  expect(config().env.secret).toEqual(['DJANGO_SECRET_KEY']);
});

test('a compose file that is cut is told in one sentence', async () => {
  file('compose.yaml', 'services: [a\n');
  await expect(run('')).rejects.toThrow(/can not be read: [^:]*[^:.]\. docker compose config/);
});
