import { type Command, script } from '../commands/command.ts';
import { DeployError, ended, type Fault } from '../errors.ts';
import type { Host } from '../hosts/host.ts';

/** How often a pull is tried, and the seconds before the next try, doubled each time. */
const TRIES = 3;
const WAIT_S = 2;

/** Milliseconds that a server gets to remove a login when a run is ended. */
const FORGET_MS = 5_000;

/** What no further try would change. */
const FINAL =
  'no space left|not found|manifest unknown|denied|unauthorized|no basic auth|no matching manifest|invalid reference|HTTP response to HTTPS|x509';

/** What is pulled, and the name of ours that it gets; without one it keeps its own. */
export interface Pull {
  readonly reference: string;
  readonly pin?: string;
}

/** What a host has pulled: an image's id, and the kind of machine it is for. */
export interface Pulled {
  readonly id: string;
  readonly architecture: string;
}

/** Where logins of ours lie on a server while it pulls, relative to the deploy user's home. */
const LOGINS = '.restaurant-deploy/logins';

/**
 * sh function that removes the logins that runs which were killed left behind. A run that goes on holds a lock on its
 * folder, so that it is not taken from it. Arguments: the folder of all, how to wait for a lock.
 */
const FORGET = `forget() {
  for old in "$1"/*/; do [ ! -d "$old" ] || flock $2 "$old" rm -rf "$old"; done
}`;

/**
 * sh function that gives docker a config.json of this run alone, from standard input, and removes it at the end. The
 * user's own, with its logins, is not touched, and not read either: so the daemon it may name is looked up before.
 */
const LOGIN = `${FORGET}
login() {
  umask 077; mkdir -p "$1" || exit 70
  exec 8>"$1/.lock"; flock 8; forget "$1" -n
  config=$(mktemp -d "$PWD/$1/XXXXXX") || exit 70
  exec 9<"$config"; flock 9; exec 8>&-
  trap 'rm -rf "$config" "$d"' EXIT; trap 'exit 143' HUP INT TERM PIPE
  cat >"$config/config.json" || exit 71
  if [ -z "\${DOCKER_HOST:-}" ] && grep -qs currentContext "\${DOCKER_CONFIG:-$HOME/.docker}/config.json"; then
    DOCKER_HOST=$(docker context inspect --format '{{.Endpoints.docker.Host}}') && export DOCKER_HOST
  fi
  export DOCKER_CONFIG="$config"
}`;

/** Removes logins that lie on a server though nobody uses them any more; who was just killed gets a moment to be gone. */
export const forgetLogins = (): Command => script(`${FORGET}\nforget "$1" '-w 2'`, [LOGINS]);

/**
 * Pulls images on the host, all at once, each of them several times when the registry or the network fails it. Each
 * line of output is `reference id architecture`, each line of stderr `reference: what docker said`.
 * @param login a config.json with the login to use; none for what the server's own docker knows.
 */
export function pullCommand(pulls: readonly Pull[], login?: string): Command {
  const source = `
d=$(mktemp -d) || exit 70; trap 'rm -rf "$d"' EXIT
${login === undefined ? '' : `${LOGIN}\nlogin '${LOGINS}'`}
pull() {
  try=1; wait=${WAIT_S}
  until docker pull -q "$1" >/dev/null 2>"$3"; do
    [ "$try" -lt ${TRIES} ] && ! grep -qiE '${FINAL}' "$3" || { echo "$1: $(tail -n 1 "$3")" >&2; return 1; }
    sleep "$wait"; try=$((try + 1)); wait=$((wait * 2))
  done
  line="$1 $(docker image inspect -f '{{.Id}} {{.Architecture}}' "$1" 2>&1)"
  # The name by digest would keep the image when ours is long gone.
  [ -z "$2" ] || { docker tag "$1" "$2" && docker rmi "$1" >/dev/null; } 2>"$3" || { echo "$1: $(tail -n 1 "$3")" >&2; return 1; }
  echo "$line"
}
i=0
while [ $# -gt 0 ]; do
  i=$((i + 1))
  { pull "$1" "$2" "$d/$i" || : >"$d/failed"; } </dev/null &
  shift 2
done
wait; [ ! -e "$d/failed" ]`;
  return script(
    source,
    pulls.flatMap(({ reference, pin = '' }) => [reference, pin]),
    login,
  );
}

/**
 * Pulls on a host what it has not, by reference.
 * @throws DeployError, one fault for each reason why images could not be pulled.
 */
export async function pull(
  host: Host,
  pulls: readonly Pull[],
  signal: AbortSignal,
  login?: string,
): Promise<Map<string, Pulled>> {
  if (pulls.length === 0) return new Map();
  const { code, stdout, stderr } = await host
    .run(pullCommand(pulls, login), { signal })
    .catch(async (error: unknown) => {
      // A command that is ended from here has no time to tidy up.
      if (login !== undefined) await host.run(forgetLogins(), { timeoutMs: FORGET_MS }).catch(() => {});
      throw error;
    });
  const lines = (text: string) =>
    text
      .trim()
      .split('\n')
      .filter((line) => line !== '');
  if (code !== 0) throw new DeployError(pullFaults(host.name, lines(stderr), login !== undefined));
  const found = new Map<string, Pulled>();
  for (const line of lines(stdout)) {
    const [, reference = '', id = '', architecture = ''] =
      /^(\S+) (sha256:[0-9a-f]{64}) (\S+)$/.exec(line) ?? [];
    found.set(reference, { id, architecture });
  }
  const gone = pulls.filter(({ reference }) => !found.has(reference));
  if (gone.length > 0) {
    const what = `Pulled and not there: ${gone.map(({ reference }) => reference).join(', ')}.`;
    throw new DeployError({ code: 'image-pull', where: host.name, what, remedy: 'Run the deploy again.' });
  }
  return found;
}

/**
 * The faults for the lines that `pullCommand` wrote. What fails several images for the same reason is one fault: a
 * registry that is down fails all of them.
 */
export function pullFaults(where: string, lines: readonly string[], loggedIn: boolean): Fault[] {
  const faults = new Map<string, Fault>();
  for (const line of lines) {
    const fault = pullFault(where, line, loggedIn);
    const key = `${fault.code} ${fault.remedy}`;
    const first = faults.get(key);
    const others = line.replace(/: .*/s, '');
    faults.set(key, first ? { ...first, what: `${first.what} The same with ${others}.` } : fault);
  }
  return [...faults.values()];
}

/** The fault for one line that `pullCommand` wrote: what is wrong decides the code and the remedy. */
export function pullFault(where: string, line: string, loggedIn = false): Fault {
  const [code, remedy] = whyNot(line, loggedIn);
  return { code, where, what: `An image could not be pulled: ${ended(line)}`, remedy };
}

function whyNot(said: string, loggedIn: boolean): [code: string, remedy: string] {
  if (/no space left|disk quota/i.test(said))
    return ['host-disk-full', 'Make room on the server: docker system df shows where it went.'];
  if (/no matching manifest/i.test(said))
    return [
      'image-architecture',
      'There is no such image for this kind of server: take another tag or another image.',
    ];
  if (/toomanyrequests|rate limit/i.test(said))
    return [
      'image-pull',
      'The registry limits how much is pulled without a login: log in on the server (docker login).',
    ];
  if (/HTTP response to HTTPS|certificate|x509/i.test(said))
    return [
      'image-pull',
      'Docker of the server does not trust the registry: install its certificate below /etc/docker/certs.d, or name it in insecure-registries of /etc/docker/daemon.json.',
    ];
  if (/denied|unauthorized|authentication|no basic auth/i.test(said) && loggedIn)
    return ['image-pull', 'The login of registry-username may not read it: check the rights of its token.'];
  if (/denied|unauthorized|authentication|no basic auth/i.test(said))
    return [
      'image-pull',
      'It does not exist or wants a login: check its name and tag; for the registry of push give registry-username and registry-password, for another one docker login on the server.',
    ];
  if (/not found|manifest unknown|invalid reference/i.test(said))
    return ['image-pull', 'Check its name and tag in the compose file.'];
  return [
    'image-pull',
    `It was tried up to ${TRIES} times: can the server reach the registry? docker pull there shows it.`,
  ];
}
