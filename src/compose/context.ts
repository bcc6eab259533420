import { listed, nearest } from '../config/nearest.ts';
import type { ComposeModel, Service } from './model.ts';
import type { Side } from './names.ts';
import type { Notice, SplitRequest } from './types.ts';

/** The request with its one question answered: which service is on which side. */
export interface Context {
  readonly request: SplitRequest;
  /** Side of a service; undefined when the model has none of that name. */
  sideOf(service: string): Side | undefined;
  /** Services of one side with their names, in the order of the model. */
  servicesOf(side: Side): readonly (readonly [string, Service])[];
}

export function contextOf(request: SplitRequest): Context {
  const services = Object.entries(request.model.services);
  const sideOf = (service: string): Side | undefined => {
    if (!Object.hasOwn(request.model.services, service)) return undefined;
    return request.shared.includes(service) ? 'shared' : 'color';
  };
  return {
    request,
    sideOf,
    servicesOf: (side) => services.filter(([name]) => sideOf(name) === side),
  };
}

/** Names in `shared` and in the routes that the compose file does not have, and routes that can not be. */
export function checkNames(context: Context): Notice[] {
  const { model, shared, routes } = context.request;
  const notices: Notice[] = [];
  for (const name of shared) {
    if (!context.sideOf(name)) notices.push(unknownService('compose-shared-unknown', name, 'shared', model));
  }
  for (const { service } of routes) {
    if (!context.sideOf(service)) {
      notices.push(unknownService('compose-route-unknown', service, 'routes', model));
    } else if (context.sideOf(service) === 'shared') {
      notices.push({
        code: 'compose-route-shared',
        level: 'error',
        service,
        what: `The service "${service}" is routed and shared; a shared service has no second color to switch to.`,
        remedy: `Take "${service}" out of \`shared\` (or the route away, when the public need not reach it).`,
      });
    }
  }
  if (context.servicesOf('color').length === 0) {
    notices.push({
      code: 'compose-all-shared',
      level: 'error',
      what: 'Every service of the compose file is shared, so nothing is left to deploy in two colors.',
      remedy: 'List only databases, caches and the like in `shared`.',
    });
  }
  return notices;
}

function unknownService(code: string, name: string, where: string, model: ComposeModel): Notice {
  const names = Object.keys(model.services);
  const meant = nearest(name, names);
  return {
    code,
    level: 'error',
    service: name,
    what: `\`${where}\` names the service "${name}", which the compose file does not have with these profiles.`,
    remedy: meant ? `Did you mean "${meant}"?` : `It has ${listed(names)}.`,
  };
}
