import type * as z from 'zod';
import {
  duration,
  eitherOf,
  factor,
  flag,
  listOf,
  mapOf,
  namedBy,
  oneOf,
  percentage,
  text,
  whole,
} from './kinds.ts';
import { loose } from './loose.ts';
import { metrics } from './metrics-schema.ts';
import * as names from './names.ts';
import {
  hook,
  ownSecret,
  ownVariable,
  receiver,
  repositoryPath,
  route,
  service,
  step,
  variables,
} from './parts.ts';
import { preview } from './preview-schema.ts';
import { secrets } from './secret-parts.ts';

/** What deploy.yml may hold. The JSON Schema, docs/configuration.md and every error message are made from this. */

const composePath = () => repositoryPath('the path of a compose file', 'docker-compose.prod.yml');

const settings = {
  compose: eitherOf(
    'the path of a compose file, or a list of them',
    'docker-compose.prod.yml',
    composePath(),
    listOf('a list of paths', ['compose.yaml', 'compose.prod.yaml'], composePath(), 1),
  )
    .optional()
    .describe(
      'The compose file, or several that are merged in their order, as they are. Without it: the first of compose.yaml, compose.yml, docker-compose.yaml and docker-compose.yml.',
    ),
  profiles: listOf(
    'a list of profiles',
    ['production'],
    text(
      'the name of a profile',
      'production',
      names.matches(names.SERVICE, 'the name of a profile', 'production'),
      names.SERVICE,
    ),
  )
    .prefault([])
    .describe('Compose profiles that are switched on.'),
  hosts: listOf(
    'a list of servers',
    ['deploy@203.0.113.7'],
    text('a server as user@host or user@host:port', 'deploy@203.0.113.7', names.server),
  )
    .prefault([])
    .describe(
      'The servers, as user@host or user@host:port; an IPv6 address stands in brackets. The input `host` replaces them.',
    ),
  routes: listOf('a list of routes', [{ hosts: ['www.example.com'], service: 'web', port: 80 }], route)
    .prefault([])
    .describe('Which public hostnames lead to which service. None for an app of workers only.'),
  shared: listOf('a list of services', ['db'], service())
    .prefault([])
    .describe('Services that both colors share, such as a database: one instance, never switched.'),
  env: mapOf(
    'a map with "clear" and "secret"',
    { clear: { LANGUAGE: 'en' }, secret: ['DB_PASSWORD'] },
    {
      clear: variables(ownVariable)
        .prefault({})
        .describe(
          'Values that anybody may read. They reach the containers byte for byte: 1.10 stays 1.10, yes stays yes.',
        ),
      secret: listOf(
        'a list of names',
        ['DB_PASSWORD'],
        text('the name of a variable', 'DB_PASSWORD', ownSecret, names.VARIABLE),
      )
        .prefault([])
        .describe(
          'Names whose values come from `secrets` below, or else from the input `secrets`; a missing or an empty one stops the deploy.',
        ),
    },
  )
    .prefault({})
    .describe('Variables for the compose file and the app.'),
  secrets: secrets
    .prefault({})
    .describe(
      'Which store holds the value of which secret; it wins over the input `secrets`. A name that is not in `env.secret` too reaches no container as a variable: it is there for the compose file (`secrets: {db: {environment: DB_PASSWORD}}`, `${NAME}`) and for `tls`.',
    ),
  push: text('"ssh", or a registry and a folder in it', 'ghcr.io/org', names.pushTarget)
    .prefault('ssh')
    .describe(
      'How images that are built get to the servers: `ssh` sends them over the connection, without a registry. Anything else is how their names begin in a registry, such as `ghcr.io/org`: they are pushed there and pulled by the servers, with the login of the inputs `registry-username` and `registry-password`.',
    ),
  build: mapOf(
    'a map',
    { labels: true },
    {
      labels: flag(true)
        .prefault(false)
        .describe(
          'Whether images are labelled with their commit, version and time (org.opencontainers.image.*) besides the repository. Every commit then makes new images, so no deploy is `unchanged`.',
        ),
      provenance: flag(true)
        .prefault(false)
        .describe(
          'Whether it is attested how an image was built (SLSA). It needs a registry in `push`, and docker/setup-buildx-action in a step before.',
        ),
      sbom: flag(true)
        .prefault(false)
        .describe('Whether a list of what is in an image is attested. It needs the same.'),
    },
  )
    .prefault({})
    .describe('What is added to images that are built. How they are built is said by the compose file.'),
  test: namedBy(
    'a map of names to steps',
    { frontend: { run: 'npm test' } },
    names.stepName,
    names.SERVICE,
    step,
  )
    .prefault({})
    .describe(
      'Commands of the runner that must end with 0 before anything is sent to a server. They run side by side, and beside the build.',
    ),
  hooks: mapOf(
    'a map with "before-switch" or "after-switch"',
    { 'before-switch': { service: 'app', run: 'python manage.py migrate' } },
    {
      'before-switch': hook('python manage.py migrate')
        .optional()
        .describe(
          'Runs in the new release while the old one still serves: a migration may add, not take away. Its failure ends the deploy.',
        ),
      'after-switch': hook('python manage.py clearsessions')
        .optional()
        .describe('Runs in the new release once it serves.'),
    },
  )
    .prefault({})
    .describe('One-off commands in a container of the new release.'),
  observe: mapOf(
    'a map',
    { for: '30s' },
    {
      for: duration('0s', '1h', '30s')
        .prefault('500ms')
        .describe('How long the new color is watched after the switch.'),
      'max-5xx': percentage('1%')
        .prefault('1%')
        .describe('Share of answers with a 5xx status above which the switch is reverted.'),
      'min-requests': whole(1, 1_000_000, 20)
        .prefault(20)
        .describe('Requests below which no share is judged.'),
      'max-latency': factor(1, 1000, 3)
        .optional()
        .describe(
          "Response time, in times of the old color's, above which the switch is reverted. Not judged by default.",
        ),
    },
  )
    .prefault({})
    .describe('The watch after the switch: a breach reverts it by itself.'),
  drain: mapOf(
    'a map',
    { timeout: '30s' },
    {
      timeout: duration('0s', '24h', '30s')
        .prefault('30s')
        .describe('Time that requests and connections of the old color have to end.'),
    },
  )
    .prefault({})
    .describe('The way out of the old color.'),
  standby: mapOf(
    'a map',
    { keep: 'running', for: '10m' },
    {
      keep: oneOf(['running', 'stopped', 'none'], 'running')
        .prefault('stopped')
        .describe(
          'What stays of the old color: `running` is rolled back to at once, `stopped` is started first, `none` is made anew.',
        ),
      for: duration('0s', '30d', '10m').prefault('10m').describe('How long it is kept running.'),
    },
  )
    .prefault({})
    .describe('The old color, kept for a fast way back.'),
  notify: listOf('a list of receivers', [{ to: 'slack', secret: 'SLACK_WEBHOOK' }], receiver)
    .prefault([])
    .describe('Who is told how a change ended. What goes wrong there is a warning and no more.'),
  metrics: metrics
    .prefault({})
    .describe(
      'Where the numbers of each deploy and rollback go, see docs/metrics.md. What goes wrong there is a warning and no more.',
    ),
  retain: whole(1, 50, 5).prefault(5).describe('Releases kept on each server, the live one included.'),
};

const overlay = loose(mapOf('a map', { hosts: ['deploy@203.0.113.8'] }, settings));
const app = text('the name of the app', 'restaurant', names.appName, names.APP).describe(
  'The name of the app: part of the names of projects, networks and folders on the server. 1 to 40 lower-case letters, digits and dashes.',
);

/** One environment: what is left when the overlay is applied. */
export const environmentSchema = mapOf('a map of settings', { app: 'restaurant' }, { app, ...settings });
export type Settings = z.output<typeof environmentSchema>;
export type PreviewSettings = z.output<typeof preview>;

/** The whole file. */
export const fileSchema = mapOf(
  'a map of settings',
  { app: 'restaurant' },
  {
    app,
    ...settings,
    preview: preview
      .optional()
      .describe(
        'An environment of its own for each pull request, made by the commands `preview`, `remove` and `prune`. What stands under `environments.preview` is laid over for all of them.',
      ),
    environments: namedBy(
      'a map of names to settings',
      { staging: { hosts: ['deploy@203.0.113.8'] } },
      names.environmentName,
      names.ENVIRONMENT_NAME,
      overlay,
    )
      .optional()
      .describe(
        'What differs in an environment. Maps are merged key by key; lists and single values replace those of the base.',
      ),
  },
);
