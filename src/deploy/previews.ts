import { type Command, script } from '../commands/command.ts';
import { previewNumber } from '../config/preview.ts';
import { formatDuration } from '../config/units.ts';
import { DeployError } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Context } from './context.ts';
import { pathsOf } from './paths.ts';
import { look } from './session.ts';

/** A preview on a server. */
export interface Standing {
  readonly environment: string;
  readonly number: number;
  /** Since its last deploy, by the server's own clock; undefined when none of it ever went live. */
  readonly ageMs: number | undefined;
}

/**
 * Prints `environment age` of each folder, and `environment -` of what has containers: a folder may be gone while
 * something of it still runs. The age is in seconds.
 */
export function listCommand(app: string): Command {
  const source = `
now=$(date +%s)
for folder in "$1"/pr-*; do
  [ -d "$folder" ] || continue
  at=$(stat -c %Y "$folder/state.json" 2>/dev/null) && echo "\${folder##*/} $((now - at))" || echo "\${folder##*/} -"
done
docker ps -a --filter "label=restaurant-deploy.app=$2" --format '{{.Label "restaurant-deploy.environment"}} -' | sort -u`;
  return script(source, [pathsOf('.', app, '-').root.replace(/\/-$/, ''), app]);
}

/** The previews that a server has anything of: folders, containers, or routes at its edge. */
export async function previewsOn(context: Context, host: Host): Promise<Standing[]> {
  const { app } = context.config;
  const [{ stdout }, { edge }] = await Promise.all([
    host.run(listCommand(app), { signal: context.signal }),
    look(context, host, []),
  ]);
  const routed = [...edge.state.slots, ...edge.state.hosts, ...edge.state.guards]
    .map(({ environment }) => environment.split('/'))
    .flatMap(([of, environment]) => (of === app ? [`${environment} -`] : []));
  const found = new Map<string, Standing>();
  for (const line of [...stdout.split('\n'), ...routed]) {
    const [environment = '', age] = line.split(' ');
    const number = previewNumber(environment);
    if (number === undefined || found.get(environment)?.ageMs !== undefined) continue;
    const seconds = Number(age);
    const ageMs = age === '-' || Number.isNaN(seconds) ? undefined : Math.max(0, seconds * 1000);
    found.set(environment, { environment, number, ageMs });
  }
  return [...found.values()].sort((a, b) => a.number - b.number);
}

/**
 * Whether there is room for one more.
 * @throws DeployError preview-full with those that are there.
 */
export function demandRoom(
  standing: readonly Standing[],
  environment: string,
  max: number,
  where: string,
): void {
  const others = standing.filter((one) => one.environment !== environment);
  if (others.length < max) return;
  const ages = others.map(({ environment: name, ageMs }) =>
    ageMs === undefined ? name : `${name} (${formatDuration(Math.floor(ageMs / 60_000) * 60_000)})`,
  );
  throw new DeployError({
    code: 'preview-full',
    where,
    what: `There are ${others.length} previews already, and preview.max is ${max}: ${ages.join(', ')}.`,
    remedy:
      'Close pull requests, remove one (command: remove, pull-request: NUMBER), run command: prune, or raise preview.max.',
  });
}

/** Why a preview goes; undefined when it stays. */
export function reasonToGo(
  { number, ageMs }: Standing,
  open: ReadonlySet<number>,
  ttlMs: number,
): string | undefined {
  if (!open.has(number)) return 'its pull request is not open';
  if (ageMs !== undefined && ageMs > ttlMs)
    return `its last deploy is more than ${formatDuration(ttlMs)} ago`;
  return undefined;
}
