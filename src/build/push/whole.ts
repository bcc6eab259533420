import { spawn } from 'node:child_process';
import { createGzip } from 'node:zlib';
import { command } from '../../commands/command.ts';
import { DeployError } from '../../errors.ts';
import type { Pusher, Target } from './push.ts';

/**
 * Sends images whole, by `docker save` and `docker load`: the way that asks nothing of the runner's Docker.
 * @throws DeployError with what docker said on either side.
 */
export async function sendWhole({ local, signal }: Pusher, { host, lacking }: Target): Promise<void> {
  for (const [pin, image] of lacking) await local.run(command('docker', 'tag', image.id, pin), { signal });
  const save = spawn('docker', ['save', ...lacking.keys()], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let saved = '';
  save.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    saved += chunk;
  });
  const ended = new Promise<number>((resolve) => {
    save.on('error', () => resolve(127));
    save.on('close', (code) => resolve(code ?? 128));
  });
  const input = save.stdout.pipe(createGzip({ level: 1 }));
  const [code, output] = await Promise.all([
    ended,
    host.run(command('docker', 'load', '--quiet'), { input, signal }),
  ]);
  if (code === 0 && output.code === 0) return;
  const said = (output.stderr || saved).trim();
  const full = /no space left/i.test(said);
  throw new DeployError({
    code: full ? 'host-disk-full' : 'image-send',
    where: host.name,
    what: full
      ? 'The disk of the server is full: the images do not fit.'
      : `The images could not be sent: ${said.split('\n').at(-1)}`,
    remedy: full
      ? 'Make room on the server: docker system df shows where it went.'
      : 'Nothing was changed; run the deploy again.',
    evidence: said,
  });
}
