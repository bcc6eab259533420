import type { EdgeState } from './state.ts';

/** The maps the edge looks requests up in, by file name. */
export const MAPS = ['hosts', 'slots', 'redirect', 'login', 'noindex', 'active'] as const;
/** Maps that an edge which runs with an older configuration does not have. */
export const GUARD_MAPS = ['login', 'noindex'] as const;
export type MapName = (typeof MAPS)[number];

type Entries = ReadonlyMap<string, string>;

/**
 * The maps that follow from the edge's state: hostname -> environment, hostname/color -> slot, hostname -> redirect, and
 * of environments with a guard, environment -> login and environment -> noindex.
 */
export function mapsOf(state: EdgeState): Readonly<Record<Exclude<MapName, 'active'>, Entries>> {
  return {
    hosts: new Map(state.hosts.map((one) => [one.host, one.environment])),
    slots: new Map(
      state.hosts.flatMap((one) =>
        Object.entries(one.slots).flatMap(([color, slot]) =>
          slot ? [[`${one.host}/${color}`, slot] as const] : [],
        ),
      ),
    ),
    redirect: new Map(state.hosts.filter((one) => one.redirect).map((one) => [one.host, '1'])),
    login: new Map(state.guards.flatMap((one) => (one.login ? [[one.environment, one.login] as const] : []))),
    noindex: new Map(state.guards.filter((one) => one.noindex).map((one) => [one.environment, '1'])),
  };
}

/** A map as HAProxy reads it from a file: one `key value` a line. */
export function formatMap(entries: Entries): string {
  return [...entries].map(([key, value]) => `${key} ${value}\n`).join('');
}

/** Reads a map file. */
export function parseMap(text: string): Map<string, string> {
  return new Map(
    text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .flatMap(([key, value]) => (key && value ? [[key, value] as const] : [])),
  );
}

/** Runtime commands that bring a map from what it was to what it shall be; unchanged entries are not touched. */
export function mapCommands(name: MapName, before: Entries, after: Entries): string[] {
  const file = mapFile(name);
  const commands: string[] = [];
  for (const [key, value] of after) {
    const old = before.get(key);
    if (old === undefined) commands.push(`add map ${file} ${key} ${value}`);
    else if (old !== value) commands.push(`set map ${file} ${key} ${value}`);
  }
  for (const key of before.keys()) if (!after.has(key)) commands.push(`del map ${file} ${key}`);
  return commands;
}

/** A map's path as the edge's container sees it; the runtime commands name a map by it. */
export const mapFile = (name: MapName): string => `/edge/maps/${name}.map`;
