import { type Command, script } from '../commands/command.ts';
import { DeployError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';

/** How often a pull is tried, and the seconds before the next try, doubled each time. */
const TRIES = 3;
const WAIT_S = 2;

/** What no further try would change. */
const FINAL =
  'no space left|not found|manifest unknown|denied|unauthorized|no matching manifest|invalid reference';

/**
 * Pulls images on the host, all at once, each of them several times when the registry or the network fails it.
 * Each line of output is `reference id`, each line of stderr `reference: what docker said`.
 */
export function pullCommand(references: readonly string[]): Command {
  const source = `
d=$(mktemp -d) || exit 70; trap 'rm -rf "$d"' EXIT
pull() {
  try=1; wait=${WAIT_S}
  until docker pull -q "$1" >/dev/null 2>"$2"; do
    [ "$try" -lt ${TRIES} ] && ! grep -qiE '${FINAL}' "$2" || { echo "$1: $(tail -n 1 "$2")" >&2; return 1; }
    sleep "$wait"; try=$((try + 1)); wait=$((wait * 2))
  done
  echo "$1 $(docker image inspect -f '{{.Id}}' "$1")"
}
i=0
for ref in "$@"; do
  i=$((i + 1))
  { pull "$ref" "$d/$i" || : >"$d/failed"; } &
done
wait; [ ! -e "$d/failed" ]`;
  return script(source, references);
}

/**
 * Pulls on a host what it has not; reference -> image id.
 * @throws DeployError with one fault for each image that could not be pulled.
 */
export async function pull(
  host: Host,
  references: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  if (references.length === 0) return new Map();
  const { code, stdout, stderr } = await host.run(pullCommand(references), { signal });
  const lines = (text: string) => text.trim().split('\n');
  if (code === 0) return new Map(lines(stdout).map((line) => line.split(' ') as [string, string]));
  throw new DeployError(lines(stderr).map((line) => pullFault(host.name, line)));
}

/** The fault for one line that `pullCommand` wrote: what is wrong decides the code and the remedy. */
export function pullFault(where: string, line: string) {
  const [code, remedy] = whyNot(line);
  return { code, where, what: `An image could not be pulled: ${line}`, remedy };
}

function whyNot(said: string): [code: string, remedy: string] {
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
  if (/denied|unauthorized|authentication/i.test(said))
    return [
      'image-pull',
      'It does not exist or wants a login: check its name and tag in the compose file, and docker login on the server.',
    ];
  if (/not found|manifest unknown|invalid reference/i.test(said))
    return ['image-pull', 'Check its name and tag in the compose file.'];
  return [
    'image-pull',
    `It was tried up to ${TRIES} times: can the server reach the registry? docker pull there shows it.`,
  ];
}
