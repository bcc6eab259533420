import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, execute } from './process.ts';

const RIG = `restaurant-deploy-${process.env.RIG_NAME ?? 'e2e'}`;
const NAME = `${RIG}-able`;

/** A Docker of its own for a runner, with the containerd store: it keeps caches elsewhere, attests, builds for others. */
export interface AbleDocker {
  /** A home folder whose docker is that one. */
  readonly home: string;
  /** Runs docker there. */
  docker(...words: string[]): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Starts one on the network of the rig, which must be up.
 * @param forward what is reached there on a port of the loopback, as host:port of the rig's network.
 */
export async function ableDocker(forward: { port: number; to: string }): Promise<AbleDocker> {
  const folder = mkdtempSync(join(tmpdir(), 'able-docker-'));
  const home = join(folder, 'home');
  mkdirSync(home);
  const daemon = {
    features: { 'containerd-snapshotter': true },
    'registry-mirrors': ['http://registry:5000'],
    'insecure-registries': ['registry:5000'],
  };
  writeFileSync(join(folder, 'daemon.json'), JSON.stringify(daemon));
  const image = await execute('docker', [
    ...['container', 'inspect', '--format', '{{.Config.Image}}', `${RIG}-1`],
  ]);
  await execute('docker', ['rm', '--force', '--volumes', NAME]);
  // On cgroup v2 a group with processes of its own may not hand out controllers.
  const start = `mkdir -p /sys/fs/cgroup/init
xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs 2>/dev/null
sed -e 's/ / +/g' -e 's/^/+/' </sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
socat TCP-LISTEN:${forward.port},bind=127.0.0.1,fork,reuseaddr TCP:${forward.to} &
exec dockerd --config-file /shared/daemon.json --host unix:///shared/docker.sock`;
  await execute('docker', [
    ...['run', '--detach', '--privileged', '--name', NAME, '--network', RIG, '--tmpfs', '/run:exec'],
    ...['--volume', `${folder}:/shared`, '--volume', '/var/lib/docker', '--entrypoint', 'sh', image.trim()],
    ...['-c', start],
  ]);
  const config = ['--config', join(home, '.docker')];
  const host = `host=unix://${join(folder, 'docker.sock')}`;
  await execute('docker', [...config, 'context', 'create', 'able', '--docker', host]);
  await execute('docker', [...config, 'context', 'use', 'able']);
  const docker = (...words: string[]) => execute('docker', [...config, ...words]);
  await eventually('a Docker with the containerd store', 60_000, () =>
    docker('info', '--format', '{{json .DriverStatus}}').then(
      (status) => status.includes('containerd.snapshotter'),
      () => false,
    ),
  );
  return {
    home,
    docker,
    remove: async () => {
      await execute('docker', ['rm', '--force', '--volumes', NAME]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
