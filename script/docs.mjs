#!/usr/bin/env node
// Writes what is made from the sources: the inputs of action.yml, the tables of the README, the JSON Schema and the docs
// of deploy.yml, the workflows that `init` writes, and the dashboards. With --check it changes nothing and ends with 1 when a file is not as it would be written.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (!process.features.typescript) {
  // This Node can not read TypeScript; the one that the tests run on can.
  const node = join(root, 'node_modules/node/bin/node');
  if (!existsSync(node)) {
    console.error('script/docs.mjs needs Node 22.18 or later, or `npm ci` first.');
    process.exit(1);
  }
  process.exit(spawnSync(node, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1);
}

const { dashboards } = await import('./lib/dashboards.mjs');
const { actionFile, readmeFile } = await import('./lib/docs-action.mjs');
const { configurationPage } = await import('./lib/docs-configuration.mjs');
const { jsonSchema } = await import('./lib/docs-schema.mjs');
const { monitoringModule } = await import('./lib/docs-monitoring.mjs');
const { workflowsModule } = await import('./lib/docs-workflows.mjs');

const read = (name) => (existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : '');
const action = actionFile(read('action.yml'));
const made = {
  'action.yml': action,
  'schema/deploy.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
  'docs/configuration.md': configurationPage(),
  'src/init/workflows.ts': workflowsModule(read),
  ...dashboards(),
  'src/monitoring/files.ts': monitoringModule(read, dashboards()),
  ...(read('README.md') && { 'README.md': readmeFile(read('README.md'), action) }),
};

const differing = Object.entries(made).filter(([name, text]) => read(name) !== text);
if (process.argv.includes('--check')) {
  for (const [name] of differing)
    console.error(`${name} is not what the sources make of it: run \`npm run docs\`.`);
  process.exit(differing.length > 0 ? 1 : 0);
}
for (const [name, text] of differing) {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
  console.log(`${name} written`);
}
