import { SLOT_HEADER } from '../edge/config.ts';
import type { Answer } from '../edge/probe.ts';
import { DeployError } from '../errors.ts';
import { healthFault } from './failures.ts';
import type { ReleaseRoute } from './records.ts';
import type { Server } from './server.ts';

/** Milliseconds from a good answer to the next question: only what does not answer well yet needs the whole interval. */
const AGAIN_MS = 100;

/** A hostname that the new color has to answer well, several times in a row, before it gets any traffic. */
interface Check {
  readonly hostname: string;
  readonly route: ReleaseRoute;
  readonly slot: string;
  inARow: number;
  last: Answer | Error | undefined;
}

/** Checks a color through the edge's candidate listener, with every public hostname. */
export class Candidate {
  readonly #server: Server;
  readonly #checks: Check[];

  /** @param slotOf the slot of a route's service and port in the new color. */
  constructor(
    server: Server,
    routes: readonly ReleaseRoute[],
    slotOf: (service: string, port: number) => string,
  ) {
    this.#server = server;
    this.#checks = routes.flatMap((route) =>
      route.hosts.map((hostname) => ({
        hostname,
        route,
        slot: slotOf(route.service, route.port),
        inARow: 0,
        last: undefined,
      })),
    );
  }

  /** All have answered well as often in a row as their routes ask for. */
  get good(): boolean {
    return this.#checks.every((check) => check.inARow >= check.route.health.inARow);
  }

  /** Asks until `stop` is aborted; results are seen through `good`, `changed` is called after each. */
  run(stop: AbortSignal, sleep: (ms: number) => Promise<void>, changed: () => void): Promise<void> {
    return Promise.all(
      this.#checks.map(async (check) => {
        while (!stop.aborted) {
          await this.#ask(check);
          if (!stop.aborted) changed();
          const { intervalMs } = check.route.health;
          await sleep(check.inARow > 0 ? Math.min(AGAIN_MS, intervalMs) : intervalMs);
        }
      }),
    ).then(() => {});
  }

  async #ask(check: Check): Promise<void> {
    const { hostname, route, slot } = check;
    try {
      const answer = await this.#server.candidate.ask({
        hostname,
        path: route.health.path,
        headers: { [SLOT_HEADER]: slot, 'x-forwarded-proto': route.tls ? 'https' : 'http' },
      });
      check.last = answer;
      check.inARow = answer.status >= 200 && answer.status < 300 ? check.inARow + 1 : 0;
    } catch (error) {
      // A lost connection is the end of the change; the watch of the project tells it.
      check.last = error instanceof Error ? error : new Error(String(error));
      check.inARow = 0;
    }
  }

  /** The error of a deadline: what each hostname that is not good answered last. */
  faults(): DeployError {
    return new DeployError(
      this.#checks
        .filter((check) => check.inARow < check.route.health.inARow)
        .map(({ hostname, route, last }) =>
          healthFault(route.service, hostname, route.health.path, route.port, last),
        ),
    );
  }
}
