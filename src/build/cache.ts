import { safeName } from './images.ts';

/** Where the layers of a build are kept for the next one; `own`: where the builder keeps them by itself. */
export type CacheKind = 'github' | 'registry' | 'own';

/** What decides where. */
export interface CacheFacts {
  /** Whether the builder can keep caches elsewhere. */
  readonly able: boolean;
  /** The runner's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether images go to a registry. */
  readonly registry: boolean;
}

/**
 * GitHub's own cache where a run may use it; else the registry, from CI, where the next run may be on another machine;
 * else the builder's own, which is there anyway and costs nothing.
 */
export function cacheKind({ able, env, registry }: CacheFacts): CacheKind {
  if (!able) return 'own';
  if (env.ACTIONS_RUNTIME_TOKEN && (env.ACTIONS_RESULTS_URL || env.ACTIONS_CACHE_URL)) return 'github';
  return registry && env.CI ? 'registry' : 'own';
}

export interface Cache {
  readonly from: string;
  readonly to: string;
}

/** Seconds after which a cache that is slow is done without. */
const PATIENCE = '2m';

/**
 * A service's cache, as buildx writes it. All stages are kept, and what can not be kept is no error.
 * @param prefix what names of images begin with in the registry.
 */
export function cacheOf(kind: CacheKind, app: string, service: string, prefix: string): Cache | undefined {
  switch (kind) {
    case 'own':
      return undefined;
    case 'github': {
      const from = `type=gha,scope=${app}-${service},timeout=${PATIENCE}`;
      return { from, to: `${from},mode=max,ignore-error=true` };
    }
    case 'registry': {
      const from = `type=registry,ref=${prefix}/${app}-${safeName(service)}:buildcache`;
      return { from, to: `${from},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true` };
    }
  }
}

/**
 * What a builder's plain output says of caches that it could not use, one line each. That there is none yet is no
 * trouble.
 */
export function cacheTrouble(lines: readonly string[]): string[] {
  const steps = new Set<string>();
  const said = new Set<string>();
  for (const line of lines) {
    const [, step = '', rest = ''] = /^(#\d+) (.*)$/.exec(line.trim()) ?? [];
    if (/^(?:\[\S+\] )?(?:importing|exporting) cache\b/.test(rest)) steps.add(step);
    const [, why] = /^ERROR: (.*)$/.exec(rest) ?? [];
    if (why && steps.has(step) && !/not found/i.test(why)) said.add(why);
  }
  return [...said];
}

/** Did a build fail for its caches and not for what is built? */
export const failedByCache = (reason: string): boolean =>
  /\b(cache (?:im|ex)porter|cache (?:im|ex)port|(?:im|ex)porting cache|cache manifest|gha cache|buildcache)\b/i.test(
    reason,
  );
