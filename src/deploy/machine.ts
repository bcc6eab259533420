import { type Command, script } from '../commands/command.ts';
import type { Fault } from '../errors.ts';

/** What kind of machine a host is, and which of its folders are closed to the deploy user. */
export interface Machine {
  /** `uname -s`; empty where nobody could tell. */
  readonly system: string;
  /** Where the program `docker` really is; empty without one. */
  readonly client: string;
  /** That program is Podman under Docker's name. */
  readonly podman: boolean;
  /** Folders of ours, or the home that they will be in, that the deploy user may not write to. */
  readonly closed: readonly string[];
}

/** What the Docker of a host says of itself, apart from its version. */
export interface Engine {
  /** In the words of images: linux, amd64; empty where it did not say. */
  readonly os: string;
  readonly architecture: string;
  /** Names of its parts, such as Engine, containerd, rootlesskit. */
  readonly parts: string;
}

/** The version first: what is older than the other words is told by it all the same. */
export const ENGINE_FORMAT =
  '{{.Server.Version}} {{.Server.Os}}/{{.Server.Arch}} {{range .Server.Components}}{{.Name}},{{end}}';

/** Reads `ENGINE_FORMAT`; without a version there is no answer. */
export function readEngine(text: string): (Engine & { readonly version: string }) | undefined {
  const [, version, os = '', architecture = '', parts = ''] =
    /^(\S+)(?: ([^\s/]*)\/(\S*))?(?: (.*))?$/.exec(text) ?? [];
  return version === undefined ? undefined : { version, os, architecture, parts };
}

/** Looks at the machine; folders are relative to the deploy user's home. */
export const lookAtMachine = (folders: readonly string[]): Command =>
  script(
    `echo "system $(uname -s)"
     if docker=$(command -v docker); then
       # Podman's stand-in is a script of some lines, and a link goes where it goes.
       echo "client $(readlink -f "$docker")"
       head -c 2000 "$docker" | grep -aq podman && echo 'podman yes'
     fi
     for folder; do
       [ ! -e "$folder" ] || { [ -w "$folder" ] && [ -x "$folder" ]; } || echo "closed $folder"
     done`,
    folders,
  );

export function readMachine(text: string): Machine {
  const after = (word: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const client = after('client')[0] ?? '';
  return {
    system: after('system')[0] ?? '',
    client,
    podman: after('podman').length > 0 || /\/podman[^/]*$/.test(client),
    closed: after('closed').map((folder) => folder.replace(/^\.(?=\/|$)/, '~')),
  };
}

/** What no remedy of Docker's own helps against: a system or a Docker of the wrong kind. One at a time, the first cause first. */
export function kindFault(
  { system, client, podman }: Machine,
  engine: Engine | undefined,
  where: string,
  needsEdge: boolean,
): Fault | undefined {
  if (!/^(Linux)?$/.test(system) || !/^(linux)?$/.test(engine?.os ?? '')) {
    return {
      code: 'host-os',
      where,
      what: `The server runs ${system === 'Linux' || system === '' ? `containers of ${engine?.os}` : system}, not Linux.`,
      remedy: 'Deploy to a machine with Linux; Docker Desktop is for a desk, not for a server.',
    };
  }
  if (podman || /podman/i.test(engine?.parts ?? '')) {
    return {
      code: 'host-docker-podman',
      where,
      what: 'What answers to the name docker on the server is Podman.',
      remedy:
        'Docker Engine is needed: remove podman-docker (or unset DOCKER_HOST), then https://docs.docker.com/engine/install/',
    };
  }
  if (/^\/snap\/|\/snapd?\/|\/snap$/.test(client)) {
    return {
      code: 'host-docker-snap',
      where,
      what: 'Docker on the server comes from a snap, which can not read ~/.restaurant-deploy.',
      remedy: 'sudo snap remove docker (its data goes too), then https://docs.docker.com/engine/install/',
    };
  }
  if (needsEdge && /rootlesskit/.test(engine?.parts ?? '')) {
    return {
      code: 'host-docker-rootless',
      where,
      what: 'Docker on the server runs rootless: the edge could neither have ports 80 and 443 nor share its sockets with the deploy user.',
      remedy:
        "Use the system's Docker: docker context use default, no DOCKER_HOST, and the deploy user in the group docker.",
    };
  }
  return undefined;
}

/** The fault of folders that the deploy user can not write to. */
export const closedFault = (closed: readonly string[], where: string): Fault => ({
  code: 'host-home',
  where,
  what: `The deploy user may not write to ${closed.join(', ')} on the server.`,
  remedy:
    "On the server, as root: chown -R USER: ~USER/.restaurant-deploy, and see that the home is there, is that user's and is on no read-only disk.",
});
