/** What several drawings share. A drawing's middle is 0,0; its plate has a radius of 72. */

interface Place {
  x: number;
  y: number;
  /** Degrees, clockwise. */
  turn?: number;
  scale?: number;
}

function transform({ x, y, turn = 0, scale = 1 }: Place): string {
  return `translate(${x} ${y}) rotate(${turn}) scale(${scale})`;
}

/** A leaf of basil or mint, 24 long. */
export function Leaf(place: Place) {
  return (
    <g transform={transform(place)}>
      <path d="M0-12C9-7 9 6 0 12C-9 6-9-7 0-12Z" fill="#5c8a3a" />
      <path d="M0-12C4-6 4 6 0 12Z" fill="#6fa049" />
      <path d="M0-9V10" stroke="#42682a" strokeWidth="0.8" />
    </g>
  );
}

/** A slice of lemon, 26 across. */
export function Lemon(place: Place) {
  return (
    <g transform={transform(place)}>
      <circle r="13" fill="#f2c230" />
      <circle r="11" fill="#fff3b8" />
      {around(8, 0).map(({ angle }) => (
        <path key={angle} transform={`rotate(${angle})`} d="M0-2L3-9.5A10 10 0 0 0-3-9.5Z" fill="#f7d75a" />
      ))}
    </g>
  );
}

/** `count` places on a circle of this radius, the first at the top. */
export function around(count: number, radius: number, from = 0): { angle: number; x: number; y: number }[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = from + (360 / count) * index;
    const radians = (angle * Math.PI) / 180;
    return { angle, x: radius * Math.sin(radians), y: -radius * Math.cos(radians) };
  });
}

/** `count` places spread evenly over a disc, as seeds are in a sunflower. */
export function scattered(count: number, radius: number): { index: number; x: number; y: number }[] {
  return Array.from({ length: count }, (_, index) => {
    const distance = radius * Math.sqrt((index + 0.5) / count);
    const radians = index * 2.39996;
    return { index, x: distance * Math.cos(radians), y: distance * Math.sin(radians) };
  });
}
