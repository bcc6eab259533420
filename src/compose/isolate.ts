import { isAbsolute } from 'node:path/posix';
import { unescapeDollars } from './dollars.ts';
import { locate } from './locate.ts';
import type { ComposeModel, Network, Volume } from './model.ts';
import type { Notice, SplitRequest } from './types.ts';

type Place = Pick<SplitRequest, 'workspace' | 'existing'>;

/**
 * The model without what an environment would have in common with others on the server: a volume or network that has a
 * name of its own, or is external, becomes one of this environment.
 */
export function isolated(model: ComposeModel, place: Place): ComposeModel {
  const own = <T>(all: Readonly<Record<string, T | null>>, make: (one: T) => T) =>
    Object.fromEntries(Object.entries(all).map(([key, one]) => [key, one && make(one)]));
  return {
    ...model,
    ...(model.volumes && { volumes: own(model.volumes, (one: Volume) => ownVolume(one, place)) }),
    ...(model.networks && { networks: own(model.networks, ownNetwork) }),
  };
}

function ownVolume({ name: _, external, ...rest }: Volume, place: Place): Volume {
  // What was made by hand elsewhere, with whatever driver, is not made anew: a plain volume takes its place.
  if (external) return {};
  const device = rest.driver_opts?.device;
  if (device === undefined || !isOfServer(device, place)) return rest;
  const { driver: _driver, driver_opts: _options, ...plain } = rest;
  return plain;
}

function ownNetwork({ name: _, external, ...rest }: Network): Network {
  return external ? {} : rest;
}

const isOfServer = (path: string, place: Place) =>
  isAbsolute(unescapeDollars(path)) && locate(place, unescapeDollars(path)).kind === 'host';

/** Folders of the server that a service may write although the environment is to be apart from others. */
export function writtenBeside(model: ComposeModel, place: Place): Notice[] {
  return Object.entries(model.services).flatMap(([service, { volumes }]) =>
    (volumes ?? [])
      .filter(
        ({ type, source, read_only }) => type === 'bind' && !read_only && isOfServer(source ?? '', place),
      )
      .map(({ source }): Notice => {
        return {
          code: 'compose-mount-beside-others',
          level: 'warning',
          service,
          what: `"${service}" of the preview writes ${source} of the server, which other environments may use too.`,
          remedy:
            'Mount it with `:ro`, use a volume, or give previews a compose file more: environments.preview.compose.',
        };
      }),
  );
}
