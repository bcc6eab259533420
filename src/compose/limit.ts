import type { Limits } from '../config/config.ts';
import type { ComposeModel, Service } from './model.ts';

interface Resources {
  readonly cpus?: string | number;
  readonly memory?: string | number;
}

/** The model in which no container may use more than the limits; what the compose file sets lower stays. */
export function limited(model: ComposeModel, limits: Limits): ComposeModel {
  const services = Object.entries(model.services).map(([name, service]) => [name, within(service, limits)]);
  return { ...model, services: Object.fromEntries(services) };
}

/** Compose refuses a limit that is given in both of its ways, so the older one goes. */
function within(service: Service, { cpus, memoryBytes }: Limits): Service {
  const { cpus: oldCpus, mem_limit: oldMemory, memswap_limit: _swap, ...rest } = service;
  const resources = (service.deploy?.resources ?? {}) as {
    limits?: Resources;
    reservations?: Readonly<Record<string, unknown>>;
  };
  const given = resources.limits ?? {};
  const limits = {
    ...given,
    ...lowest('cpus', cpus, given.cpus, oldCpus),
    ...lowest('memory', memoryBytes, given.memory, oldMemory),
  };
  // A reservation above the limit is refused by Docker.
  const { memory: _memory, cpus: _cpus, ...reserved } = resources.reservations ?? {};
  const reservations = Object.keys(reserved).length > 0 ? { reservations: reserved } : {};
  const { mem_reservation: _old, ...bare } = rest;
  return { ...bare, deploy: { ...service.deploy, resources: { limits, ...reservations } } };
}

/** Compose prints both as texts: bytes, and a number of processors. */
function lowest(key: keyof Resources, ...values: unknown[]): Record<string, string> {
  const numbers = values.map((value) => (value === undefined || value === '' ? Number.NaN : Number(value)));
  const set = numbers.filter((value) => value > 0);
  return set.length === 0 ? {} : { [key]: String(Math.min(...set)) };
}
