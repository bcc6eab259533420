import type { Changes } from '../report/result.ts';
import type { Release } from './records.ts';

/** What a release changes against the one before it, by name only: never a value. */
export function changesBetween(before: Release | undefined, now: Release): Changes {
  const old = before?.env ?? {};
  const has = (env: object, name: string) => Object.hasOwn(env, name);
  const names = (keep: (name: string) => boolean, from: object) => Object.keys(from).filter(keep).sort();
  return {
    images: Object.entries(now.images).flatMap(([service, to]) => {
      const from = before && has(before.images, service) ? (before.images[service] ?? '') : '';
      return from === to ? [] : [{ service, from, to }];
    }),
    env: {
      added: names((name) => !has(old, name), now.env),
      removed: names((name) => !has(now.env, name), old),
      changed: names((name) => has(old, name) && old[name] !== now.env[name], now.env),
    },
  };
}
