// The inputs of action.yml, and the tables of the README, from src/inputs.ts and from the outputs in action.yml.
import { parse } from 'yaml';
import { INPUTS } from '../../src/inputs.ts';
import { wrap } from './docs-configuration.mjs';

/** action.yml with its inputs made anew. */
export function actionFile(text) {
  return between(text, '  # inputs:start', '  # inputs:end', inputsYaml());
}

function inputsYaml() {
  const entries = Object.entries(INPUTS).map(([name, { description, default: value, required = false }]) => {
    const lines = wrap(description, 113).map((line) => `      ${line}`);
    const fallback = value === undefined ? [] : [`    default: ${JSON.stringify(value)}`];
    return [`  ${name}:`, '    description: >-', ...lines, `    required: ${required}`, ...fallback].join(
      '\n',
    );
  });
  return `${entries.join('\n')}\n`;
}

/** The README with the tables of inputs and outputs made anew, where it has their marks. */
export function readmeFile(text, action) {
  const inputs = table(
    ['Input', 'Meaning', 'Default'],
    Object.entries(INPUTS).map(([name, { description, default: value, required }]) => [
      `\`${name}\``,
      description,
      required ? 'required' : value === undefined ? '' : `\`${value}\``,
    ]),
  );
  const outputs = table(
    ['Output', 'Meaning'],
    Object.entries(parse(action).outputs).map(([name, { description }]) => [`\`${name}\``, description]),
  );
  const withInputs = between(text, '<!-- inputs:start', '<!-- inputs:end', `\n${inputs}\n`);
  return between(withInputs, '<!-- outputs:start', '<!-- outputs:end', `\n${outputs}\n`);
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').trim()).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

/** Replaces what stands between the line of one mark and that of another; a text without them stays as it is. */
function between(text, start, end, middle) {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) return text;
  const line = text.indexOf('\n', from) + 1;
  return `${text.slice(0, line)}${middle}${text.slice(to)}`;
}
