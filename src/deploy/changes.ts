import type { Changes } from '../report/result.ts';
import type { Release } from './records.ts';

/** What a release changes against the one before it, by name only: never a value. */
export function changesBetween(before: Release | undefined, now: Release): Changes {
  const old = before?.env ?? {};
  const names = (keep: (name: string) => boolean, from: object) => Object.keys(from).filter(keep).sort();
  return {
    images: Object.entries(now.images).flatMap(([service, to]) => {
      const from = before?.images[service] ?? '';
      return from === to ? [] : [{ service, from, to }];
    }),
    env: {
      added: names((name) => !(name in old), now.env),
      removed: names((name) => !(name in now.env), old),
      changed: names((name) => name in old && old[name] !== now.env[name], now.env),
    },
  };
}
