import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { type Command, command } from '../commands/command.ts';
import type { ComposeModel } from '../compose/model.ts';
import { DeployError, type Fault } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Log } from '../log.ts';

/** An image on the runner. */
export interface LocalImage {
  readonly id: string;
  readonly architecture: string;
  readonly bytes: number;
}

/** A service's image by the name that Compose gives it. */
export function imageName(model: ComposeModel, project: string, service: string): string {
  return model.services[service]?.image ?? `${project}-${service}`;
}

/** Services whose image is built from the user's sources. */
export function builtServices(model: ComposeModel): string[] {
  return Object.entries(model.services).flatMap(([name, service]) => (service.build ? [name] : []));
}

/**
 * Our own name for an image: it holds the image's id, so it never means another one, and no clean-up of unnamed or
 * old images by somebody else takes it away.
 */
export function pinnedName(app: string, service: string, id: string): string {
  const safe =
    service
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'image';
  return `${imagePrefix(app)}${safe}:${id.replace(/^sha256:/, '').slice(0, 16)}`;
}

/** What all of an app's own image names begin with. */
export const imagePrefix = (app: string): string => `restaurant-deploy/${app}-`;

/**
 * Builds on the runner, by Compose from the very files, so that every build option of theirs works.
 * @throws DeployError build-failed with the builder's last lines.
 */
export async function build(
  local: Host,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const { code, stdout, stderr } = await local.run(
    { argv: [...argv, 'build'] },
    { signal, env, onLine: (line) => log.info(line) },
  );
  if (code === 0) return;
  const said = `${stdout}\n${stderr}`.trim().split('\n');
  const last = said.findLast((line) => /error|failed/i.test(line)) ?? said.at(-1) ?? '';
  throw new DeployError({
    code: 'build-failed',
    where: 'docker compose build',
    what: `An image could not be built: ${last.trim()}`,
    remedy: 'The lines before show which step it was. Nothing on the server was touched.',
    evidence: said.slice(-25).join('\n'),
  });
}

/** The runner's images by name; a name that is not there is left out. */
export async function localImages(local: Host, names: readonly string[]): Promise<Map<string, LocalImage>> {
  const found = new Map<string, LocalImage>();
  await Promise.all(
    [...new Set(names)].map(async (name) => {
      const { code, stdout } = await local.run(
        command('docker', 'image', 'inspect', '--format', '{{.Id}} {{.Architecture}} {{.Size}}', name),
      );
      const [id, architecture, size] = stdout.trim().split(' ');
      if (code === 0 && id) found.set(name, { id, architecture: architecture ?? '', bytes: Number(size) });
    }),
  );
  return found;
}

/** `uname -m` in the words of images. */
export function imageArchitecture(machine: string): string {
  return { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm' }[machine] ?? machine;
}

/** An image made for another kind of machine would only fail at its start, with "exec format error". */
export function architectureFault(
  name: string,
  image: LocalImage,
  machine: string,
  where: string,
): Fault | undefined {
  const wanted = imageArchitecture(machine);
  if (image.architecture === wanted) return undefined;
  return {
    code: 'image-architecture',
    where,
    what: `The image ${name} is built for ${image.architecture}, the server is ${wanted}.`,
    remedy: `Build it for the server: platforms: [linux/${wanted}] in the build section, on a runner that can (docker/setup-qemu-action), or use a runner of that kind.`,
  };
}

/**
 * Sends images of the runner to a host through its connection.
 * @throws DeployError with what docker said on either side.
 */
export async function sendImages(
  host: Host,
  env: NodeJS.ProcessEnv,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const save = spawn('docker', ['save', ...names], { env, stdio: ['ignore', 'pipe', 'pipe'], signal });
  let saved = '';
  save.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    saved += chunk;
  });
  const ended = new Promise<number>((resolve) => {
    save.on('error', () => resolve(127));
    save.on('close', (code) => resolve(code ?? 128));
  });
  const input: Readable = save.stdout.pipe(createGzip({ level: 1 }));
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

/** Pulls on the host what it lacks, all at once; each line of output is `reference id`. */
export function pullCommand(references: readonly string[]): Command {
  const source = `
d=$(mktemp -d) || exit 70; trap 'rm -rf "$d"' EXIT; i=0
for ref in "$@"; do
  i=$((i + 1))
  ( docker pull -q "$ref" >"$d/$i.o" 2>"$d/$i.e" && echo "$ref $(docker image inspect -f '{{.Id}}' "$ref")" || { echo "$ref: $(tail -n 1 "$d/$i.e")" >&2; touch "$d/failed"; } ) &
done
wait; [ ! -e "$d/failed" ]`;
  return { argv: ['sh', '-c', source, 'restaurant-deploy', ...references] };
}
