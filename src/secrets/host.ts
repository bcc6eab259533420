import { createHash } from 'node:crypto';
import { script } from '../commands/command.ts';
import type { Fault } from '../errors.ts';
import type { Host } from '../hosts/host.ts';
import type { Found, Provider, World } from './provider.ts';

const ABSENT = 66;

/**
 * Prints a file; its mode and its hash go to standard error. The value passes through the connection alone: no copy of
 * it is written anywhere.
 */
const readFile = (path: string) =>
  script(
    `[ -f "$1" ] || exit ${ABSENT}
cat "$1" && stat -L -c %a "$1" >&2 && sha256sum <"$1" >&2`,
    [path],
  );

/** Files that lie on the servers already, read as the deploy user. */
export function hostSecrets(files: Readonly<Record<string, string>>, world: World): Provider {
  return {
    read: async () => {
      const hosts = await world.hosts();
      return Promise.all(
        Object.entries(files).map(async ([name, path]): Promise<Found | Fault> => {
          const where = `secrets.host.${name}`;
          const all = await Promise.all(hosts.map((host) => readOn(host, path, where, world)));
          const fault = all.find((one) => 'code' in one);
          if (fault) return fault;
          const values = new Set(all.flatMap((one) => ('value' in one ? [one.value] : [])));
          const [value = ''] = values;
          if (values.size > 1) {
            return {
              code: 'secrets-host-differ',
              where,
              what: `The file ${path} is not the same on ${hosts.map((host) => host.name).join(' and ')}.`,
              remedy: 'A release is the same on all servers: make the files equal.',
            };
          }
          return { name, value, origin: { from: 'host', secret: path } };
        }),
      );
    },
  };
}

async function readOn(
  host: Host,
  path: string,
  where: string,
  { log, signal }: World,
): Promise<{ readonly value: string } | Fault> {
  const { code, stdout, stderr } = await host.run(readFile(path), { signal });
  if (code === ABSENT) {
    return {
      code: 'secrets-not-found',
      where,
      what: `There is no file ${path} on ${host.name} that the deploy user can see.`,
      remedy: 'Check the path, and that the user may enter each of its folders.',
    };
  }
  if (code !== 0) {
    return {
      code: 'secrets-denied',
      where,
      what: `The deploy user may not read the file ${path} on ${host.name}.`,
      remedy: `On the server: sudo chown USER ${path} && sudo chmod 600 ${path}.`,
    };
  }
  // One line end is what editors and echo leave, and no part of the secret.
  const value = stdout.replace(/\r?\n$/, '');
  log.mask(value);
  const [mode = '', sum = ''] = stderr.split(/\s+/);
  if (createHash('sha256').update(stdout).digest('hex') !== sum) {
    return {
      code: 'secrets-value',
      where,
      what: `The file ${path} on ${host.name} is no text (UTF-8).`,
      remedy: 'No variable can carry it: encode the value, or let the compose file mount the file.',
    };
  }
  if ((Number.parseInt(mode, 8) & 0o004) !== 0) {
    log.warn({
      code: 'secrets-host-open',
      where,
      what: `The mode ${mode} of ${path} on ${host.name} lets every user of the server read it.`,
      remedy: `On the server: chmod 600 ${path}.`,
    });
  }
  return { value };
}
