import { type Server, sh } from './rig.ts';

const HOME_FOLDER = '/home/deploy/.restaurant-deploy';

/** What is on a server, by names that a later look can be compared with. */
export interface ServerState {
  /** "name state" */
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly images: readonly string[];
  /** Files of the deploy user's folder, but for what lies in a release, and the folders of the releases. */
  readonly files: readonly string[];
}

/** Reads it. */
export async function serverState(server: Server): Promise<ServerState> {
  const printed = await sh(
    server,
    `docker ps -a --format '{{.Names}} {{.State}}'; echo ---
docker network ls --format '{{.Name}}'; echo ---
docker volume ls -q; echo ---
docker image ls -a --format '{{.Repository}}:{{.Tag}} {{.ID}}'; echo ---
[ ! -d ${HOME_FOLDER} ] || { cd ${HOME_FOLDER} && find . -mindepth 1 -not -path '*/releases/*/*'; }`,
  );
  const [containers, networks, volumes, images, files] = printed.split('---\n').map((part) =>
    part
      .split('\n')
      .filter((line) => line !== '')
      .sort(),
  );
  return {
    containers: containers ?? [],
    networks: networks ?? [],
    volumes: volumes ?? [],
    images: images ?? [],
    files: files ?? [],
  };
}

/** The ids of the releases that an environment keeps, oldest first. */
export const releasesOf = (state: ServerState, app: string): string[] =>
  state.files.flatMap((file) => {
    const [, name, id] = /^\.\/apps\/([^/]+)\/production\/releases\/([^/.][^/]*)$/.exec(file) ?? [];
    return name === app && id ? [id] : [];
  });
