#!/usr/bin/env node
// TypeScript 7 has no JavaScript compiler API, so ncc can not read .ts itself: tsc emits ESM to build/, then ncc
// bundles a CommonJS entry. The entry must be CommonJS: in an ESM bundle ssh2 dies at load (`__dirname`).
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';
import { licensesOf } from './lib/licenses.mjs';

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

// @actions/core brings a client for OIDC, and that all of undici, which no import here asks for; its package does not say
// that what is not asked for may be left out, and ncc has no setting for it. So it is resolved here, where it says so.
const core = join(root, 'build/node_modules/@actions/core');
cpSync(join(root, 'node_modules/@actions/core'), core, { recursive: true });
const told = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8'));
writeFileSync(join(core, 'package.json'), JSON.stringify({ ...told, sideEffects: false }));

const bundle = join(root, 'build/bundle');
run(
  'node_modules/@vercel/ncc/dist/ncc/cli.js',
  'build',
  'build/entry.cjs',
  '-o',
  'build/bundle',
  '-e',
  'cpu-features',
  '--stats-out',
  'build/stats.json',
  '--quiet',
);
const target = join(root, out);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const name of readdirSync(bundle)) {
  // ncc also copies what ssh2 may load on Windows or natively; a Linux runner never does.
  if (!/\.c?js$/.test(name)) continue;
  // ncc can do this itself, but to the first file alone, not to the chunks.
  const { code } = await minify(readFileSync(join(bundle, name), 'utf8'), { format: { comments: false } });
  writeFileSync(join(target, name), code);
}
const stats = JSON.parse(readFileSync(join(root, 'build/stats.json'), 'utf8'));
writeFileSync(join(target, 'licenses.txt'), licensesOf(stats));
writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');
console.log(`${out}/index.cjs ${(statSync(join(target, 'index.cjs')).size / 1024 / 1024).toFixed(2)} MB`);
