import { around, Leaf, Lemon, scattered } from './parts.tsx';

/** A square of tiramisù, with the dust of cocoa around it. */
export function Tiramisu() {
  return (
    <>
      {scattered(60, 50).map(({ index, x, y }) => (
        <circle key={index} cx={x} cy={y} r={0.7 + (index % 3) * 0.5} fill="#5a3420" opacity="0.55" />
      ))}
      <g transform="rotate(-12)">
        <path d="M-34-14L-26-32H36L30-14Z" fill="#4a2716" />
        <path d="M30-14L36-32V12L30 32Z" fill="#c9a06b" />
        <rect x="-34" y="-14" width="64" height="46" rx="2" fill="#f6e8cd" />
        {[-4, 14].map((y) => (
          <rect key={y} x="-34" y={y} width="64" height="9" fill="#8a5630" />
        ))}
        {[-4, 14].map((y) => (
          <path key={y} d={`M-30 ${y + 4.5}H26`} stroke="#6f4120" strokeWidth="2" strokeDasharray="5 4" />
        ))}
        <path d="M30-6L36-24V-16L30 4ZM30 14L36-6V2L30 23Z" fill="#7a4a28" />
        {scattered(40, 30).map(({ index, x, y }) => (
          <circle
            key={index}
            cx={x + 1}
            cy={-23 + y * 0.22}
            r="1.2"
            fill={index % 2 ? '#6b3c22' : '#33190d'}
          />
        ))}
      </g>
      <Leaf x={26} y={-34} turn={30} scale={0.7} />
      <Leaf x={36} y={-28} turn={75} scale={0.6} />
    </>
  );
}

/** A white pudding in a pool of raspberry. */
export function PannaCotta() {
  return (
    <>
      <path
        d="M-44-8C-46-40-14-50 12-46C40-42 52-18 46 8C42 36 18 50-10 46C-34 44-44 20-44-8Z"
        fill="#b51f45"
      />
      <path
        d="M-36 10C-32 28-18 38 0 40"
        fill="none"
        stroke="#dd5c7c"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <circle r="31" cy="3" fill="#6d0f28" opacity="0.45" />
      {around(12, 22).map(({ angle, x, y }) => (
        <circle key={angle} cx={x} cy={y} r="9" fill="#fdf3e3" />
      ))}
      <circle r="25" fill="#fffaf0" />
      {scattered(16, 20).map(({ index, x, y }) => (
        <circle key={index} cx={x} cy={y} r="0.8" fill="#5a4030" />
      ))}
      {around(3, 8).map(({ angle, x, y }) => (
        <g key={angle} transform={`translate(${x} ${y})`}>
          <circle r="7.5" fill="#d22a4f" />
          {around(6, 4).map((drop) => (
            <circle key={drop.angle} cx={drop.x} cy={drop.y} r="2.3" fill="#e8587a" />
          ))}
          <circle r="2" fill="#f08aa1" />
        </g>
      ))}
      <Leaf x={14} y={14} turn={120} scale={0.7} />
      <Leaf x={-38} y={-30} turn={-40} scale={0.7} />
    </>
  );
}

/** A tart under burnt meringue. */
export function LemonTart() {
  return (
    <>
      {around(24, 49).map(({ angle, x, y }) => (
        <circle key={angle} cx={x} cy={y} r="7" fill="#d49a4c" />
      ))}
      <circle r="49" fill="#c98a3c" />
      <circle r="44" fill="#f5cf45" />
      <circle r="44" fill="none" stroke="#e2b52c" strokeWidth="3" />
      {[...around(10, 28), ...around(5, 11, 18)].map(({ angle, x, y }, index) => (
        <g key={`${angle}-${x}`} transform={`translate(${x} ${y})`}>
          <circle r="10" fill="#fffaf0" />
          <circle r="7" fill="#f7ead2" />
          <circle r="4" fill={index % 2 === 0 ? '#c98d4d' : '#deb27a'} />
          <circle r="1.6" fill="#8f5a2a" />
        </g>
      ))}
      <Lemon x={36} y={-36} scale={0.95} />
      <Leaf x={20} y={-44} turn={-70} scale={0.7} />
    </>
  );
}
