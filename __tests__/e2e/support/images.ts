import { execute } from './process.ts';

/** Removes from this machine the images that deploys of an app built here. */
export async function forgetImages(app: string): Promise<void> {
  const names = await execute('docker', [
    ...['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'],
    ...['--filter', `reference=restaurant-deploy/${app}.*`, '--filter', `reference=${app}-*`],
  ]);
  const list = names.split('\n').filter((name) => name !== '');
  if (list.length > 0) await execute('docker', ['image', 'rm', ...list]);
}
