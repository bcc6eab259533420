// docs/configuration.md: a whole file with comments first, then a section a key. All of it comes from the schema.
import { stringify } from 'yaml';
import { kernel, shapeOf } from '../../src/config/outline.ts';
import { fileSchema } from '../../src/config/schema.ts';
import { about, layout, outline } from './docs-schema.mjs';

const WIDTH = 100;
/** A space at which no line is broken. */
const TIED = '\u00a0';

/** A deploy.yml with every key there is, each with its meaning above it. */
export function fullExample() {
  const head =
    '# yaml-language-server: $schema=https://raw.githubusercontent.com/org/restaurant-deploy/v1/schema/deploy.schema.json';
  return `${head}\n\n${exampleOf(fileSchema, '').trimEnd()}\n`;
}

function exampleOf(schema, indent) {
  let text = '';
  for (const [key, child] of Object.entries(shapeOf(schema))) {
    const said = about(child);
    if (indent === '' && text !== '') text += '\n';
    text += comment(`${said.description}${fallback(said)}`, indent);
    text += `${indent}${key}:${exampleValue(key, child, said, indent)}`;
  }
  return text;
}

function exampleValue(key, child, said, indent) {
  const deeper = `${indent}  `;
  const kind = kernel(child);
  switch (layout(child)) {
    case 'map':
      return `\n${exampleOf(child, deeper)}`;
    case 'list of maps':
      return `\n${asItem(exampleOf(kind.element, `${deeper}  `), deeper)}`;
    case 'named maps': {
      // An overlay has the keys of the base: its own example says better how it is meant.
      if (key === 'environments') return `\n${block(said.examples[0], deeper)}`;
      const [name] = Object.keys(said.examples[0]);
      return `\n${deeper}${name}:\n${exampleOf(kind.valueType, `${deeper}  `)}`;
    }
    default:
      return ` ${flow(said.examples[0])}\n`;
  }
}

/** A map as an item of a list: the dash stands before its first key, below that key's comment. */
function asItem(map, indent) {
  const lines = map.split('\n');
  const first = lines.findIndex((line) => !line.trimStart().startsWith('#'));
  return lines
    .map((line, index) => {
      if (index > first) return line;
      return index < first ? line.slice(2) : `${indent}- ${line.trimStart()}`;
    })
    .join('\n');
}

function fallback({ default: value }) {
  return value === undefined || /^(\{\}|\[\])$/.test(JSON.stringify(value))
    ? ''
    : ` (default:${TIED}${flow(value)})`;
}

const flow = (value) =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim();
const block = (value, indent) => stringify(value, { lineWidth: 0 }).replace(/^(?=.)/gm, indent);

function comment(text, indent) {
  return wrap(text.replaceAll('`', '"'), WIDTH - indent.length - 2)
    .map((line) => `${indent}# ${line.replaceAll(TIED, ' ')}\n`)
    .join('');
}

/** Breaks a text into lines of at most `width` characters, where words allow it. */
export function wrap(text, width) {
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

export function configurationPage() {
  return `<!-- Made by script/docs.mjs from src/config/schema.ts: change it there. -->
# deploy.yml

One file says all about the deploy of an app. It is checked whole before anything is touched: every fault is told at
its line and column, with what to write instead.

## A whole file

Only \`app\` must be there. Everything else has a default or may be left out.

\`\`\`yaml
${fullExample()}\`\`\`

## How it is read

- **Keys** that are not known are refused, and the nearest right name is told.
- **Durations** are whole numbers with units, the longest first: \`250ms\`, \`30s\`, \`10m\`, \`1h30m\`, \`30d\`.
  **Percentages** have their sign: \`1%\`. A bare number is refused, since nobody can know what it counts.
- **Booleans** are \`true\` and \`false\` alone; \`yes\`, \`no\`, \`on\` and \`off\` are texts.
- **\`\${{ }}\`** is filled in by GitHub in workflow files only. Here it is refused: give such a value through an input.
- **Anchors**, aliases and merge keys (\`<<\`) work. Tags and several documents are refused.
- **Environments**: what stands under \`environments.NAME\` is laid over the rest of the file. Maps are merged key by key
  at every depth; lists and single values replace those of the base. Nothing can be taken away, but a list may be
  replaced by \`[]\`. Once there is a key \`environments\`, an environment that is not in it is refused, but for \`production\`.
- **Variables** that the deploy sets for the compose file and the app: \`IMAGE_TAG\`, \`COLOR\`, \`RELEASE\`, and, unless
  \`env.clear\` has them, \`ENVIRONMENT\` (the environment's name) and \`DOMAIN_NAME\` (the first hostname of the first route).

An editor that speaks the language server of YAML checks and completes the file with
[schema/deploy.schema.json](../schema/deploy.schema.json); the first line of the example above tells it so.

## Keys

${[...outline()].map(section).join('\n')}`;
}

function section({ place, key, description, title, examples, default: value, required, schema }) {
  const depth = place.split('.').length > 1 ? '####' : '###';
  const rows = [`- Must be: ${title}`];
  if (required) rows.push('- Required');
  else if (value === undefined) rows.push('- Default: none');
  else if (JSON.stringify(value) === '{}') {
    if (layout(schema) !== 'map') rows.push('- Default: `{}`');
  } else rows.push(`- Default: \`${flow(value)}\``);
  if (layout(schema) !== 'map') rows.push(`- Example: \`${key}: ${flow(examples[0])}\``);
  return `${depth} \`${place}\`\n\n${wrap(description, 118).join('\n')}\n\n${rows.join('\n')}\n`;
}
