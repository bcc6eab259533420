import { safeName } from '../images.ts';

/** Docker Hub's name in a reference, and the key under which docker keeps its login. */
const HUB = 'docker.io';
const HUB_LOGIN = 'https://index.docker.io/v1/';

/** The registry that a reference leads to: its first part when that can be a host, Docker Hub otherwise. */
export function registryOf(reference: string): string {
  const [first = '', rest] = reference.split(/\/(.*)/s);
  const host = rest !== undefined && (/[.:]/.test(first) || first === 'localhost');
  return host ? first.replace(/^(index|registry-1)\.docker\.io$/, HUB) : HUB;
}

/** What the login of a registry is called in docker's config.json. */
export const loginKey = (registry: string): string => (registry === HUB ? HUB_LOGIN : registry);

/**
 * The name under which a service's image goes to the registry. A name that is there already, since the compose file
 * gives it, stays.
 * @param prefix what names begin with in the registry, such as `ghcr.io/org`.
 * @param image the image's name as Compose gives it.
 */
export function remoteName(
  prefix: string,
  app: string,
  service: string,
  image: string,
  version: string,
): string {
  if (image.startsWith(`${prefix}/`) && !image.includes('@')) return image;
  return `${prefix}/${app}-${safeName(service)}:${version}`;
}

/** A reference without its tag and digest. */
export const repositoryOf = (reference: string): string =>
  reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');

/** A reference that can only mean one image. */
export const byDigest = (reference: string, digest: string): string => `${repositoryOf(reference)}@${digest}`;
