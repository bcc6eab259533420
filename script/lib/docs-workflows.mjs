// src/init/workflows.ts: the workflows that `init` writes, out of those in examples/workflows, so that there is one of each.

/** Cuts a piece out that must be there. */
function without(text, piece) {
  if (!piece.test(text)) throw new Error(`examples/workflows: no ${piece}`);
  return text.replace(piece, '');
}

const plain = (text) => without(text, / ?Copy it to\n?#? ?\.github\/workflows\/[a-z-]+\.yml\./);

/** The deploy alone: what the example tests before it belongs to its own app. */
function deployAlone(text) {
  const alone = [
    /^ {2}test:\n[\s\S]*?\n(?= {2}deploy:\n)/m,
    /^ {4}needs: test\n/m,
    /^ {10}# The job before has run them\.\n {10}skip: test\n/m,
  ].reduce(without, text);
  if (/\b(npm|pip|manage\.py)\b/.test(alone))
    throw new Error('examples/workflows/deploy.yml: tests are left');
  return alone;
}

/** @param {(name: string) => string} read a file of the repository */
export function workflowsModule(read) {
  const texts = {
    deploy: plain(deployAlone(read('examples/workflows/deploy.yml'))),
    rollback: plain(read('examples/workflows/rollback.yml')),
    previews: plain(read('examples/workflows/previews.yml')),
  };
  const entries = Object.entries(texts).map(([name, text]) => {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
    return `  ${name}: \`${escaped}\`,\n`;
  });
  return `// Made by script/docs.mjs from examples/workflows: change them there.

/** Workflows by the name of their file. */
export const WORKFLOWS = {
${entries.join('')}} as const;
`;
}
