import { bytes, duration, factor, flag, mapOf, text, whole } from './kinds.ts';
import * as names from './names.ts';
import { hook, tls } from './parts.ts';

/** The section `preview` of deploy.yml: how each pull request gets an environment of its own. */

const HOST = 'pr-{number}.preview.example.com';

const login = mapOf(
  'a map with "user" and "secret"',
  { user: 'guest', secret: 'PREVIEW_PASSWORD' },
  {
    user: text('a user name', 'guest', names.userName, names.USER_NAME).describe('The user name.'),
    secret: text('the name of a secret', 'PREVIEW_PASSWORD', names.variableName, names.VARIABLE).describe(
      'Name of the secret that holds the password.',
    ),
  },
);

const limits = mapOf(
  'a map with "cpus" or "memory"',
  { cpus: 1, memory: '512m' },
  {
    cpus: factor(0.01, 1024, 1).optional().describe('Processors that a container may use.'),
    memory: bytes('6m', '512m').optional().describe('Memory that a container may use.'),
  },
);

export const preview = mapOf(
  'a map with "host"',
  { host: HOST },
  {
    host: text('a hostname with {number} in it', HOST, names.hostPattern).describe(
      'The hostname of a preview: `{number}` is that of the pull request, `{service}` the service of the route, which has to be there when there are several routes. DNS needs a wildcard that leads to the server.',
    ),
    tls: tls
      .optional()
      .describe(
        'Ends TLS at the edge, with a wildcard certificate; without it previews are served over plain HTTP.',
      ),
    max: whole(1, 100, 5)
      .prefault(5)
      .describe('Previews of the app at a time on a server; one more is refused.'),
    ttl: duration('1h', '365d', '72h')
      .prefault('72h')
      .describe(
        'Age from the last deploy on after which `prune` removes a preview, also of an open pull request.',
      ),
    limits: limits
      .optional()
      .describe('Upper bounds for each container; a lower one of the compose file stays.'),
    'basic-auth': login
      .optional()
      .describe('A login that the edge asks for. The header Authorization does not reach the app then.'),
    noindex: flag(true).prefault(true).describe('Whether the edge tells search engines to stay away.'),
    isolate: flag(true)
      .prefault(true)
      .describe(
        'Whether volumes that the compose file gives a name, and external volumes and networks, are replaced by ones of the preview alone. With `false` a preview writes the data of others.',
      ),
    seed: hook('python manage.py seed')
      .optional()
      .describe(
        'Runs once, in the first release of a preview: after `before-switch`, before it serves. It may run again when that release fails.',
      ),
  },
);
