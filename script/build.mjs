#!/usr/bin/env node
// TypeScript 7 has no JavaScript compiler API, so ncc can not read .ts itself: tsc emits ESM to build/, then ncc
// bundles a CommonJS entry. The entry must be CommonJS: in an ESM bundle ssh2 dies at load (`__dirname`).
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const run = (file, ...args) =>
  execFileSync(process.execPath, [join(root, file), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
const out = process.argv[2] ?? 'dist';

rmSync(join(root, 'build'), { recursive: true, force: true });
run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
writeFileSync(join(root, 'build/entry.cjs'), "module.exports = require('./index.js');\n");

const bundle = join(root, 'build/bundle');
run(
  'node_modules/@vercel/ncc/dist/ncc/cli.js',
  'build',
  'build/entry.cjs',
  '-o',
  'build/bundle',
  '-e',
  'cpu-features',
  '--minify',
  '--license',
  'licenses.txt',
  '--quiet',
);
const target = join(root, out);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const name of readdirSync(bundle)) {
  // ncc copies what ssh2 may load on Windows or natively; a Linux runner never does.
  if (name.endsWith('.exe') || name.endsWith('.node') || name === 'package.json') continue;
  const to = name === 'index.js' ? 'index.cjs' : name;
  cpSync(join(bundle, name), join(target, to), { recursive: true });
}
writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');
console.log(`${out}/index.cjs ${(statSync(join(target, 'index.cjs')).size / 1024 / 1024).toFixed(2)} MB`);
