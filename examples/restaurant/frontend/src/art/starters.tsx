import { around, Leaf, scattered } from './parts.tsx';

/** A bowl of red with a swirl of cream. */
export function TomatoSoup() {
  return (
    <>
      <circle r="54" fill="#f3e3cf" />
      <circle r="50" fill="#c5431f" />
      <circle r="50" fill="none" stroke="#9f3216" strokeWidth="3" opacity="0.55" />
      <path
        d="M-30 8C-30-20 4-32 22-16C36-2 22 22 2 20C-14 18-18 0-4-6C6-10 14 0 8 6"
        fill="none"
        stroke="#fff0da"
        strokeWidth="5"
        strokeLinecap="round"
      />
      {scattered(22, 44).map(({ index, x, y }) => (
        <circle key={index} cx={x} cy={y} r={index % 3 === 0 ? 1.8 : 1.1} fill="#e8a13a" opacity="0.85" />
      ))}
      <Leaf x={26} y={24} turn={50} />
      <Leaf x={34} y={14} turn={95} scale={0.8} />
    </>
  );
}

/** A ball of burrata among halved figs. */
export function Burrata() {
  return (
    <>
      <circle r="50" fill="#8a9a4b" />
      <circle r="50" fill="none" stroke="#a9b566" strokeWidth="3" />
      {around(7, 34).map(({ angle, x, y }) => (
        <Leaf key={angle} x={x} y={y} turn={angle + 35} scale={1.2} />
      ))}
      {around(5, 35, 18).map(({ angle, x, y }) => (
        <g key={angle} transform={`translate(${x} ${y}) rotate(${angle})`}>
          <path d="M0-15C11-12 14 0 9 8C5 13-5 13-9 8C-14 0-11-12 0-15Z" fill="#5b2c4f" />
          <path d="M0-10C8-8 10 0 6 6C3 9-3 9-6 6C-10 0-8-8 0-10Z" fill="#d9697a" />
          {around(6, 3.6).map((seed) => (
            <circle key={seed.angle} cx={seed.x} cy={seed.y} r="0.9" fill="#f7dfb0" />
          ))}
        </g>
      ))}
      <circle r="25" cy="2" fill="#3b2018" opacity="0.25" />
      <circle r="24" fill="#fffefb" />
      <path d="M-14-10C-4-20 12-16 16-4C6-10-4-10-14-10Z" fill="#efe5d3" />
      <path d="M0-8C3-4 3 2 0 6C-3 2-3-4 0-8Z" fill="#e6d9c2" />
      {scattered(14, 48).map(({ index, x, y }) => (
        <rect key={index} x={x} y={y} width="3" height="2.4" rx="1" fill="#dba866" />
      ))}
    </>
  );
}

/** Thin slices of beetroot, one over the other. */
export function BeetCarpaccio() {
  const slices = [...around(8, 35), ...around(4, 15, 45), { angle: -1, x: 0, y: 0 }];
  return (
    <>
      {slices.map(({ angle, x, y }, index) => (
        <g key={`${angle}-${x}`} transform={`translate(${x} ${y})`}>
          <circle r="17" fill={index % 2 === 0 ? '#8e1f45' : '#a52a52'} opacity="0.93" />
          <circle r="11" fill="none" stroke="#c75b7f" strokeWidth="1.6" opacity="0.8" />
          <circle r="5" fill="none" stroke="#c75b7f" strokeWidth="1.2" opacity="0.7" />
        </g>
      ))}
      {scattered(11, 42).map(({ index, x, y }) => (
        <circle key={index} cx={x} cy={y} r={index % 2 === 0 ? 4.6 : 3.2} fill="#fffaf0" />
      ))}
      {around(3, 26, 30).map(({ angle, x, y }) => (
        <path
          key={angle}
          transform={`translate(${x} ${y}) rotate(${angle})`}
          d="M-9 0A9 9 0 0 1 9 0Z"
          fill="#f29b38"
          stroke="#d97a1c"
          strokeWidth="1.4"
        />
      ))}
      <Leaf x={-16} y={-24} turn={-30} scale={0.75} />
      <Leaf x={22} y={14} turn={70} scale={0.75} />
    </>
  );
}
