import {
  duration,
  eitherOf,
  flag,
  listOf,
  mapOf,
  namedBy,
  oneOf,
  someText,
  text,
  variableValue,
  whole,
} from './kinds.ts';
import * as names from './names.ts';

/** The larger parts of deploy.yml: a route, a hook, a step of the tests. */

export const service = () =>
  text('the name of a service of the compose file', 'web', names.serviceName, names.SERVICE);
const variable = () => text('the name of a variable', 'DB_PASSWORD', names.variableName, names.VARIABLE);
export const variables = (name: names.Check) =>
  namedBy('a map of names to values', { LANGUAGE: 'en' }, name, names.VARIABLE, variableValue);
export const repositoryPath = (is: string, example: string) => text(is, example, names.repositoryPath);

/** A variable that a user may set: not one of those that the deploy sets itself. */
export const ownVariable: names.Check = (name) => {
  if (!(names.RESERVED as readonly string[]).includes(name)) return names.variableName(name);
  return names.SETTABLE.includes(name)
    ? undefined
    : {
        what: 'is set by the deploy itself',
        remedy: `Remove it; the compose file can use \${${name}} as it is.`,
      };
};
export const ownSecret: names.Check = (name) =>
  names.SETTABLE.includes(name)
    ? { what: `must not be ${name}, which is no secret`, remedy: 'Set it under "env.clear".' }
    : ownVariable(name);

const pem = (what: string, path: string) =>
  eitherOf(
    'an absolute path on the server, or {secret: NAME}',
    path,
    text('an absolute path on the server', path, names.serverPath),
    mapOf(
      '{secret: NAME}',
      { secret: 'TLS_PEM' },
      {
        secret: variable().describe(`Name of the secret that holds the ${what} as PEM text.`),
      },
    ),
  );

const CERTIFICATE = '/etc/letsencrypt/live/example.com/fullchain.pem';
const KEY = '/etc/letsencrypt/live/example.com/privkey.pem';
export const tls = mapOf(
  'a map with "certificate" and "key"',
  { certificate: CERTIFICATE, key: KEY },
  {
    certificate: pem('certificate with its chain', CERTIFICATE).describe(
      'The certificate with its chain: a file on the server, or the name of a secret that holds the PEM text.',
    ),
    key: pem('private key', KEY).describe('The private key of the certificate, given in the same way.'),
    redirect: flag(true).prefault(true).describe('Whether plain HTTP is answered with 308 to HTTPS.'),
  },
);

const health = mapOf(
  'a map',
  { path: '/health' },
  {
    path: text('a path that begins with "/"', '/health', names.requestPath)
      .prefault('/')
      .describe('Asked with GET and every hostname of the route; 2xx is healthy, all else is not.'),
    interval: duration('50ms', '1m', '250ms')
      .prefault('250ms')
      .describe(
        'Time between two checks while the answer is not good; a good one is asked for again after 100 ms at most.',
      ),
    'in-a-row': whole(1, 100, 3)
      .prefault(3)
      .describe('Good answers in a row that make the new color healthy.'),
    deadline: duration('1s', '1h', '60s')
      .prefault('60s')
      .describe(
        'Time that the new color has to get healthy; after it the deploy fails and the old color stays.',
      ),
  },
);

export const route = mapOf(
  'a map with "hosts", "service" and "port"',
  { hosts: ['www.example.com'], service: 'web', port: 80 },
  {
    hosts: listOf(
      'a list of hostnames',
      ['www.example.com', 'example.com'],
      text('a hostname', 'www.example.com', names.hostname).transform((name) => name.toLowerCase()),
      1,
    ).describe('Public hostnames, without scheme, port, path or wildcard. Upper case does not count.'),
    service: service().describe('The service of the compose file that answers.'),
    port: whole(1, 65535, 80).describe('The port that the service listens on inside its container.'),
    health: health.prefault({}).describe('When the new color may take over.'),
    tls: tls.optional().describe('Ends TLS at the edge; without it the route is served over plain HTTP.'),
  },
);

/** A hook; the example is a command as a person would give it there. */
export const hook = (run: string) =>
  mapOf(
    'a map with "service" and "run"',
    { service: 'app', run },
    {
      service: text(
        'the name of a service of the compose file',
        'app',
        names.serviceName,
        names.SERVICE,
      ).describe('The service whose image, environment and networks the command gets.'),
      run: eitherOf(
        'a command line, or a list of words',
        run,
        someText('a command line', run),
        listOf(
          'a list of words',
          run.split(' '),
          text('a word', run, () => undefined),
          1,
        ),
      ).describe("The command: a line for the container's shell, or its words, which no shell looks at."),
      timeout: duration('1s', '24h', '10m')
        .prefault('10m')
        .describe('Time after which the command has failed.'),
    },
  );

export const step = mapOf(
  'a map with "run"',
  { run: 'npm test' },
  {
    run: someText('a command line', 'npm test').describe('A line for the shell of the runner.'),
    in: repositoryPath('a folder of the repository', 'frontend')
      .prefault('.')
      .describe('The folder it runs in.'),
    env: variables(names.variableName).prefault({}).describe('Variables for this step alone.'),
    timeout: duration('1s', '24h', '10m').prefault('10m').describe('Time after which the step has failed.'),
    report: eitherOf(
      'the path of a report, or a list of them',
      'reports/junit.xml',
      repositoryPath('the path of a report', 'reports/junit.xml'),
      listOf(
        'a list of paths',
        ['reports/*.xml'],
        repositoryPath('the path of a report', 'reports/*.xml'),
        1,
      ),
    )
      .optional()
      .describe(
        'Reports in the format of JUnit that the step writes, from its folder; `*` and `**` stand for names. Tests that failed become annotations at their lines, and all are counted in the summary.',
      ),
  },
);

const EVENTS = ['success', 'failure', 'revert', 'recovery'] as const;

/** Somebody who is told how a change ended. */
export const receiver = mapOf(
  'a map with "to" and "secret"',
  { to: 'slack', secret: 'SLACK_WEBHOOK', on: ['failure', 'revert', 'recovery'] },
  {
    to: oneOf(['webhook', 'slack', 'discord'], 'slack').describe(
      'The format: `webhook` is plain JSON, the others are what those services take.',
    ),
    secret: text('the name of a secret', 'SLACK_WEBHOOK', names.variableName, names.VARIABLE).describe(
      'Name of the secret that holds the URL, in the input `secrets` or in a store.',
    ),
    on: listOf('a list of events', ['failure', 'revert', 'recovery'], oneOf(EVENTS, 'failure'), 1)
      .prefault([...EVENTS])
      .describe(
        'When: a change worked (`success`), did not (`failure`), was taken back by itself (`revert`), or worked after one that had not (`recovery`).',
      ),
  },
);
