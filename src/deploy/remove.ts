import { imagePrefix } from '../build/images.ts';
import { type Command, script } from '../commands/command.ts';
import { CERTIFICATE_LIST, certificateFile } from '../edge/certificates.ts';
import { EDGE_IMAGE } from '../edge/config.ts';
import { WRITE_ACTIVE } from '../edge/install.ts';
import { mapFile } from '../edge/maps.ts';
import { environmentKey, removeEnvironment } from '../edge/state.ts';
import type { Host } from '../hosts/host.ts';
import type { Context } from './context.ts';
import { changeEdge } from './edge-changes.ts';
import { PRUNE_IMAGES } from './finish.ts';
import { STILL_OURS } from './lease.ts';
import type { Part } from './part.ts';
import { LEAVE_EDGE, STOP_START } from './project-shell.ts';
import type { Server } from './server.ts';
import { openHosts, Session } from './session.ts';
import type { Steps } from './steps.ts';

/** An environment goes: its routes, containers, networks, volumes with their data, images and files. */
export async function remove(context: Context, steps: Steps): Promise<Part> {
  const hosts = await steps.phase('connect', () => openHosts(context));
  await removeFrom(context, steps, hosts);
  return { outcome: 'removed', removed: [context.config.environment] };
}

/**
 * Removes the environment of the context from hosts. Nothing of it has to be there, nor whole.
 * @throws DeployError remove with what could not be removed.
 */
export async function removeFrom(context: Context, steps: Steps, hosts: readonly Host[]): Promise<void> {
  const { app, environment } = context.config;
  const session = await steps.phase('lease', () => Session.open(context, hosts, [], true));
  try {
    await steps.phase(`remove ${environment}`, () =>
      Promise.all(
        session.servers.map(async (server) => {
          await closeRoutes(server, app, environment);
          const { stdout } = await server.must(
            removeCommand(server.facts.paths.root, session.token, app, environment),
            {
              code: 'remove',
              what: `${app} ${environment} could not be removed whole.`,
              remedy: 'What is left is below; run it again. Its routes are closed already.',
            },
          );
          context.log.info(stdout.trim() || 'nothing of it was there');
        }),
      ),
    );
  } finally {
    await session.close();
  }
}

/** No request gets there any more: first at the edge that runs, then on disk for the next start. */
async function closeRoutes(server: Server, app: string, environment: string): Promise<void> {
  const key = environmentKey(app, environment);
  const { edge, paths } = server.facts;
  if (edge.seen === '') return;
  const certificates = await certificatesOf(server, app, environment);
  await changeEdge(server, (state) => removeEnvironment(state, key));
  await server.must(script(`${WRITE_ACTIVE}\nwrite_active "$1" "$2" ""`, [paths.edge, key]), {
    code: 'remove',
    what: 'The active color of the environment could not be taken out of the edge.',
  });
  if (!edge.running) return;
  const runtime = await server.runtime();
  // An entry or a certificate that is not there is no trouble: gone is what it shall be.
  await runtime.ask([
    `del map ${mapFile('active')} ${key}`,
    ...certificates.flatMap((name) => [
      `del ssl crt-list ${CERTIFICATE_LIST} ${certificateFile(name)}`,
      `del ssl cert ${certificateFile(name)}`,
    ]),
  ]);
}

/** Takes the environment's certificates out of the edge's folder, and tells their names. */
async function certificatesOf(server: Server, app: string, environment: string): Promise<string[]> {
  const source = `
set -u; cd "$1" || exit 0
exec 9>lock; flock -w 20 9
for file in certs/"$2".*.pem; do
  [ -f "$file" ] || continue
  rm -f "$file"; name=\${file#certs/}; echo "\${name%.pem}"
done
for file in certs/*.pem; do [ ! -f "$file" ] || echo "/edge/$file"; done >certs/list.new; mv certs/list.new certs/list.txt`;
  const { stdout } = await server.must(script(source, [server.facts.paths.edge, `${app}.${environment}`]), {
    code: 'remove',
    what: 'The certificates of the environment could not be taken out of the edge.',
  });
  return stdout.split('\n').filter((name) => name !== '');
}

/**
 * Everything that carries our labels for this environment, and its folder. What containers wrote there belongs to their
 * users, so what the deploy user may not remove is removed in a container. Prints what was removed, and at last looks
 * whether something is left: then the exit code is 74.
 */
export function removeCommand(root: string, token: string, app: string, environment: string): Command {
  const source = `
set -u
${STILL_OURS}
${STOP_START}
${LEAVE_EDGE}
${PRUNE_IMAGES}
still_ours "$1" "$2"; root=$1; app=$3; environment=$4; prefix=$5; image=$6
for color in blue green shared; do stop_start "$root" "$app-$environment-$color"; done
set -- --filter "label=restaurant-deploy.app=$app" --filter "label=restaurant-deploy.environment=$environment"
containers=$(docker ps -aq "$@") || exit 72
if [ -n "$containers" ]; then
  names=$(names_of $containers); docker rm -f -v $containers >/dev/null; leave_edge $names
fi
networks=$(docker network ls -q "$@"); [ -z "$networks" ] || docker network rm $networks >/dev/null
volumes=$(docker volume ls -q "$@"); [ -z "$volumes" ] || docker volume rm -f $volumes >/dev/null
rm -rf "$root/releases" 2>/dev/null
prune_images "$root" "$prefix"
rm -rf "$root" 2>/dev/null
if [ -e "$root" ]; then
  docker run --rm --network none --user 0 --entrypoint sh -v "$root:/gone" "$image" -c 'cd /gone && rm -rf ..?* .[!.]* *' >/dev/null
  rm -rf "$root"
fi
left="$(docker ps -aq "$@") $(docker network ls -q "$@") $(docker volume ls -q "$@")"
[ ! -e "$root" ] || left="$left $root"
if [ "\${left#"\${left%%[! ]*}"}" ]; then echo "left: $left" >&2; exit 74; fi
echo "$(echo $containers | wc -w) containers, $(echo $networks | wc -w) networks, $(echo $volumes | wc -w) volumes"`;
  return script(source, [root, token, app, environment, imagePrefix(app), EDGE_IMAGE]);
}
