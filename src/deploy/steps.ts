import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Table } from '../report/result.ts';

/** One phase and how long it took, in milliseconds since the change began. */
export interface PhaseTime {
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
}

/** Runs the phases of a change: times them, and keeps what must be undone when one fails. */
export class Steps {
  readonly times: PhaseTime[] = [];
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #now: () => number;
  readonly #began: number;
  #committed = false;
  /** The traffic went to the new release and came back: it did badly there. */
  reverted = false;
  /** What is known for the report, also of a change that fails: what was live, and what was tried. */
  known: {
    release?: string;
    previousRelease?: string;
    color?: string;
    attempted?: string;
    commit?: string;
    removed?: readonly string[];
  } = {};
  /** For the summary, also of a change that fails. */
  readonly tables: Table[] = [];
  /** Told of each phase as it begins, for reports that go along with a change. */
  onPhase: (name: string) => void = () => {};
  #undo: { title: string; work: () => Promise<void> }[] = [];

  constructor(log: Log, signal: AbortSignal, now: () => number) {
    this.#log = log;
    this.#signal = signal;
    this.#now = now;
    this.#began = now();
  }

  get elapsedMs(): number {
    return this.#now() - this.#began;
  }

  /** A phase in a log group of its own. Nothing starts after a cancel, but for what ends a change that is made. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (!this.#committed) this.#signal.throwIfAborted();
    this.onPhase(name);
    const start = this.#now();
    try {
      return await this.#log.group(name, work);
    } finally {
      const end = this.#now();
      this.times.push({ name, startMs: start - this.#began, durationMs: end - start });
    }
  }

  /** What to do, last first, when a later phase fails. */
  onFailure(title: string, work: () => Promise<void>): void {
    this.#undo.push({ title, work });
  }

  /**
   * From here on there is nothing to undo: what was begun is finished instead.
   * @param live what serves from now on; without it nobody can tell
   */
  commit(live: { readonly release?: string; readonly color?: string }): void {
    this.#committed = true;
    this.#undo = [];
    const { release: _, color: __, attempted, ...rest } = this.known;
    this.known = { ...rest, ...(live.release === undefined && attempted && { attempted }), ...live };
  }

  /** Undoes what was done. A step that can not be undone is told and does not keep the others from it. */
  async undo(): Promise<void> {
    for (const { title, work } of this.#undo.splice(0).reverse()) {
      try {
        await work();
      } catch (error) {
        this.#log.warn({ code: 'undo', what: `Could not ${title}: ${messageOf(error)}.` });
      }
    }
  }
}
