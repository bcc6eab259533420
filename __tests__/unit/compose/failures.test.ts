import { configFault } from '../../../src/compose/failures.ts';
import { WORKSPACE } from './fixture.ts';

const one = { files: ['compose.yml'], profiles: [], projectDir: WORKSPACE, projectName: 'app' };
const two = { ...one, files: ['compose.yml', 'compose.prod.yml'] };
const fault = (stderr: string, source = one, code = 1) => configFault({ code, stderr }, source);

describe('sentences of Compose 2.26 and 2.40, as they were printed', () => {
  test.each([
    ["docker: 'compose' is not a docker command.\nSee 'docker --help'\n", 'compose-plugin-missing'],
    ['docker: unknown command: docker compose\n\nRun docker --help', 'compose-plugin-missing'],
    ["unknown flag: --project-name\nSee 'docker --help'.\n", 'compose-plugin-missing'],
    [`open ${WORKSPACE}/compose.yml: no such file or directory\n`, 'compose-file-missing'],
    [`read ${WORKSPACE}/compose.yml: is a directory\n`, 'compose-file-missing'],
    [
      `env file ${WORKSPACE}/no.env not found: stat ${WORKSPACE}/no.env: no such file or directory\n`,
      'compose-env-file-missing',
    ],
    [
      'error while interpolating services.a.image: required variable X is missing a value: must be given\n',
      'compose-variable-required',
    ],
    [
      'invalid interpolation format for services.a.image.\nYou may need to escape any $ with another $.\nx${}\n',
      'compose-interpolation',
    ],
    ['yaml: line 4: did not find expected node content\n', 'compose-invalid'],
    ['service "a" refers to undefined network q: invalid compose project\n', 'compose-invalid'],
    ['empty compose file\n', 'compose-invalid'],
  ])('%j is %s', (stderr, code) => {
    expect(fault(stderr).code).toBe(code);
    expect(fault(stderr).remedy).toBeTruthy();
  });
});

test('a shell that finds no docker is no Compose error', () => {
  expect(fault('sh: 1: docker: not found', one, 127).code).toBe('compose-docker-missing');
});

test('place and line are kept', () => {
  const newer = `failed to parse ${WORKSPACE}/compose.prod.yml: yaml: line 4: did not find expected node content\n`;
  expect(fault(newer, two)).toMatchObject({
    file: 'compose.prod.yml',
    line: 4,
    what: 'Docker Compose can not read this: did not find expected node content.',
  });
  const duplicate = 'yaml: unmarshal errors:\n  line 3: mapping key "a" already defined at line 2\n';
  expect(fault(duplicate)).toMatchObject({
    file: 'compose.yml',
    line: 3,
    what: 'Docker Compose can not read this: mapping key "a" already defined at line 2.',
  });
  const schema = `validating ${WORKSPACE}/compose.yml: services.a Additional property imagee is not allowed\n`;
  expect(fault(schema, two)).toMatchObject({
    file: 'compose.yml',
    what: 'Docker Compose can not read this: services.a Additional property imagee is not allowed.',
  });
  const envFile = `failed to read ${WORKSPACE}/bad.env: line 2: unterminated quoted value "x\n`;
  expect(fault(envFile)).toMatchObject({ file: 'bad.env', line: 2 });
});

test('of several files none is blamed when Compose does not say which', () => {
  const told = fault('yaml: line 4: did not find expected node content\n', two);
  expect(told).toMatchObject({ where: 'compose.yml, compose.prod.yml' });
  expect(told).not.toHaveProperty('file');
  expect(told).not.toHaveProperty('line');
  expect(told.what).toContain('line 4');
});

test('warnings are not taken for the error', () => {
  const warning = 'time="2026-01-02T03:04:05Z" level=warning msg="line 7: `version` is obsolete"\n';
  expect(fault(`${warning}empty compose file\n`).what).toBe(
    'Docker Compose can not read this: empty compose file.',
  );
});

test('a file that is missing tells whether deploy.yml or the compose file names it', () => {
  const given = fault(`open ${WORKSPACE}/compose.yml: no such file or directory`);
  expect(given.what).toBe('The file compose.yml can not be read: no such file or directory.');
  expect(given.remedy).toContain('`compose` of deploy.yml');
  expect(fault(`open ${WORKSPACE}/common.yml: no such file or directory`).remedy).toContain('`include`');
  expect(fault('open /elsewhere/common.yml: no such file or directory').what).toContain(
    '/elsewhere/common.yml',
  );
});

test("the user's own message about a required variable is told", () => {
  const stderr =
    'error while interpolating services.a.image: required variable X is missing a value: must be given\n';
  expect(fault(stderr).what).toBe('The compose file requires the variable X: must be given.');
  expect(fault('required variable X is missing a value').what).toBe(
    'The compose file requires the variable X.',
  );
});

test('the text with the stray dollar is shown', () => {
  const stderr =
    'invalid interpolation format for services.a.image.\nYou may need to escape any $ with another $.\nx${}\n';
  expect(fault(stderr).what).toBe('`services.a.image` holds a `$` that is no variable: x${}');
});
