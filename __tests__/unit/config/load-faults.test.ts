import { loadConfig } from '../../../src/config/load.ts';
import { DeployError } from '../../../src/errors.ts';

/** The error of a text, line by line as a user reads it, after the codes of its faults. */
function refused(text: string, environment = 'production'): { codes: string[]; lines: string[] } {
  try {
    loadConfig(text, 'deploy.yml', environment);
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return { codes: error.faults.map(({ code }) => code), lines: error.message.split('\n') };
  }
  throw new Error(`this was taken: ${text}`);
}

const BEGIN = 'Begin with "app: NAME" in the first column; docs/configuration.md shows a whole file.';
const EXPRESSION =
  '${{ }} is filled in by GitHub in a workflow file only, never in this one. Give the value through an input of the action, such as `host` or `secrets`, or write it out.';
const TAB = 'A tab stands where YAML wants spaces. Indent with spaces.';
const UTF8 = 'Save the file as plain UTF-8 text; write such a character as an escape in double quotes.';

describe('the text', () => {
  test.each([
    ['an empty file', '', 'config-empty', `1:1: The file holds no settings. ${BEGIN}`],
    ['comments alone', '# app: x\n\n', 'config-empty', `1:1: The file holds no settings. ${BEGIN}`],
    ['a byte order mark alone', '\uFEFF', 'config-empty', `1:1: The file holds no settings. ${BEGIN}`],
    ['null', '~', 'config-empty', `1:1: The file holds no settings. ${BEGIN}`],
    [
      'a list at the top',
      '\n- app: x\n',
      'config-not-a-map',
      `2:1: The file must be a map of settings, not a list. ${BEGIN}`,
    ],
    [
      'a single value',
      'shop',
      'config-not-a-map',
      `1:1: The file must be a map of settings, not a single value. ${BEGIN}`,
    ],
    [
      'a second document',
      'app: x\n---\napp: y\n',
      'config-documents',
      '2:1: The file holds a second YAML document. Remove the line "---" above it, or put environments under "environments".',
    ],
    ['a tab as indentation', 'app: x\ndrain:\n\ttimeout: 5s\n', 'config-tab', `3:1: ${TAB}`],
    [
      'a NUL',
      'app: x\nretain: 5\0\n',
      'config-character',
      `2:10: The file holds the character U+0000, which YAML does not allow. ${UTF8}`,
    ],
    [
      'an escape of a terminal',
      'app: \u001b[31mx',
      'config-character',
      `1:6: The file holds the character U+001B, which YAML does not allow. ${UTF8}`,
    ],
    [
      'line ends of an old Mac',
      'app: x\rretain: 5',
      'config-character',
      `1:7: The file holds the character U+000D, which YAML does not allow. ${UTF8}`,
    ],
    [
      'half a character',
      'app: "\ud83d"',
      'config-character',
      `1:7: The file holds the character U+D83D, which YAML does not allow. ${UTF8}`,
    ],
    [
      'an open quote',
      'app: "x\nretain: 5\n',
      'config-syntax',
      '3:1: This is no proper YAML: Missing closing \\"quote. Close the quote.',
    ],
    [
      'an open bracket',
      'app: x\nhosts: [a@b\n',
      'config-syntax',
      '3:1: This is no proper YAML: Flow sequence in block collection must be sufficiently indented and end with a ]. Let what belongs together begin in the same column.',
    ],
    [
      'a colon inside of a value',
      'app: a: b\n',
      'config-syntax',
      '1:6: This is no proper YAML: Nested mappings are not allowed in compact mappings. Write "key: value", with a colon and a space, one pair a line; a value that holds ": " wants quotes.',
    ],
    [
      'a wrong escape',
      'app: "\\d"',
      'config-syntax',
      '1:7: This is no proper YAML: Invalid escape sequence \\\\d. Put the value in single quotes.',
    ],
    [
      'a backtick',
      'app: `x`',
      'config-syntax',
      '1:6: This is no proper YAML: Plain value cannot start with reserved character `. Put the value in single quotes.',
    ],
    [
      'a tag',
      'app: !env x',
      'config-syntax',
      '1:6: This is no proper YAML: Unresolved tag: !env. Remove the tag: a text in quotes needs none.',
    ],
    [
      'a percent sign in brackets',
      'app: x\nobserve: {max-5xx: %1}',
      'config-syntax',
      '2:20: This is no proper YAML: Plain value cannot start with directive indicator character %. Put the value in single quotes.',
    ],
    [
      'brackets without end',
      '['.repeat(5000),
      'config-too-large',
      '1:65: The file is nested too deeply. A deploy.yml is a page of settings; is this the right file?',
    ],
  ])('%s', (_, text, code, line) =>
    expect(refused(text)).toEqual({ codes: [code], lines: [`deploy.yml:${line}`] }),
  );

  test.each([
    ['a value', 'app: ${{ vars.APP }}', 'deploy.yml:1:6'],
    ['a value in quotes', 'app: "a-${{ vars.APP }}"', 'deploy.yml:1:6'],
    ['an item, which is not even YAML', 'app: x\nhosts: [${{ vars.HOST }}]', 'deploy.yml:2:10'],
    ['a key', 'app: x\nenv: {clear: {"${{ x }}": 1}}', 'deploy.yml:2:15'],
    ['the value of a variable', 'app: x\nenv: {clear: {A: "${{ x }}"}}', 'deploy.yml:2:18'],
  ])('an expression left as %s', (_, text, place) =>
    expect(refused(text).lines).toContain(`${place}: ${EXPRESSION}`),
  );

  test('expressions are all found, also where one of them breaks the syntax', () => {
    const { codes, lines } = refused('app: ${{ a }}\nretain: 5 # ${{ a comment }}\nhosts: [${{ b }}]\n');
    expect(codes).toEqual(['config-expression', 'config-expression']);
    expect(lines.map((line) => line.split(': ')[0])).toEqual(['deploy.yml:1:6', 'deploy.yml:3:10']);
  });

  test('CRLF and a byte order mark do not move the places', () => {
    expect(refused('\uFEFFapp: X\r\nretain: 99\r\n').lines.map((line) => line.split(' ')[0])).toEqual([
      'deploy.yml:1:6:',
      'deploy.yml:2:9:',
    ]);
  });
});

describe('keys', () => {
  const ALL =
    'The keys here are "app", "compose", "profiles", "hosts", "routes", "shared", "env", "secrets", "push", "build", "test", "hooks", "observe", "drain", "standby", "notify", "metrics", "retain", "preview" and "environments".';
  test.each([
    ['a slip', 'route: []', '2:1: There is no key "route" at the top. Write "routes".'],
    [
      'an underscore',
      'hooks: {before_switch: {service: a, run: b}}',
      '2:9: There is no key "before_switch" in hooks. Write "before-switch".',
    ],
    [
      'camel case',
      'observe: {minRequests: 5}',
      '2:11: There is no key "minRequests" in observe. Write "min-requests".',
    ],
    [
      'a key of another place',
      'path: /health',
      '2:1: There is no key "path" at the top. It belongs under "routes[].health" or "secrets.vault.values.NAME".',
    ],
    [
      'a key of several places',
      'timeout: 5s',
      '2:1: There is no key "timeout" at the top. It belongs under "test.NAME" or "hooks.before-switch" or "hooks.after-switch" or "drain" or "preview.seed".',
    ],
    [
      'a key of the top',
      'drain: {retain: 5}',
      '2:9: There is no key "retain" in drain. It belongs under the top of the file.',
    ],
    ['a word of nobody', 'x-anything: 1', `2:1: There is no key "x-anything" at the top. ${ALL}`],
    [
      'a key where there is but one',
      'drain: {xyz: 5}',
      '2:9: There is no key "xyz" in drain. The one key here is "timeout".',
    ],
    [
      'a list item',
      'routes:\n  - {hosts: [a.b], service: c, port: 1, domain: d}',
      '3:41: There is no key "domain" in routes[0]. The keys here are "hosts", "service", "port", "health" and "tls".',
    ],
    [
      'twice',
      'retain: 5\nretain: 6',
      '3:1: The key "retain" stands here twice, first in line 2. Keep one of them.',
    ],
    [
      'twice, in two spellings',
      "retain: 5\n'retain': 6",
      '3:1: The key "retain" stands here twice, first in line 2. Keep one of them.',
    ],
    ['nothing', ': 5', '2:1: This can not be a key. Write a name before the colon.'],
    ['a list', '? [a]\n: 5', '2:3: This can not be a key. Write a name before the colon.'],
    ['a trap', '__proto__: {}', '2:1: This can not be a key. Write a name before the colon.'],
    [
      'a name that no variable can have',
      'env: {clear: {1A: x}}',
      '2:15: The key "1A" must be the name of a variable: letters, digits and _, no digit first, not "1A". Write for instance "DB_PASSWORD".',
    ],
    [
      'a name of the deploy',
      'env: {clear: {COLOR: x}}',
      '2:15: The key "COLOR" is set by the deploy itself. Remove it; the compose file can use ${COLOR} as it is.',
    ],
    [
      'a name for a step',
      'test: {"a b": {run: x}}',
      '2:8: The key "a b" must be a name of letters, digits, ".", "_" and "-", not "a b". Write for instance "frontend".',
    ],
    [
      'a name for an environment',
      'environments: {Prod: {}}',
      '2:16: The key "Prod" must be 1 to 32 lower-case letters, digits and inner dashes, not "Prod". Write for instance "prod".',
    ],
  ])('%s', (_, text, line) => expect(refused(`app: x\n${text}`).lines).toEqual([`deploy.yml:${line}`]));

  test('line breaks of a key do not break the message', () => {
    const { lines } = refused('app: x\n"a\\n::error::b": 1');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('There is no key "a\\n::error::b"');
  });
});

describe('values', () => {
  const route = (rest: string) => `routes:\n  - {hosts: [a.b], service: c, port: 1, ${rest}}`;
  test.each([
    ['no app', 'retain: 5', '1:1: app is missing. Write for instance "restaurant".'],
    [
      'an app in upper case',
      'app: Shop',
      '1:6: app must be 1 to 40 lower-case letters, digits and inner dashes, not "Shop". Write for instance "shop".',
    ],
    [
      'an app that is a number',
      'app: 1',
      '1:6: app must be the name of the app, not the number 1. Put it in quotes.',
    ],
    [
      'an app of nothing',
      'app:',
      '1:1: app has no value. Write for instance "restaurant". Or remove the key.',
    ],
  ])('%s', (_, text, line) => expect(refused(text).lines).toEqual([`deploy.yml:${line}`]));

  test.each([
    [
      'a single item in place of a list',
      'profiles: production',
      '2:11: profiles must be a list of profiles, not "production". Write [production].',
    ],
    [
      'a map in place of a list',
      'shared: {db: 1}',
      '2:9: shared must be a list of services, not a map. Write for instance ["db"].',
    ],
    [
      'a list in place of a map',
      'env: [A]',
      '2:6: env must be a map with "clear" and "secret", not a list. Write for instance {"clear":{"LANGUAGE":"en"},"secret":["DB_PASSWORD"]}.',
    ],
    [
      'a number below',
      'retain: 0',
      '2:9: retain must be a whole number from 1 to 50, not 0. Write for instance 5.',
    ],
    [
      'a number above',
      'retain: 51',
      '2:9: retain must be a whole number from 1 to 50, not 51. Write for instance 5.',
    ],
    [
      'a broken number',
      'retain: 2.5',
      '2:9: retain must be a whole number from 1 to 50, not 2.5. Write for instance 5.',
    ],
    [
      'no number at all',
      'retain: .nan',
      '2:9: retain must be a whole number from 1 to 50, not NaN. Write for instance 5.',
    ],
    [
      'a number in quotes',
      'retain: "7"',
      '2:9: retain must be a whole number from 1 to 50, not the text "7". Write 7, without quotes.',
    ],
    [
      'a bare duration',
      'drain: {timeout: 30}',
      '2:18: drain.timeout needs a unit: "30" is a bare number. Write "30s".',
    ],
    [
      'a bare duration in quotes',
      'drain: {timeout: "30"}',
      '2:18: drain.timeout needs a unit: "30" is a bare number. Write "30s".',
    ],
    [
      'a duration out of bounds',
      'observe: {for: 2h}',
      '2:16: observe.for must be a duration from 0s to 1h, not "2h". Write "1h".',
    ],
    [
      'a bare percentage',
      'observe: {max-5xx: 1}',
      '2:20: observe.max-5xx needs a unit: "1" is a bare number. Write "1%".',
    ],
    [
      'a factor in words',
      'observe: {max-latency: 3x}',
      '2:24: observe.max-latency must be a number from 1 to 1000, not "3x". Write for instance 3.',
    ],
    [
      'a word of a few',
      'standby: {keep: stoped}',
      '2:17: standby.keep must be "running", "stopped" or "none", not "stoped". Write "stopped".',
    ],
    [
      'a registry',
      'push: org/shop',
      '2:7: push names no registry: "org/shop". Write "docker.io/org/shop" when Docker Hub is meant.',
    ],
    [
      'a registry of which no slip makes a proper one',
      'push: "o\\trg/Shop/"',
      '2:7: push must be without a scheme and a slash at its end: "o\\trg/Shop/". Write "ssh", or a registry and a folder in it, such as "ghcr.io/org".',
    ],
    [
      'a registry that is none with a tab in it',
      'push: "o\\trg/shop"',
      '2:7: push names no registry: "o\\trg/shop". Write "ssh", or a registry and a folder in it, such as "ghcr.io/org".',
    ],
    [
      'lines where a list belongs',
      'profiles: "a\\nb"',
      '2:11: profiles must be a list of profiles, not "a\\nb". Write for instance ["production"].',
    ],
    [
      'a variable of nothing',
      'env: {clear: {A: }}',
      '2:15: env.clear.A has no value. Write "" for an empty one.',
    ],
    [
      'a variable that is a list',
      'env: {clear: {A: [1]}}',
      '2:18: env.clear.A must be a text, a number or a boolean, not a list. Write one value.',
    ],
    [
      'a NUL in a variable',
      'env: {clear: {A: "\\0"}}',
      '2:18: The value holds a NUL or half a character, which no variable or command can carry. Remove the escape.',
    ],
    [
      'a secret that is none',
      'env: {secret: [DOMAIN_NAME]}',
      '2:16: env.secret[0] must not be DOMAIN_NAME, which is no secret. Set it under "env.clear".',
    ],
    [
      'a secret of the deploy',
      'env: {secret: [IMAGE_TAG]}',
      '2:16: env.secret[0] is set by the deploy itself. Remove it; the compose file can use ${IMAGE_TAG} as it is.',
    ],
    [
      'a step without a command',
      'test: {a: {in: b}}',
      '2:8: test.a.run is missing. Write for instance "npm test".',
    ],
    [
      'an empty command',
      'test: {a: {run: " "}}',
      '2:17: test.a.run must be a command line, not empty. Write for instance "npm test".',
    ],
    [
      'a folder outside',
      'test: {a: {run: x, in: ../b}}',
      '2:24: test.a.in must be a path inside the repository, relative to its root, not "../b". Write it without a leading "/" and without "..", such as "docker-compose.prod.yml".',
    ],
    [
      'a hook without words',
      'hooks: {after-switch: {service: a, run: []}}',
      '2:41: hooks.after-switch.run must be a list of words, not a list. Write for instance ["python","manage.py","clearsessions"].',
    ],
    [
      'a hook of a wrong kind',
      'hooks: {after-switch: {service: a, run: 5}}',
      '2:41: hooks.after-switch.run must be a command line, or a list of words, not 5. Write for instance "python manage.py clearsessions".',
    ],
    [
      'a route without hostnames',
      'routes: [{hosts: [], service: a, port: 1}]',
      '2:18: routes[0].hosts must be a list of hostnames, not a list. Write for instance ["www.example.com","example.com"].',
    ],
    [
      'a port out of bounds',
      'routes: [{hosts: [a.b], service: a, port: 65536}]',
      '2:43: routes[0].port must be a whole number from 1 to 65535, not 65536. Write for instance 80.',
    ],
    [
      'a boolean of YAML 1.1',
      route('tls: {certificate: /a, key: /b, redirect: no}'),
      '3:83: routes[0].tls.redirect must be true or false, not "no". Write false, without quotes.',
    ],
    [
      'a certificate on the runner',
      route('tls: {certificate: a.pem, key: /b}'),
      '3:60: routes[0].tls.certificate must be an absolute path on the server, without spaces, quotes or "..", not "a.pem". Write for instance "/etc/letsencrypt/live/example.com/fullchain.pem".',
    ],
    [
      'a certificate in the file',
      route('tls: {certificate: {secret: "-----BEGIN"}, key: /b}'),
      '3:69: routes[0].tls.certificate.secret must be the name of a variable: letters, digits and _, no digit first, not "-----BEGIN". Write for instance "DB_PASSWORD".',
    ],
    [
      'TLS without a key',
      route('tls: {certificate: /a}'),
      '3:41: routes[0].tls.key is missing. Write for instance "/etc/letsencrypt/live/example.com/privkey.pem".',
    ],
    [
      'an environment that is no map',
      'environments: {staging: 5}',
      '2:25: environments.staging must be a map, not 5. Write for instance {"hosts":["deploy@203.0.113.8"]}.',
    ],
    [
      'an app in an environment',
      'environments: {staging: {app: y}}',
      '2:26: There is no key "app" in environments.staging. It belongs under the top of the file.',
    ],
    [
      'an alias of nothing',
      'retain: *x',
      '2:9: There is no anchor "&x" above this alias. Define the anchor before its first use, outside of it; a text that begins with "*" wants quotes.',
    ],
  ])('%s', (_, text, line) => {
    const { lines } = refused(`app: x\n${text}`);
    expect(lines).toContain(`deploy.yml:${line}`);
  });

  test('what is too long is cut', () => {
    const { lines } = refused(`app: ${'Ä'.repeat(5000)}`);
    expect(lines[0]?.length).toBeLessThan(250);
  });
});

describe('names given twice', () => {
  test.each([
    [
      'a hostname in one route',
      'routes: [{hosts: [a.b, A.B], service: s, port: 1}]',
      '2:24: routes[0].hosts[1] gives "a.b" again: routes[0].hosts[0] has it already. A hostname leads to one service: remove it here.',
    ],
    [
      'a hostname in two routes',
      'routes: [{hosts: [a.b], service: s, port: 1}, {hosts: [a.b], service: t, port: 2}]',
      '2:56: routes[1].hosts[0] gives "a.b" again: routes[0].hosts[0] has it already. A hostname leads to one service: remove it here.',
    ],
    [
      'a server',
      'hosts: [a@b, "a@b:22"]',
      '2:14: hosts[1] gives "a@b" again: hosts[0] has it already. Remove it here.',
    ],
    [
      'a shared service',
      'shared: [db, db]',
      '2:14: shared[1] gives "db" again: shared[0] has it already. Remove it here.',
    ],
    [
      'a variable, clear and secret',
      'env: {clear: {A: 1}, secret: [A]}',
      '2:31: env.secret[0] gives "A" again: env.clear.A has it already. A variable is either clear or secret: keep one of them.',
    ],
  ])('%s', (_, text, line) => expect(refused(`app: x\n${text}`).lines).toEqual([`deploy.yml:${line}`]));

  test('an overlay brings it about', () => {
    const text = 'app: x\nenv: {clear: {A: 1}}\nenvironments:\n  staging: {env: {secret: [A]}}\n';
    expect(loadConfig(text, 'deploy.yml', 'production').env.secret).toEqual([]);
    expect(refused(text, 'staging').lines).toEqual([
      'deploy.yml:4:28: env.secret[0] gives "A" again: env.clear.A has it already. A variable is either clear or secret: keep one of them.',
    ]);
  });
});

describe('environments', () => {
  test('one that is not there is refused, with the nearest that is', () => {
    expect(refused('app: x\nenvironments: {staging: {}}', 'stagin').lines).toEqual([
      'deploy.yml:2:1: There is no environment "stagin" here, only "production" and "staging". Choose "staging", or add "stagin" here.',
    ]);
    expect(refused('app: x\nenvironments: {staging: {}}', 'qa').lines).toEqual([
      'deploy.yml:2:1: There is no environment "qa" here, only "production" and "staging". Choose one of them, or add "qa" here.',
    ]);
  });
  test('one that can not be a name is refused', () => {
    expect(refused('app: x', '../etc').lines).toEqual([
      'The environment\'s name must be 1 to 32 lower-case letters, digits and inner dashes, not "../etc". Write for instance "etc".',
    ]);
  });
  test('faults of every overlay are found, whichever is chosen', () => {
    const text = 'app: x\nenvironments:\n  a: {retain: 0}\n  b: {drain: {timeout: 5}}\n';
    for (const environment of ['a', 'b', 'production']) {
      expect(refused(text, environment).lines).toEqual([
        'deploy.yml:3:15: environments.a.retain must be a whole number from 1 to 50, not 0. Write for instance 5.',
        'deploy.yml:4:24: environments.b.drain.timeout needs a unit: "5" is a bare number. Write "5s".',
      ]);
    }
  });
  test('a part of a hook is complete only with its base', () => {
    const overlay = 'environments: {a: {hooks: {after-switch: {timeout: 5s}}}}';
    expect(refused(`app: x\n${overlay}`, 'a').lines).toEqual([
      'deploy.yml:2:28: hooks.after-switch.service is missing. Write for instance "app".',
      'deploy.yml:2:28: hooks.after-switch.run is missing. Write for instance "python manage.py clearsessions".',
    ]);
  });
});

test('all faults come at once, in the order of the file, each once', () => {
  const text = `app: Shop
compose: /compose.yaml
hosts: [203.0.113.7]
routes:
  - hosts: [https://a.example, b.example]
    servce: web
    port: "80"
  - *web
env:
  clear: {A: 1, A: 2}
drain: {timeout: 5}
retain: 5
retain: 500
colour: blue
`;
  expect(refused(text).lines.map((line) => line.split(' ')[0])).toEqual(
    ['1:6', '2:10', '3:9', '5:5', '5:13', '6:5', '7:11', '8:5', '10:17', '11:18', '13:1', '14:1'].map(
      (place) => `deploy.yml:${place}:`,
    ),
  );
});

test('a hundred faults are enough', () => {
  const { codes, lines } = refused(`app: x\nshared:\n${'  - " "\n'.repeat(250)}`);
  expect(codes).toHaveLength(101);
  expect(codes.at(-1)).toBe('config-more');
  expect(lines.at(-1)).toMatch(
    /^deploy\.yml:\d+:5: \d+ more faults follow from here on\. Mend those above first\.$/,
  );
});
