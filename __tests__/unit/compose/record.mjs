// Records what `docker compose config` makes of each fixture, so that the unit tests need no Docker:
//   node __tests__/unit/compose/record.mjs [fixture...]
// The folder of a fixture is written as WORKSPACE, so that the recording is the same on every machine.
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WORKSPACE = '/home/runner/work/app/app';
const fixtures = join(dirname(fileURLToPath(import.meta.url)), 'fixtures');

/** Only these are there for interpolation; each test that looks at one of them says its value again. */
const VARIABLES = {
  COLOR: 'green',
  RELEASE: 'r2',
  IMAGE_TAG: 'abc123',
  DB_PASSWORD: 'p$w"d',
  LEVEL: 'info',
  TOKEN: 'tok$n',
  HARD: 'a$b\'c"d\\e\nf ü',
};

const names = process.argv.length > 2 ? process.argv.slice(2) : readdirSync(fixtures);
for (const name of names) {
  const folder = join(fixtures, name);
  const profiles = name === 'reuse' ? ['--profile', 'production'] : [];
  const { status, stdout, stderr } = spawnSync(
    'docker',
    ['compose', '--project-name', 'app', '--project-directory', folder]
      .concat('--file', 'compose.yml', profiles)
      .concat('config', '--format', 'json'),
    { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH, HOME: '/home/runner', ...VARIABLES } },
  );
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  const text = stdout.replaceAll(folder, WORKSPACE).replaceAll(fixtures, dirname(WORKSPACE));
  writeFileSync(join(folder, 'config.json'), `${text.trimEnd()}\n`);
  console.log(`${name}: recorded${stderr ? `\n${stderr.trimEnd()}` : ''}`);
}
// Compose and the linter of this repository do not break lines alike.
spawnSync('npx', ['biome', 'format', '--write', fixtures], { stdio: 'inherit' });
