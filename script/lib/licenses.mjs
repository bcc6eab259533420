import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the package that a file belongs to, and the package's name in it. */
const PACKAGE = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/;

/**
 * The licences of every package of which something is in a bundle. ncc's own list leaves out what webpack joins into one
 * module, which is most of it.
 * @param {{modules?: object[], chunks?: object[]}} stats what webpack tells of the bundle (`ncc build --stats-out`)
 * @returns {string} name, version, licence and the texts, package by package
 */
export function licensesOf(stats) {
  const folders = new Map();
  const walk = (modules = []) => {
    for (const { nameForCondition, modules: inner } of modules) {
      const found = PACKAGE.exec(nameForCondition ?? '');
      if (found) folders.set(found[0], found[1]);
      walk(inner);
    }
  };
  walk(stats.modules);
  for (const chunk of stats.chunks ?? []) walk(chunk.modules);
  const texts = [...folders].map(([folder, name]) => {
    const { version, license, licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    const words = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
    return [`${name} ${version} (${license ?? licenses?.map(({ type }) => type).join(', ')})`, ...words].join(
      '\n\n',
    );
  });
  return `${[...new Set(texts)].sort().join('\n\n----\n\n')}\n`;
}
