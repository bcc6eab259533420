import type { Context } from './context.ts';
import type { Service } from './model.ts';
import type { Side } from './names.ts';
import type { Notice } from './types.ts';

/**
 * What one service says of another when the other is in the other project. Compose knows no such thing across
 * projects, so each is either not needed any more, or replaced by something that does the same, or refused.
 */
export interface Crossing {
  readonly service: Service;
  readonly notices: readonly Notice[];
}

/** The service without what points across the border. */
export function withoutCrossings(context: Context, side: Side, name: string, service: Service): Crossing {
  const across = (other: string) => context.sideOf(other) !== undefined && context.sideOf(other) !== side;
  const parts: Partial<Service> = {};
  const notices: Notice[] = [];

  // The shared project is up and ready before a color starts, so a color need not wait for it. A shared service that
  // waits for a color would wait for something that comes and goes.
  if (service.depends_on) {
    const entries = Object.entries(service.depends_on);
    parts.depends_on = Object.fromEntries(entries.filter(([other]) => !across(other)));
    for (const [other] of entries) {
      if (side === 'shared' && across(other)) notices.push(needsColor(name, other));
    }
  }
  // Both are on the same network, so the name resolves without a link; its alias is kept by linkAliases.
  if (service.links) parts.links = service.links.filter((link) => !across(linkOf(link).service));
  if (service.volumes_from) {
    const [kept, lost] = partition(service.volumes_from, (from) => !across(from.split(':')[0] ?? ''));
    parts.volumes_from = kept;
    for (const from of lost) notices.push(volumesAcross(name, from));
  }
  for (const key of ['network_mode', 'pid', 'ipc'] as const) {
    const refusal = namespaceRefusal(context, side, name, key, service[key]);
    if (refusal) notices.push(refusal);
  }
  return { service: withoutEmpty({ ...service, ...parts }), notices };
}

/**
 * Further names of shared services: `links: [db:database]` of a color service makes `database` a name of `db`. The
 * link itself can not cross the border, so the shared service answers to the name for everybody.
 */
export function linkAliases(context: Context): ReadonlyMap<string, readonly string[]> {
  const aliases = new Map<string, string[]>();
  for (const [, service] of context.servicesOf('color')) {
    for (const link of service.links ?? []) {
      const { service: other, alias } = linkOf(link);
      if (context.sideOf(other) === 'shared' && alias !== other) {
        aliases.set(other, [...(aliases.get(other) ?? []), alias]);
      }
    }
  }
  return aliases;
}

function linkOf(link: string): { readonly service: string; readonly alias: string } {
  const [service = '', alias = service] = link.split(':');
  return { service, alias };
}

/**
 * The service in whose network namespace this one lives: itself, or the one named by `network_mode: service:...`,
 * followed to its end. A container there has no network of its own to be connected.
 */
export function networkOwner(context: Context, name: string): string {
  const seen = new Set([name]);
  let owner = name;
  for (;;) {
    const mode = context.request.model.services[owner]?.network_mode;
    const next = mode?.startsWith('service:') ? mode.slice('service:'.length) : undefined;
    if (next === undefined || seen.has(next)) return owner;
    seen.add(next);
    owner = next;
  }
}

type Namespace = 'network_mode' | 'pid' | 'ipc';

function namespaceRefusal(
  context: Context,
  side: Side,
  name: string,
  key: Namespace,
  value: string | undefined,
): Notice | undefined {
  const [kind, other = ''] = value?.split(':') ?? [];
  if (kind === 'service' && context.sideOf(other) !== side) {
    return {
      code: 'compose-namespace-across',
      level: 'error',
      service: name,
      what: `"${name}" shares a namespace (\`${key}: ${value}\`) with "${other}", but only one of the two is shared.`,
      remedy: `List both "${name}" and "${other}" in \`shared\`, or neither.`,
    };
  }
  // A container's name is fixed, a color's containers are not: they have another name in each color.
  if (kind === 'container' && (side === 'color' || hasContainerName(context, other))) {
    return {
      code: 'compose-namespace-container',
      level: 'error',
      service: name,
      what: `"${name}" names a container (\`${key}: ${value}\`); two colors can not have containers of one name.`,
      remedy: `Name the service: \`${key}: service:...\`.`,
    };
  }
  return undefined;
}

function hasContainerName({ request }: Context, name: string): boolean {
  return Object.values(request.model.services).some((service) => service.container_name === name);
}

function needsColor(name: string, other: string): Notice {
  return {
    code: 'compose-shared-needs-color',
    level: 'error',
    service: name,
    what: `The shared service "${name}" depends on "${other}", which is not shared and exists once a color.`,
    remedy: `List "${other}" in \`shared\` too, or take the dependency away.`,
  };
}

function volumesAcross(name: string, from: string): Notice {
  const other = from.split(':')[0] ?? '';
  return {
    code: 'compose-volumes-from-across',
    level: 'error',
    service: name,
    what: `"${name}" takes the volumes of "${other}" (\`volumes_from\`), but only one of the two is shared.`,
    remedy: 'Mount a named volume in both services.',
  };
}

function partition<T>(items: readonly T[], keep: (item: T) => boolean): [T[], T[]] {
  return [items.filter(keep), items.filter((item) => !keep(item))];
}

/** A key whose last entry went is no key: some versions of Compose refuse an empty list here and there. */
function withoutEmpty(service: Service): Service {
  const { depends_on, links, volumes_from, ...rest } = service;
  return {
    ...rest,
    ...(depends_on && Object.keys(depends_on).length > 0 ? { depends_on } : {}),
    ...(links && links.length > 0 ? { links } : {}),
    ...(volumes_from && volumes_from.length > 0 ? { volumes_from } : {}),
  };
}
