import { DeployError, type Fault } from '../../../src/errors.ts';
import type { Host } from '../../../src/hosts/host.ts';
import type { Found, Provider, World } from '../../../src/secrets/provider.ts';

/** A world that remembers what was masked, said and slept. */
export class TestWorld implements World {
  readonly masked: string[] = [];
  readonly said: string[] = [];
  readonly slept: number[] = [];
  readonly signal = new AbortController().signal;
  readonly env: Record<string, string>;
  readonly #hosts: readonly Host[];

  constructor(env: Record<string, string> = {}, hosts: readonly Host[] = []) {
    this.env = env;
    this.#hosts = hosts;
  }

  readonly fetch = fetch;
  readonly sleep = async (ms: number) => void this.slept.push(ms);
  readonly hosts = async () => this.#hosts;
  readonly log = {
    mask: (value: string) => void this.masked.push(value),
    info: (line: string) => void this.said.push(line),
    warn: (fault: Fault) => void this.said.push(fault.code),
  };
}

export const valuesOf = (all: readonly (Found | Fault)[]) =>
  Object.fromEntries(all.flatMap((one) => ('name' in one ? [[one.name, one.value]] : [])));

/** The faults of a read, whichever way they came. */
export async function faultsOf(provider: Provider): Promise<readonly Fault[]> {
  try {
    return (await provider.read()).filter((one) => 'code' in one);
  } catch (error) {
    if (error instanceof DeployError) return error.faults;
    throw error;
  }
}
