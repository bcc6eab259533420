#!/usr/bin/env node
// Trims GitHub's official OpenAPI description to the operations that the action uses: what the tests' stand-in of the API
// checks every request and answer against. The whole description (the npm package @octokit/openapi) has 13 MB, so it is
// no dependency. To bring rig/github/api.json up to date:
//
//   npm pack @octokit/openapi && tar -xzf octokit-openapi-*.tgz
//   node script/github-api.mjs package/generated/api.github.com.json
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATIONS = [
  'repos/list-deployments',
  'repos/create-deployment',
  'repos/list-deployment-statuses',
  'repos/create-deployment-status',
  'issues/list-comments',
  'issues/create-comment',
  'issues/update-comment',
  'pulls/list',
];
/** What only people read, and what other tools do with the description. */
const LEFT_OUT = new Set(['description', 'summary', 'examples', 'example', 'externalDocs', 'tags', 'links']);

const [file] = process.argv.slice(2);
if (!file) {
  console.error('usage: script/github-api.mjs FILE, where FILE is api.github.com.json of @octokit/openapi');
  process.exit(64);
}
const whole = JSON.parse(readFileSync(file, 'utf8'));

/** `named`: the keys here are names that the API chose (properties, schemas), so none of them is a keyword. */
function bare(value, named = false) {
  if (Array.isArray(value)) return value.map((one) => bare(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => named || !(LEFT_OUT.has(key) || key.startsWith('x-')))
      .map(([key, one]) => [key, bare(one, !named && (key === 'properties' || key === 'schemas'))]),
  );
}

const paths = {};
for (const [path, operations] of Object.entries(whole.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    if (OPERATIONS.includes(operation.operationId))
      paths[path] = { ...paths[path], [method]: bare(operation) };
  }
}
const found = Object.values(paths)
  .flatMap(Object.values)
  .map(({ operationId }) => operationId);
const missing = OPERATIONS.filter((id) => !found.includes(id));
if (missing.length > 0) throw new Error(`not in ${file}: ${missing.join(', ')}`);

const components = {};
const pending = [paths];
while (pending.length > 0) {
  for (const [, kind, name] of JSON.stringify(pending.pop()).matchAll(
    /"#\/components\/([^/"]+)\/([^"]+)"/g,
  )) {
    if (components[kind]?.[name]) continue;
    const part = bare(whole.components[kind][name]);
    components[kind] = { ...components[kind], [name]: part };
    pending.push(part);
  }
}
const { openapi, info } = whole;
const trimmed = {
  openapi,
  info: { title: info.title, version: info.version, license: info.license },
  paths,
  components,
};
writeFileSync(new URL('../rig/github/api.json', import.meta.url), `${JSON.stringify(trimmed)}\n`);
