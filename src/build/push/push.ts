import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DeployError } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';
import type { Log } from '../../log.ts';
import { beside } from '../beside.ts';
import type { LocalImage } from '../images.ts';
import { type Archive, makeArchive, read } from './archive.ts';
import { NotCollected } from './collect.ts';
import { progress, size } from './progress.ts';
import { askLayers, CUT, loadCommand, readLayers, type ServerLayers } from './server.ts';
import { Source } from './source.ts';
import { checkSpace, spaceFor } from './space.ts';
import { sendWhole } from './whole.ts';

/** A server that lacks images: pinned name -> the image on the runner. */
export interface Target {
  readonly host: Host;
  readonly lacking: ReadonlyMap<string, LocalImage>;
  /** Free bytes where its Docker keeps images. */
  readonly freeBytes: number;
}

export interface Pusher {
  readonly local: Host;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Brings images from the runner to servers through their SSH connections, without a registry: only layers that a
 * server lacks travel, and what had arrived before a link was cut is not sent again.
 * @throws DeployError host-disk-full (said before anything is sent, where it can be), image-send.
 */
export async function push(pusher: Pusher, targets: readonly Target[]): Promise<void> {
  const lacking = targets.filter((target) => target.lacking.size > 0);
  if (lacking.length === 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'restaurant-deploy-push-'));
  const source = new Source(pusher, folder);
  try {
    await beside(
      pusher.signal,
      lacking.map((target) => (signal) => pushTo({ ...pusher, signal }, source, target)),
    );
  } catch (error) {
    if (!(error instanceof NotCollected)) throw error;
    pusher.log.warn({
      code: 'push-whole',
      what: `Docker of this runner did not hand over single layers (${error.message}), so the images are sent whole.`,
      remedy:
        'It is slower, nothing else. Docker has to reach 127.0.0.1 of the machine that the action runs on.',
    });
    for (const target of lacking) {
      const bytes = [...target.lacking.values()].reduce((sum, image) => sum + image.bytes, 0);
      checkSpace(target, 2 * bytes);
      await sendWhole(pusher, target);
    }
  } finally {
    await source.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function pushTo(pusher: Pusher, source: Source, target: Target): Promise<void> {
  const { host, lacking } = target;
  const asked = await host.run(askLayers(), { signal: pusher.signal });
  const there = readLayers(asked.stdout);
  try {
    await attempt(pusher, source, target, there);
  } catch (error) {
    const counted = [...lacking.values()].some((image) => there.present(image.layers) > 0);
    if (!(error instanceof LoadFailed) || !counted) throw error;
    // An image that we counted on may have been removed in between: the second time nothing is counted on.
    pusher.log.info(`${host.name}: ${error.message}; sending all layers`);
    await attempt(pusher, source, target, there.emptied);
  }
}

class LoadFailed extends DeployError {}

async function attempt(pusher: Pusher, source: Source, target: Target, there: ServerLayers): Promise<void> {
  const { host, lacking } = target;
  const { log, signal } = pusher;
  const needed = new Set(
    [...lacking.values()].flatMap((image) => image.layers.slice(there.present(image.layers))),
  );
  const archive = makeArchive(await source.take(lacking, needed), there);
  const begun = there.begun.get(archive.key) ?? 0;
  const from = begun <= archive.bytes ? begun : 0;
  checkSpace(target, await spaceFor(archive));

  const total = new Set([...lacking.values()].flatMap((image) => image.layers)).size;
  log.info(
    `${host.name} lacks ${archive.layers.length} of ${total} layers: ${size(archive.bytes)} to send` +
      (from > 0 ? `, ${size(from)} of them are there from an interrupted send` : ''),
  );
  const sending = progress(archive.bytes, from, (line) => log.info(`${host.name}: ${line}`));
  const broken = new AbortController();
  const input = Readable.from(read(archive, from, sending.add)).on('error', (error) => broken.abort(error));
  const record = there.byDigest ? archive.layers : [];
  try {
    const command = loadCommand(archive.key, archive.bytes, record, [...lacking.keys()]);
    const { code, stdout, stderr } = await host.run(command, {
      input,
      signal: AbortSignal.any([signal, broken.signal]),
    });
    if (code !== 0) throw loadFault(host, code, stderr.trim());
    assertIds(host, archive, stdout);
  } finally {
    sending.end();
    input.destroy();
  }
}

/** What is loaded must be what was built: Docker has checked every layer, this checks the names. */
function assertIds(host: Host, archive: Archive, stdout: string): void {
  const found = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  for (const [pin, ids] of archive.ids) {
    if (ids.includes(found.get(pin) ?? '')) continue;
    throw new DeployError({
      code: 'image-differs',
      where: host.name,
      what: `The server has ${found.get(pin) ?? 'nothing'} as ${pin}, not ${ids[0]}.`,
      remedy: `Something else names images so on the server. docker image rm ${pin} there, then run the deploy again.`,
    });
  }
}

function loadFault(host: Host, code: number, said: string): DeployError {
  if (/no space left|disk quota/i.test(said)) {
    return new DeployError({
      code: 'host-disk-full',
      where: host.name,
      what: 'The disk of the server is full: the images do not fit.',
      remedy: 'Make room on the server: docker system df shows where it went.',
      evidence: said,
    });
  }
  return new LoadFailed({
    code: 'image-send',
    where: host.name,
    what:
      code === CUT
        ? 'The images arrived in part.'
        : `Docker of the server did not take the images: ${said.split('\n').at(-1)}`,
    remedy: 'Nothing was changed; run the deploy again.',
    evidence: said,
  });
}
