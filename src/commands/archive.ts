import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';

/** A file of an archive: text made by us, or a file or folder of the runner taken as it stands. */
export type Entry =
  | { readonly path: string; readonly content: string | Uint8Array; readonly mode: number }
  | { readonly path: string; readonly from: string };

/** The time of what has none of its own. */
const MTIME = new Date(0);

async function add(pack: tar.Pack, path: string, from: string): Promise<void> {
  const info = await lstat(from);
  // A file keeps its time: web servers make an ETag of it, and a new file under an old one would never be fetched.
  const { mtime } = info;
  if (info.isSymbolicLink()) {
    pack.entry({ name: path, type: 'symlink', linkname: await readlink(from), mtime });
  } else if (info.isDirectory()) {
    pack.entry({ name: `${path}/`, type: 'directory', mode: info.mode & 0o777, mtime });
    for (const name of (await readdir(from)).sort()) await add(pack, `${path}/${name}`, join(from, name));
  } else if (info.isFile()) {
    const { size } = await stat(from);
    const entry = pack.entry({ name: path, size, mode: info.mode & 0o777, mtime });
    await pipeline(createReadStream(from, { end: Math.max(size - 1, 0) }), entry);
  }
}

/** The entries as a tar stream, read while it is sent: nothing is written to the runner's disk. */
export function archive(entries: readonly Entry[]): Readable {
  const pack = tar.pack();
  const fill = async () => {
    for (const one of entries) {
      if ('content' in one)
        pack.entry({ name: one.path, mode: one.mode, mtime: MTIME }, Buffer.from(one.content));
      else await add(pack, one.path, one.from);
    }
    pack.finalize();
  };
  fill().catch((error) => pack.destroy(error));
  return Readable.from(pack);
}
