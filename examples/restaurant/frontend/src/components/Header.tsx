import type { Release } from '../api.ts';
import { ReleaseBadge } from './ReleaseBadge.tsx';

/** The sign over the door, and which release stands behind it. */
export function Header({ release }: { release: Release | null }) {
  return (
    <header className="sign" data-color={release?.color ?? 'none'}>
      <div className="sign-inner">
        <ReleaseBadge release={release} />
        <p className="sign-kicker">Cucina italiana</p>
        <h1>Due Colori</h1>
        <p className="sign-line">A kitchen that stays open while it changes.</p>
      </div>
    </header>
  );
}
