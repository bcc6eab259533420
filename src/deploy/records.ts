import { z } from 'zod';
import { COLORS } from '../edge/state.ts';

const color = z.enum(COLORS);

const health = z.object({
  path: z.string(),
  intervalMs: z.number(),
  inARow: z.number(),
  deadlineMs: z.number(),
});

const route = z.object({
  hosts: z.array(z.string()),
  service: z.string(),
  port: z.number(),
  health,
  /** HTTPS is served for these hostnames; `redirect`: HTTP leads there. */
  tls: z.boolean(),
  redirect: z.boolean(),
});
export type ReleaseRoute = z.infer<typeof route>;

const target = z.object({
  service: z.string(),
  connect: z.string(),
  alias: z.string(),
  port: z.number(),
  /** How many containers answer to the alias. */
  replicas: z.int().min(1).default(1),
});

/** release.json: all that a rollback needs besides the compose files and the images. */
export const releaseSchema = z.object({
  id: z.string(),
  app: z.string(),
  environment: z.string(),
  /** What the user calls it: the commit, or the `version` input. */
  version: z.string(),
  /** The commit it was made from, and its time in milliseconds since 1970 when git knew it. */
  commit: z.string(),
  committedAt: z.number().optional(),
  createdAt: z.string(),
  /** Hash of everything that makes a difference at run time: the same means that nothing changed. */
  fingerprint: z.string(),
  routes: z.array(route),
  targets: z.object({ blue: z.array(target), green: z.array(target) }),
  /** Service -> pinned image reference. */
  images: z.record(z.string(), z.string()),
  /** Name -> hash of the value: tells which keys changed, never what they hold. */
  env: z.record(z.string(), z.string()),
  /** Name -> the store, the secret and the version that its value was read from. */
  secrets: z
    .record(
      z.string(),
      z.object({
        from: z.enum(['aws', 'vault', 'host']),
        secret: z.string(),
        version: z.string().optional(),
      }),
    )
    .optional(),
  drainMs: z.number(),
  standby: z.enum(['running', 'stopped', 'none']),
  standbyMs: z.number(),
  /** A hook that may have changed the database ran before it went live. */
  migrated: z.boolean(),
});
export type Release = z.infer<typeof releaseSchema>;

const colorState = z.object({ release: z.string(), since: z.string() });

/** state.json: what stands where. Which color gets the traffic is the edge's map to say; `active` repeats it. */
export const stateSchema = z.object({
  active: color,
  colors: z.object({ blue: colorState.optional(), green: colorState.optional() }),
  by: z.string(),
  run: z.string(),
});
export type State = z.infer<typeof stateSchema>;

/** journal.json: the change in progress. It is there from the first thing that a deploy starts to its end. */
export const journalSchema = z.object({
  kind: z.enum(['deploy', 'rollback']),
  release: z.string(),
  color,
  from: z.object({ color, release: z.string() }).optional(),
  at: z.string(),
  by: z.string(),
  run: z.string(),
});
export type Journal = z.infer<typeof journalSchema>;

/** One line of ledger.jsonl: a change that ended. */
export const entrySchema = z.object({
  at: z.string(),
  kind: z.enum(['deploy', 'rollback']),
  outcome: z.enum(['deployed', 'rolled-back', 'reverted', 'failed']),
  release: z.string(),
  version: z.string(),
  previous: z.string().optional(),
  color,
  by: z.string(),
  run: z.string(),
  durationMs: z.number(),
  /** Milliseconds from the commit to live, when the commit's time is known. */
  leadMs: z.number().optional(),
  migrated: z.boolean(),
  reason: z.string().optional(),
});
export type Entry = z.infer<typeof entrySchema>;

/** lease: who changes this environment now. */
export const leaseSchema = z.object({
  token: z.string(),
  by: z.string(),
  run: z.string(),
  since: z.string(),
});
export type Lease = z.infer<typeof leaseSchema>;

/** Reads the ledger; a last line that a power cut left half-written is passed over. */
export function readLedger(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [entrySchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}
