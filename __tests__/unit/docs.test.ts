import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { faultCodes, sources } from './codes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = ['README.md', 'CHANGELOG.md', 'SECURITY.md', ...globSync('docs/**/*.md', { cwd: root })];

/** Headings of a page, as GitHub makes anchors of them. */
const anchors = (markdown: string) =>
  [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test('every code of a fault has its entry in docs/troubleshooting.md, and every entry its code', () => {
  const entries = [...read('docs/troubleshooting.md').matchAll(/^### (.*)$/gm)].map(([, code]) => code);
  expect(entries.length).toBe(new Set(entries).size);
  expect([...entries].sort()).toEqual([...faultCodes()].sort());
});

test('the scan of the sources misses no code', () => {
  const codes = faultCodes();
  const families = new Set([...codes].filter((code) => code.includes('-')).map((code) => code.split('-')[0]));
  // Names that look like a code of one of the families and are none.
  const others = ['ssh-key', 'ssh-known-hosts', 'ssh-passphrase', 'ssh-rsa', 'ssh-ed25519', 'before-switch'];
  others.push('registry-username', 'registry-password');
  for (const [path, text] of sources()) {
    const words = [...text.matchAll(/'([a-z]+)((?:-[a-z0-9]+)+)'/g)]
      .filter(([, family]) => families.has(family ?? ''))
      .map(([, family, rest]) => `${family}${rest}`);
    const missed = words.filter((word) => !codes.has(word) && !others.includes(word));
    expect({ path, missed }).toEqual({ path, missed: [] });
  }
});

test.each(pages)('the links of %s lead somewhere', (page) => {
  const text = read(page).replace(/```[\s\S]*?```/g, '');
  for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    expect({ target, exists: existsSync(join(root, file)) }).toEqual({ target, exists: true });
    if (anchor)
      expect({ target, anchors: anchors(read(file)) }).toEqual({
        target,
        anchors: expect.arrayContaining([anchor]),
      });
  }
});

test('what is made from the sources is as they make it', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', 'script/docs.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('the README names every command that there is', () => {
  const commands = [...read('README.md').matchAll(/^\| `([a-z]+)` \| /gm)].map(([, name]) => name);
  const inputs = read('src/inputs.ts').match(/COMMANDS = \[(.*)\]/)?.[1] ?? '';
  const known = [...inputs.matchAll(/'([a-z]+)'/g)].map(([, name]) => name);
  expect(commands).toEqual(expect.arrayContaining(known));
});

test.each(['docs/reliability.md', 'docs/threat-model.md'])('%s names tests that are there', (page) => {
  const named = [...read(page).matchAll(/`((?:unit|e2e|scenarios)\/[\w/-]+\.test\.ts)`/g)];
  expect(named.length).toBeGreaterThan(10);
  for (const [, path] of named) {
    expect({ path, exists: existsSync(join(root, '__tests__', path ?? '')) }).toEqual({ path, exists: true });
  }
});
