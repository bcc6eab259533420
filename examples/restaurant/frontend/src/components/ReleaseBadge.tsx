import type { Release } from '../api.ts';

/** Names the release and the color that answer now; read out when they change. */
export function ReleaseBadge({ release }: { release: Release | null }) {
  return (
    <div className="badge" role="status" aria-label="Release" data-color={release?.color ?? 'none'}>
      <span className="badge-dot" aria-hidden="true" />
      {release === null ? (
        <span>asking the kitchen…</span>
      ) : (
        <>
          <strong>{release.color}</strong>
          <span className="badge-release" title={release.release}>
            {release.release}
          </span>
          <span className="badge-environment">{release.environment}</span>
        </>
      )}
    </div>
  );
}
