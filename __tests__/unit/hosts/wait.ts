import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Waits, for at most some seconds, until something is true. */
export async function until(what: string, done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (done()) return;
    await pause(10);
  }
  throw new Error(`never came: ${what}`);
}

/** Is a process there, and no zombie? */
export function alive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
