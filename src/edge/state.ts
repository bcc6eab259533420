import { createHash } from 'node:crypto';
import { z } from 'zod';
import { DeployError, type Fault } from '../errors.ts';

export const COLORS = ['blue', 'green'] as const;
export type Color = (typeof COLORS)[number];
export const otherColor = (color: Color): Color => (color === 'blue' ? 'green' : 'blue');

/** Generic backends declared ahead, so that a color takes one at run time and no reload is ever needed. */
export const SLOTS = 64;

/** Servers of a slot: so many containers of a service get traffic in turn. */
export const REPLICAS = 4;

/**
 * What may stand in the edge's config, its maps and its commands. Whatever let a name in before, none that holds a
 * space, a line end or a quote gets through here.
 */
const slotName = z.string().regex(/^slot([1-9]|[1-5]\d|6[0-4])$/);
const environmentName = z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/);
const hostname = z.string().regex(/^[a-z0-9.-]+$/);
const aliasName = z.string().regex(/^[a-z0-9-]+$/);

const slotSchema = z.object({
  slot: slotName,
  environment: environmentName,
  color: z.enum(COLORS),
  service: z.string(),
  port: z.int().min(1).max(65_535),
  alias: aliasName,
  /** How many containers answer to the alias, as far as the edge takes them. */
  replicas: z.int().min(1).max(REPLICAS).default(1),
});

const hostSchema = z.object({
  host: hostname,
  environment: environmentName,
  /** The slot that answers this hostname, by color. */
  slots: z.object({ blue: slotName.optional(), green: slotName.optional() }),
  /** HTTP is redirected to HTTPS. */
  redirect: z.boolean(),
});

const guardSchema = z.object({
  environment: environmentName,
  /** Search engines are asked to leave it out. */
  noindex: z.boolean(),
  /** What the header Authorization has to come to, see `loginMark`. */
  login: z
    .string()
    .regex(/^[0-9A-F]{64}$/)
    .optional(),
});

/** Everything the edge knows, but for which color is active: that is the map file's to say, alone. */
export const edgeStateSchema = z.object({
  slots: z.array(slotSchema),
  hosts: z.array(hostSchema),
  // Files that were written before there were guards have none.
  guards: z.array(guardSchema).default([]),
});
export type EdgeState = z.infer<typeof edgeStateSchema>;
export type Slot = z.infer<typeof slotSchema>;
export type EdgeHost = z.infer<typeof hostSchema>;
export type Guard = Omit<z.infer<typeof guardSchema>, 'environment'>;

export const EMPTY_EDGE: EdgeState = { slots: [], hosts: [], guards: [] };

/** A service of one color that the edge shall reach. */
export interface Target {
  readonly service: string;
  readonly port: number;
  readonly alias: string;
  /** How many containers it has; the edge takes `REPLICAS` of them at most. */
  readonly replicas: number;
}

export interface EdgeRoute {
  readonly hosts: readonly string[];
  readonly service: string;
  readonly port: number;
  readonly redirect: boolean;
}

/** The name of an environment at the edge: the key of the active map. */
export const environmentKey = (app: string, environment: string): string => `${app}/${environment}`;

const serversFor = ({ replicas }: Target) => Math.min(replicas, REPLICAS);
const sameTarget = (slot: Slot, target: Target) =>
  slot.service === target.service && slot.port === target.port;

/** A fault for each hostname that leads to another environment on this server. */
export const takenRoutes = (
  state: EdgeState,
  environment: string,
  routes: readonly Pick<EdgeRoute, 'hosts'>[],
): Fault[] =>
  routes.flatMap((route) =>
    route.hosts.flatMap((host) =>
      state.hosts
        .filter((one) => one.host === host && one.environment !== environment)
        .map((one) => ({
          code: 'route-taken',
          what: `The hostname ${one.host} belongs to ${one.environment} on this server.`,
          remedy:
            'A hostname leads to one environment: change routes[].hosts, or remove the other environment first.',
        })),
    ),
  );

/**
 * The edge with one color of one environment placed on slots: a service keeps the slot that it had, others take
 * free ones, and what this color no longer uses is free again.
 * @throws DeployError route-taken when a hostname belongs to another environment, edge-full when no slot is free.
 */
export function placeColor(
  state: EdgeState,
  environment: string,
  color: Color,
  targets: readonly Target[],
  routes: readonly EdgeRoute[],
): EdgeState {
  const taken = takenRoutes(state, environment, routes);
  if (taken.length > 0) throw new DeployError(taken);

  const kept = state.slots.filter((slot) => slot.environment !== environment || slot.color !== color);
  const mine = state.slots.filter((slot) => slot.environment === environment && slot.color === color);
  const used = new Set(kept.map((slot) => slot.slot));
  const placed: Slot[] = [];
  const waiting: Target[] = [];
  for (const target of targets) {
    const before = mine.find((slot) => sameTarget(slot, target));
    if (before) {
      placed.push({ ...before, alias: target.alias, replicas: serversFor(target) });
      used.add(before.slot);
    } else waiting.push(target);
  }
  for (const target of waiting) {
    const slot = Array.from({ length: SLOTS }, (_, at) => `slot${at + 1}`).find((name) => !used.has(name));
    if (!slot) {
      throw new DeployError({
        code: 'edge-full',
        what: `All ${SLOTS} slots of the edge are in use.`,
        remedy: 'Remove environments that are no longer needed: command: remove.',
      });
    }
    used.add(slot);
    placed.push({ slot, environment, color, ...target, replicas: serversFor(target) });
  }

  const slotOf = (route: EdgeRoute) =>
    placed.find((slot) => slot.service === route.service && slot.port === route.port)?.slot;
  const hosts = new Map<string, EdgeHost>(
    state.hosts.map((one): [string, EdgeHost] => {
      if (one.environment !== environment) return [one.host, one];
      const { [color]: _, ...rest } = one.slots;
      return [one.host, { ...one, slots: rest }];
    }),
  );
  for (const route of routes) {
    for (const host of route.hosts) {
      const slots = { ...hosts.get(host)?.slots, [color]: slotOf(route) };
      hosts.set(host, { host, environment, slots, redirect: hosts.get(host)?.redirect ?? route.redirect });
    }
  }
  const left = [...hosts.values()].filter((one) => one.slots.blue || one.slots.green);
  return {
    ...state,
    slots: [...kept, ...placed].sort(bySlot),
    hosts: left.sort((a, b) => (a.host < b.host ? -1 : 1)),
  };
}

/** Hostnames follow the routes of the active color: called with the switch, when the old color's word ends. */
export function settleRoutes(state: EdgeState, environment: string, routes: readonly EdgeRoute[]): EdgeState {
  const redirects = new Map(
    routes.flatMap((route) => route.hosts.map((host) => [host, route.redirect] as const)),
  );
  return {
    ...state,
    hosts: state.hosts.map((one) =>
      one.environment === environment && redirects.has(one.host)
        ? { ...one, redirect: redirects.get(one.host) ?? false }
        : one,
    ),
  };
}

/** The edge with a guard before an environment, or without one. */
export function setGuard(state: EdgeState, environment: string, guard: Guard | undefined): EdgeState {
  const others = state.guards.filter((one) => one.environment !== environment);
  const guards = guard ? [...others, { environment, ...guard }] : others;
  return { ...state, guards: guards.sort((a, b) => (a.environment < b.environment ? -1 : 1)) };
}

/**
 * What the edge compares a login with: the SHA-256 of the header that a browser sends, so that no password lies in the
 * edge's files, as HAProxy's converter `hex` writes it.
 * Source: RFC 7617.
 */
export const loginMark = (user: string, password: string): string =>
  createHash('sha256')
    .update(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`)
    .digest('hex')
    .toUpperCase();

/** The edge without an environment: its hostnames and slots are free. */
export function removeEnvironment(state: EdgeState, environment: string): EdgeState {
  return {
    guards: state.guards.filter((one) => one.environment !== environment),
    slots: state.slots.filter((slot) => slot.environment !== environment),
    hosts: state.hosts.filter((one) => one.environment !== environment),
  };
}

const bySlot = (a: Slot, b: Slot) => Number(a.slot.slice(4)) - Number(b.slot.slice(4));
