import { spawn } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { archive, type Entry } from '../../../src/commands/archive.ts';

const dir = mkdtempSync(join(tmpdir(), 'archive-'));
const from = join(dir, 'from');
mkdirSync(from);
afterAll(() => rmSync(dir, { recursive: true }));

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

/** Unpacks by the tar of this machine, as the host does. */
async function unpack(entries: readonly Entry[]): Promise<string> {
  const to = mkdtempSync(join(dir, 'to-'));
  const tar = spawn('tar', ['-xpf', '-', '-C', to], { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = new Promise((resolve) => tar.on('close', resolve));
  archive(entries).pipe(tar.stdin);
  expect(await ended).toBe(0);
  return to;
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('a text arrives byte for byte with its mode, folders above it are made', async () => {
  const text = 'a=1\r\nü ✓ $HOME\n\0end';
  const to = await unpack([
    { path: 'release/.env', content: text, mode: 0o600 },
    { path: 'release/a/b/c', content: Uint8Array.of(0, 255, 128), mode: 0o644 },
    { path: 'release/empty', content: '', mode: 0o600 },
  ]);
  expect(readFileSync(join(to, 'release/.env'), 'utf8')).toBe(text);
  expect([...readFileSync(join(to, 'release/a/b/c'))]).toEqual([0, 255, 128]);
  expect(readFileSync(join(to, 'release/empty'))).toHaveLength(0);
  expect([mode(join(to, 'release/.env')), mode(join(to, 'release/a/b/c'))]).toEqual(['600', '644']);
});

test('a folder of the runner arrives as it stands: files, modes, links, empty folders, odd names', async () => {
  const tree = join(from, 'tree');
  mkdirSync(join(tree, 'sub/empty'), { recursive: true });
  const long = 'n'.repeat(120);
  writeFileSync(join(tree, 'run.sh'), '#!/bin/sh\n');
  chmodSync(join(tree, 'run.sh'), 0o755);
  writeFileSync(join(tree, 'sub', 'ä ✓ name'), 'odd');
  writeFileSync(join(tree, 'sub', long), 'long');
  writeFileSync(join(tree, 'zero'), '');
  writeFileSync(join(tree, 'big'), Buffer.alloc(300_000, 'x'));
  symlinkSync('../run.sh', join(tree, 'sub', 'link'));
  symlinkSync('/nowhere', join(tree, 'dangling'));
  const to = await unpack([{ path: 'files/tree', from: tree }]);
  const at = join(to, 'files/tree');
  expect(readdirSync(at, { recursive: true }).sort()).toEqual(readdirSync(tree, { recursive: true }).sort());
  expect(mode(join(at, 'run.sh'))).toBe('755');
  expect(readFileSync(join(at, 'sub', 'ä ✓ name'), 'utf8')).toBe('odd');
  expect(readFileSync(join(at, 'sub', long), 'utf8')).toBe('long');
  expect(readFileSync(join(at, 'zero'))).toHaveLength(0);
  expect(readFileSync(join(at, 'big'))).toHaveLength(300_000);
  expect(lstatSync(join(at, 'sub', 'link')).isSymbolicLink()).toBe(true);
  expect(readlinkSync(join(at, 'dangling'))).toBe('/nowhere');
});

test('a file keeps its time, by which web servers tell one version of it from another', async () => {
  writeFileSync(join(from, 'index.html'), 'one');
  utimesSync(join(from, 'index.html'), 1_700_000_000, 1_700_000_000);
  const to = await unpack([{ path: 'files/index.html', from: join(from, 'index.html') }]);
  expect(statSync(join(to, 'files/index.html')).mtimeMs).toBe(1_700_000_000_000);
});

test('the same texts are the same archive, and a folder is read in the order of its names', async () => {
  const tree = join(from, 'ordered');
  mkdirSync(tree);
  for (const file of ['b', 'a', 'c']) writeFileSync(join(tree, file), file);
  const entries: Entry[] = [
    { path: 't', from: tree },
    { path: 'x', content: 'x', mode: 0o600 },
  ];
  const [one, two] = await Promise.all([bytesOf(archive(entries)), bytesOf(archive(entries))]);
  expect(one.equals(two)).toBe(true);
  expect(
    ['t/a', 't/b', 't/c', 'x']
      .map((name) => one.indexOf(name))
      .every((at, n, all) => at > (all[n - 1] ?? -1)),
  ).toBe(true);
});

test('a file that can not be read is an error of the stream, not an archive without it', async () => {
  const stream = archive([
    { path: 'good', content: 'x', mode: 0o600 },
    { path: 'gone', from: join(from, 'gone') },
  ]);
  await expect(bytesOf(stream)).rejects.toThrow(/ENOENT.*gone/);
});

test('an archive of nothing is one that tar takes', async () => {
  expect(readdirSync(await unpack([]))).toEqual([]);
});
