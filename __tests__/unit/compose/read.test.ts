import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  composeConfig,
  composeProfiles,
  interpolationEnv,
  type ReadRequest,
  readCompose,
} from '../../../src/compose/read.ts';
import { DeployError } from '../../../src/errors.ts';
import { recorded, WORKSPACE } from './fixture.ts';

type Answer = { code?: number; stdout?: string; stderr?: string };

/** A runner on which docker gives these answers in turn, and what it was asked. */
function request(answers: (Answer | Error)[], more: Partial<ReadRequest> = {}) {
  const asked: { argv: readonly string[]; env: Readonly<Record<string, string>>; cwd: string }[] = [];
  const run: ReadRequest['run'] = async (argv, { env, cwd }) => {
    asked.push({ argv, env, cwd });
    const answer = answers[asked.length - 1];
    if (answer === undefined) throw new Error(`asked more than expected: ${argv.join(' ')}`);
    if (answer instanceof Error) throw answer;
    return { code: 0, stdout: '', stderr: '', ...answer };
  };
  const source = { files: ['compose.yml'], profiles: [], projectDir: WORKSPACE, projectName: 'app' };
  return { asked, request: { ...source, env: { PATH: '/bin' }, run, ...more } };
}

async function faultsOf(answers: (Answer | Error)[], more: Partial<ReadRequest> = {}) {
  const thrown = await readCompose(request(answers, more).request).catch((error: unknown) => error);
  if (!(thrown instanceof DeployError)) throw thrown;
  return thrown.faults;
}

const json = (services: object) => JSON.stringify({ name: 'app', services });
const unset = (...names: string[]) =>
  names
    .map(
      (name) =>
        `time="2026-01-02T03:04:05Z" level=warning msg="The \\"${name}\\" variable is not set. Defaulting to a blank string."\n`,
    )
    .join('');

test('the command names files and profiles in their order', () => {
  const source = {
    files: ['compose.yml', 'compose.prod.yml'],
    profiles: ['a', 'b'],
    projectDir: WORKSPACE,
    projectName: 'shop',
  };
  const before = ['docker', 'compose', '--project-name', 'shop', '--project-directory', WORKSPACE];
  const chosen = ['--file', 'compose.yml', '--file', 'compose.prod.yml', '--profile', 'a', '--profile', 'b'];
  expect(composeConfig(source)).toEqual({ argv: [...before, ...chosen, 'config', '--format', 'json'] });
  expect(composeProfiles(source)).toEqual({ argv: [...before, ...chosen, 'config', '--profiles'] });
});

test('of the runner only what docker needs is there for interpolation', () => {
  const runner = {
    PATH: '/bin',
    HOME: '/home/runner',
    DOCKER_HOST: 'unix:///x',
    GITHUB_TOKEN: 'secret',
    DOCKER_X: undefined,
  };
  expect(interpolationEnv(runner, { COLOR: 'blue', PATH: '/mine' })).toEqual({
    PATH: '/bin',
    HOME: '/home/runner',
    DOCKER_HOST: 'unix:///x',
    COLOR: 'blue',
  });
});

test('a good file is read in one run', async () => {
  const path = join(dirname(fileURLToPath(import.meta.url)), 'fixtures/restaurant/config.json');
  const { asked, request: good } = request([{ stdout: readFileSync(path, 'utf8') }]);
  await expect(readCompose(good)).resolves.toEqual(recorded('restaurant'));
  expect(asked).toEqual([{ argv: composeConfig(good).argv, env: { PATH: '/bin' }, cwd: WORKSPACE }]);
});

test('all variables that are not set are one error', async () => {
  const [fault, ...others] = await faultsOf([
    { stdout: json({ a: { image: '' } }), stderr: unset('TAG', 'DB_PASSWORD', 'TAG') },
    { stdout: json({ a: { image: '57315', command: ['57314'] } }) },
  ]);
  expect(others).toEqual([]);
  expect(fault).toEqual({
    code: 'compose-variable-missing',
    what: 'The variables DB_PASSWORD, TAG are used but not set.',
    where: 'compose.yml',
    remedy: expect.stringContaining(
      '`env.secret` of deploy.yml, or a default in the compose file (`${DB_PASSWORD:-}`)',
    ),
  });
});

test('a variable that only services of other profiles use is none', async () => {
  const good = json({ a: { image: 'x' } });
  const { asked, request: some } = request([{ stdout: good, stderr: unset('DEV_TOKEN') }, { stdout: good }]);
  await expect(readCompose(some)).resolves.toMatchObject({ services: { a: { image: 'x' } } });
  expect(asked[1]?.env).toEqual({ PATH: '/bin', DEV_TOKEN: '57314' });
});

test('where that can not be found out, all count', async () => {
  const answers = [{ stdout: json({ a: { image: 'x' } }), stderr: unset('A', 'B') }, { code: 1 }];
  expect((await faultsOf(answers)).map(({ what }) => what)).toEqual([
    'The variables A, B are used but not set.',
  ]);
});

test('a variable that a secret or config is made of is needed too', async () => {
  const services = { a: { image: 'x', secrets: [{ source: 's' }], configs: [{ source: 'c' }] } };
  const assets = {
    secrets: { s: { environment: 'TOKEN' }, unused: { environment: 'UNUSED' } },
    configs: { c: { environment: 'LEVEL' } },
  };
  const stdout = JSON.stringify({ services, ...assets });
  const faults = await faultsOf([{ stdout }], { env: { LEVEL: 'info' } });
  expect(faults.map(({ what }) => what)).toEqual(['The variable TOKEN is used but not set.']);
  const { request: good } = request([{ stdout }], { env: { LEVEL: 'info', TOKEN: '' } });
  await expect(readCompose(good)).resolves.toMatchObject(assets);
});

test('a file that breaks for want of a variable tells the variable first', async () => {
  const broken = { code: 15, stderr: `${unset('PORT')}Invalid containerPort: \n` };
  const faults = await faultsOf([
    broken,
    { stdout: json({ a: { image: 'x', ports: [{ target: 57314 }] } }) },
  ]);
  expect(faults.map(({ code }) => code)).toEqual(['compose-variable-missing', 'compose-invalid']);
  expect(faults[0]?.what).toBe('The variable PORT is used but not set.');
});

test('no services with these profiles tells the profiles that there are', async () => {
  const [fault] = await faultsOf([{ stdout: json({}) }, { stdout: 'dev\ntest\n' }], { profiles: ['prod'] });
  expect(fault).toMatchObject({
    code: 'compose-no-services',
    what: 'With profiles prod chosen, the compose file has no services.',
    remedy: 'Choose in `profiles` of deploy.yml among: dev, test.',
  });
  expect((await faultsOf([{ stdout: json({}) }, { stdout: '' }]))[0]?.what).toBe(
    'The compose file has no services.',
  );
});

test('an answer that is not understood is told as such', async () => {
  expect((await faultsOf([{ stdout: 'services:\n' }]))[0]?.code).toBe('compose-output');
  expect((await faultsOf([{ stdout: '{"services": []}' }]))[0]?.code).toBe('compose-output');
});

test('what is not about docker is passed on as it is', async () => {
  const aborted = Object.assign(new Error('aborted'), { code: 'ABORT_ERR' });
  await expect(readCompose(request([aborted]).request)).rejects.toBe(aborted);
});

test('a runner without docker, and variables too large for a process', async () => {
  const absent = Object.assign(new Error('spawn docker ENOENT'), { code: 'ENOENT' });
  expect(await faultsOf([absent])).toMatchObject([
    { code: 'compose-docker-missing', evidence: 'spawn docker ENOENT' },
  ]);
  const large = Object.assign(new Error('spawn E2BIG'), { code: 'E2BIG' });
  const [fault] = await faultsOf([large], { env: { SMALL: 'x', KEY: 'ü'.repeat(100_000) } });
  expect(fault).toMatchObject({
    code: 'compose-env-too-large',
    what: 'The variables are too large for a process; the largest is KEY (200000 bytes).',
  });
});
