import { around, Leaf, Lemon, scattered } from './parts.tsx';

/** A nest of pasta under a spoon of ragù. */
export function Tagliatelle() {
  return (
    <>
      <circle r="46" fill="#d9992f" />
      {around(12, 20).map(({ angle, x, y }, index) => (
        <ellipse
          key={angle}
          cx={x}
          cy={y}
          rx="27"
          ry="16"
          transform={`rotate(${angle + 35} ${x} ${y})`}
          fill="none"
          stroke={index % 2 === 0 ? '#f3c562' : '#e8b048'}
          strokeWidth="5"
        />
      ))}
      <path
        d="M-20-6C-18-24 6-26 16-16C28-6 24 14 10 18C-4 24-24 14-20-6Z"
        fill="#8f3a1c"
        stroke="#7a2f15"
        strokeWidth="2"
      />
      {scattered(16, 18).map(({ index, x, y }) => (
        <circle key={index} cx={x} cy={y} r={2.6} fill={index % 3 === 0 ? '#c5562f' : '#6f2a12'} />
      ))}
      {scattered(9, 30).map(({ index, x, y }) => (
        <rect key={index} x={x} y={y} width="5" height="1.8" rx="0.9" fill="#fff6df" />
      ))}
      <Leaf x={-4} y={-8} turn={-35} scale={0.95} />
      <Leaf x={8} y={-4} turn={40} scale={0.8} />
    </>
  );
}

/** A whole fish with lemon. */
export function SeaBream() {
  return (
    <>
      <Leaf x={-30} y={26} turn={70} />
      <Leaf x={-14} y={32} turn={100} />
      <Lemon x={24} y={30} />
      <Lemon x={2} y={34} turn={20} scale={0.9} />
      <g transform="rotate(-14)">
        <path d="M38-4L60-22C56-8 56 6 60 18Z" fill="#7f93a0" />
        <path d="M-54-2C-36-34 20-34 44-4C20 24-36 26-54-2Z" fill="#93a7b3" />
        <path d="M-54-2C-36 26 20 24 44-4C20 10-30 10-54-2Z" fill="#c4d0d5" />
        <path d="M-20-24C-8-36 14-34 22-20Z" fill="#7f93a0" />
        <path d="M-30-18C-22-8-22 8-30 16" fill="none" stroke="#6b7f8c" strokeWidth="2.5" />
        {[-12, 2, 16].map((x) => (
          <path
            key={x}
            d={`M${x}-16L${x + 8} 11`}
            stroke="#4f3a2c"
            strokeWidth="3.4"
            strokeLinecap="round"
            opacity="0.75"
          />
        ))}
        <circle cx="-41" cy="-6" r="4" fill="#fffdf6" />
        <circle cx="-41" cy="-6" r="2.1" fill="#2a1c14" />
      </g>
      <Lemon x={-34} y={-34} turn={10} scale={0.8} />
    </>
  );
}

/** A pizza, cut in eight. */
export function Margherita() {
  const cheese = [...around(6, 34, 20), ...around(3, 13, 70)];
  return (
    <>
      <circle r="64" fill="#c98a3f" />
      {around(14, 60, 9).map(({ angle, x, y }, index) => (
        <circle key={angle} cx={x} cy={y} r={index % 3 === 0 ? 4.5 : 3} fill="#a9672a" opacity="0.6" />
      ))}
      <circle r="55" fill="#dd9f55" />
      <circle r="52" fill="#c6401f" />
      {cheese.map(({ angle, x, y }, index) => (
        <g key={angle}>
          <ellipse cx={x} cy={y} rx={12 - (index % 3)} ry={9 + (index % 2) * 2} fill="#fff4dc" />
          <ellipse cx={x + 2} cy={y + 1} rx="4" ry="2.6" fill="#eec98c" opacity="0.8" />
        </g>
      ))}
      {around(4, 62, 22.5).map(({ angle, x, y }) => (
        <path key={angle} d={`M${-x} ${-y}L${x} ${y}`} stroke="#8f2d14" strokeWidth="1" opacity="0.45" />
      ))}
      <Leaf x={-20} y={-14} turn={-50} />
      <Leaf x={24} y={-16} turn={40} />
      <Leaf x={3} y={28} turn={95} />
    </>
  );
}
