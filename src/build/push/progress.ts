/** How often a line tells how far a send is, in milliseconds: seldom enough for a log. */
const EVERY_MS = 5_000;

/** A number of bytes for people: in MB, below one of them in kB. */
export function size(bytes: number): string {
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** Bytes, their share of the whole, and the rate since the start. */
export function progressLine(sent: number, from: number, total: number, elapsedMs: number): string {
  const done = from + sent;
  const rate = sent / Math.max(elapsedMs, 1) / 1000;
  return `${size(done)} of ${size(total)} (${Math.floor((done / total) * 100)} %), ${rate.toFixed(1)} MB/s`;
}

/** Tells of a send while it runs, the last time when all is sent: what then is waited for is the server's Docker. */
export function progress(
  total: number,
  from: number,
  tell: (line: string) => void,
): { add(bytes: number): void; end(): void } {
  const began = performance.now();
  let sent = 0;
  let told = false;
  const line = () => {
    if (told) return;
    told = from + sent >= total;
    tell(progressLine(sent, from, total, performance.now() - began));
  };
  const timer = setInterval(line, EVERY_MS);
  return {
    add: (bytes) => {
      sent += bytes;
      if (from + sent >= total) line();
    },
    end: () => clearInterval(timer),
  };
}
