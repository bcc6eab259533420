import type { ReactNode } from 'react';
import { LemonTart, PannaCotta, Tiramisu } from './desserts.tsx';
import { Margherita, SeaBream, Tagliatelle } from './mains.tsx';
import { BeetCarpaccio, Burrata, TomatoSoup } from './starters.tsx';

const DRAWINGS: Record<string, () => ReactNode> = {
  'tomato-soup': TomatoSoup,
  burrata: Burrata,
  'beet-carpaccio': BeetCarpaccio,
  tagliatelle: Tagliatelle,
  'sea-bream': SeaBream,
  margherita: Margherita,
  tiramisu: Tiramisu,
  'panna-cotta': PannaCotta,
  'lemon-tart': LemonTart,
};

/** A plate seen from above, with the dish on it where we have a drawing of it. Only to look at. */
export function DishArt({ slug }: { slug: string }) {
  const Drawing = DRAWINGS[slug];
  return (
    <svg className="art" viewBox="-80 -80 160 160" aria-hidden="true" focusable="false">
      <circle cy="5" r="72" fill="#3b2018" opacity="0.12" />
      <circle r="72" fill="#fffdf8" />
      <circle r="70" fill="none" stroke="#e3d2ba" strokeWidth="1.5" />
      <circle r="55" fill="#faf4e9" stroke="#eadcc7" strokeWidth="1" />
      {Drawing !== undefined && <Drawing />}
    </svg>
  );
}
