const MAX_SAMPLES = 5;

/** Counts what the clients saw. */
export class Tally {
  websockets = { opened: 0, broken: 0, messages: 0 };
  #byClient = {};
  #failures = {};
  #answers = {};
  #first = [];
  #latencies = [];
  #idleClosed = 0;
  #began = Date.now();

  /** A request that got its full and right answer, after so many milliseconds when that is of interest. */
  ok(client, milliseconds, headers) {
    this.#of(client).requests++;
    if (milliseconds !== undefined) this.#latencies.push(milliseconds);
    const answeredBy = headers?.['x-release'] ?? headers?.['x-color'];
    if (answeredBy !== undefined) this.#answers[answeredBy] = (this.#answers[answeredBy] ?? 0) + 1;
  }

  /** A request that did not. */
  failed(client, failure, path) {
    const counts = this.#of(client);
    counts.requests++;
    counts.failed++;
    const kind = failure.kind ?? 'client-error';
    this.#failures[kind] = (this.#failures[kind] ?? 0) + 1;
    if (this.#first.length < MAX_SAMPLES) {
      this.#first.push({ time: new Date().toISOString(), kind, client, path, detail: failure.message });
    }
  }

  /** The server closed an idle connection without having said so; no request was lost. */
  idleClosed() {
    this.#idleClosed++;
  }

  /** What is printed at the end; latencies are milliseconds. */
  summary() {
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share) =>
      sorted.length === 0
        ? null
        : round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
    const total = (name) => Object.values(this.#byClient).reduce((sum, counts) => sum + counts[name], 0);
    return {
      requests: total('requests'),
      failed: total('failed'),
      failures: this.#failures,
      first: this.#first,
      byClient: this.#byClient,
      latency: { p50: at(0.5), p99: at(0.99), max: sorted.length === 0 ? null : round(sorted.at(-1)) },
      seconds: round((Date.now() - this.#began) / 1000),
      websockets: this.websockets,
      idleClosed: this.#idleClosed,
      answers: this.#answers,
    };
  }

  #of(client) {
    this.#byClient[client] ??= { requests: 0, failed: 0 };
    return this.#byClient[client];
  }
}

function round(value) {
  return Math.round(value * 10) / 10;
}
