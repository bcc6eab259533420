import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Link, openLink } from './link.ts';
import { eventually, execute } from './process.ts';
import { type Server, sh } from './rig.ts';

export const USERNAME = 'cook';
export const PASSWORD = 'a-password-of-the-registry';
/** bcrypt of the password above. */
const HTPASSWD = `${USERNAME}:$2b$05$abcdefghijklmnopqrstuutdet4itF4ObGgnA4Qq64c8TDpSfaMXC\n`;

const MANIFESTS = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
].join();

const RIG = `restaurant-deploy-${process.env.RIG_NAME ?? 'e2e'}`;
const NAME = `${RIG}-auth`;

/** As far as tests look into one. */
export interface Manifest {
  readonly config: { readonly digest: string };
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform: { readonly architecture: string };
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

/** A registry that wants a login, under one name on this machine and on the servers. */
export interface AuthRegistry {
  /** host:port, as names of images begin. */
  readonly name: string;
  /** The way from this machine to it: it can be cut. */
  readonly link: Link;
  /** Opens the way from a server to it, or closes it. */
  open(server: Server): Promise<void>;
  close(server: Server): Promise<void>;
  /** The same on the network of the rig. */
  readonly inside: string;
  /** A manifest or an index, by digest, and a blob that is JSON. */
  manifest(repository: string, digest: string): Promise<Manifest>;
  blob(repository: string, digest: string): Promise<{ config: { Labels: Record<string, string> } }>;
  /** The digest that a tag has, undefined when there is none. */
  digest(repository: string, tag: string): Promise<string | undefined>;
  remove(): Promise<void>;
}

/** Starts one on the network of the rig, which must be up. */
export async function authRegistry(): Promise<AuthRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'auth-registry-'));
  writeFileSync(join(folder, 'htpasswd'), HTPASSWD);
  const image = await execute('docker', [
    ...['container', 'inspect', '--format', '{{.Config.Image}}', 'restaurant-deploy-registry'],
  ]);
  await execute('docker', ['rm', '--force', '--volumes', NAME]);
  const env = {
    REGISTRY_AUTH: 'htpasswd',
    REGISTRY_AUTH_HTPASSWD_REALM: 'kitchen',
    REGISTRY_AUTH_HTPASSWD_PATH: '/auth/htpasswd',
  };
  await execute('docker', [
    ...['run', '--detach', '--name', NAME, '--network', RIG, '--publish', '127.0.0.1::5000'],
    ...['--volume', `${folder}:/auth:ro`],
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    image.trim(),
  ]);
  const published = await execute('docker', ['port', NAME, '5000/tcp']);
  const link = await openLink(Number(published.trim().split(':').at(-1)));
  const name = `127.0.0.1:${link.port}`;
  const ask = (path: string, init: RequestInit = {}) => {
    const Authorization = `Basic ${Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64')}`;
    return fetch(`http://${published.trim()}/v2/${path}`, {
      ...init,
      headers: { Authorization, Accept: MANIFESTS },
    });
  };
  await eventually('the registry with a login', 20_000, () =>
    ask('').then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const forwarder = `socat TCP-LISTEN:${link.port},bind=127.0.0.1,fork,reuseaddr TCP:${NAME}:5000`;
  return {
    name,
    link,
    open: async (server) => {
      await sh(server, `setsid ${forwarder} >/dev/null 2>&1 </dev/null & sleep 0.3`);
    },
    close: async (server) => {
      await sh(server, `pkill -f '[s]ocat TCP-LISTEN:${link.port}'`);
    },
    inside: `${NAME}:5000`,
    manifest: async (repository, digest) =>
      (await (await ask(`${repository}/manifests/${digest}`)).json()) as Manifest,
    blob: async (repository, digest) =>
      (await (await ask(`${repository}/blobs/${digest}`)).json()) as {
        config: { Labels: Record<string, string> };
      },
    digest: async (repository, tag) => {
      const { ok, headers } = await ask(`${repository}/manifests/${tag}`, { method: 'HEAD' });
      return ok ? (headers.get('Docker-Content-Digest') ?? undefined) : undefined;
    },
    remove: async () => {
      await link.close();
      await execute('docker', ['rm', '--force', '--volumes', NAME]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
