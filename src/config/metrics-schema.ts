import { eitherOf, mapOf, text } from './kinds.ts';
import * as names from './names.ts';
import { quoted } from './problem.ts';

/** The part of deploy.yml that says where the numbers of a change go. */

/** A URL that anybody may read: one with a login in it belongs into a secret. */
const openUrl =
  (example: string): names.Check =>
  (value) => {
    const url = URL.parse(value);
    if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
      return {
        what: `must be an http or https URL, not ${quoted(value)}`,
        remedy: `Write for instance "${example}".`,
      };
    }
    return url.username === '' && url.password === ''
      ? undefined
      : {
          what: 'holds a login, which everybody who reads this file would know',
          remedy: 'Put the whole URL into a secret, and write {secret: ITS_NAME}.',
        };
  };

const target = (example: string, secret: string) =>
  eitherOf(
    'a URL, or {secret: NAME}',
    example,
    text('an http or https URL', example, openUrl(example)),
    mapOf(
      '{secret: NAME}',
      { secret },
      {
        secret: text('the name of a secret', secret, names.variableName, names.VARIABLE).describe(
          'Name of the secret that holds the URL, in the input `secrets` or in a store; a `user:password@` in it is sent as a login.',
        ),
      },
    ),
  );

const FOLDER = '/home/deploy/.restaurant-deploy/metrics';

export const metrics = mapOf(
  'a map with "textfile", "pushgateway" or "otlp"',
  { textfile: FOLDER },
  {
    textfile: text(
      'an absolute path on the server',
      FOLDER,
      names.matches(
        '^/(?!.*(^|/)\\.\\.(/|$))[^\\s\'"\\\\\\x00-\\x1f]+$',
        'an absolute path on the server, without spaces, quotes or ".."',
        FOLDER,
      ),
    )
      .optional()
      .describe(
        "A folder on each server, as the textfile collector of Prometheus' node exporter reads it; it is made when it is missing.",
      ),
    pushgateway: target('https://pushgateway.example.com', 'PUSHGATEWAY_URL')
      .optional()
      .describe('The Pushgateway of a Prometheus, reached from the runner.'),
    otlp: target('https://otlp.example.com', 'OTLP_URL')
      .optional()
      .describe(
        'A collector of OpenTelemetry (OTLP over HTTP, JSON), reached from the runner: it gets a trace of each change, one span a phase.',
      ),
  },
);
