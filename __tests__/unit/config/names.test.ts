import {
  appName,
  hostname,
  repositoryPath,
  requestPath,
  server,
  serverPath,
  variableName,
} from '../../../src/config/names.ts';

const told = (check: typeof hostname, text: string) => {
  const problem = check(text);
  return problem && `${problem.what}. ${problem.remedy}`;
};

describe('a hostname', () => {
  test.each(['example.com', 'WWW.Example.com', 'localhost', 'a-b.c1.example', '203.0.113.7'])(
    '%s is one',
    (text) => expect(hostname(text)).toBeUndefined(),
  );
  test.each([
    [
      'https://www.example.com/',
      'must be a bare hostname, without a scheme: "https://www.example.com/". Write "www.example.com".',
    ],
    [
      '*.example.com',
      'must be one hostname, not the wildcard "*.example.com". List every hostname by itself.',
    ],
    [
      'example.com:8080',
      'must be a bare hostname, without a port: "example.com:8080". Write "example.com". The edge listens on 80 and 443.',
    ],
    ['example.com/shop', 'must be a bare hostname, without a path: "example.com/shop". Write "example.com".'],
    ['bücher.example', 'must be a hostname, not "bücher.example". Write "xn--bcher-kva.example".'],
    ['example.com.', 'must be a hostname, not "example.com.". Write "example.com".'],
    ['-a.example', 'must be a hostname, not "-a.example". Write for instance "www.example.com".'],
    ['', 'must be a hostname, not "". Write for instance "www.example.com".'],
    ['a b', 'must be a hostname, not "a b". Write for instance "www.example.com".'],
  ])('%s is none', (text, message) => expect(told(hostname, text)).toBe(message));
  test('has no more than 253 characters, 63 between two dots', () => {
    const label = 'a'.repeat(63);
    expect(hostname(`${label}.${label}.${label}.${'b'.repeat(61)}`)).toBeUndefined();
    expect(hostname(`${label}.${label}.${label}.${'b'.repeat(62)}`)).toBeDefined();
    expect(hostname(`${label}a.example`)).toBeDefined();
  });
});

describe('a server', () => {
  test.each([
    'deploy@203.0.113.7',
    'deploy@web-1.example.com:2222',
    'deploy@[2001:db8::7]',
    'a.b_c@[::1]:22',
    'u@my_host',
  ])('%s is one', (text) => expect(server(text)).toBeUndefined());
  const shape = 'Write for instance "deploy@203.0.113.7" or "deploy@[2001:db8::7]:2222".';
  test.each([
    [
      '203.0.113.7',
      'names no user to log in as: "203.0.113.7". Write "user@host", such as "deploy@203.0.113.7".',
    ],
    ['@host', 'names no user to log in as: "@host". Write "user@host", such as "deploy@203.0.113.7".'],
    [
      'ssh://deploy@host',
      'must be a server without a scheme or a path: "ssh://deploy@host". Write "deploy@host".',
    ],
    ['deploy@::1', 'has an IPv6 address without brackets: "deploy@::1". Write "deploy@[::1]".'],
    ['deploy@host:0', `has a port that is no number from 1 to 65535: "deploy@host:0". ${shape}`],
    ['deploy@host:ssh', `has a port that is no number from 1 to 65535: "deploy@host:ssh". ${shape}`],
    ['deploy@host:', `has a port that is no number from 1 to 65535: "deploy@host:". ${shape}`],
    ['deploy@', `must be a server as user@host or user@host:port: "deploy@". ${shape}`],
    ['deploy@[1.2.3.4]', `must be a server as user@host or user@host:port: "deploy@[1.2.3.4]". ${shape}`],
    ['deploy@a b', `must be a server as user@host or user@host:port: "deploy@a b". ${shape}`],
    ['-oProxyCommand=x@host', `has no proper user name before the @: "-oProxyCommand=x@host". ${shape}`],
    [
      'deploy@-oProxyCommand',
      `must be a server as user@host or user@host:port: "deploy@-oProxyCommand". ${shape}`,
    ],
  ])('%s is none', (text, message) => expect(told(server, text)).toBe(message));
});

describe('other names', () => {
  test.each([
    [appName, 'a'],
    [appName, 'a'.repeat(40)],
    [variableName, '_a9'],
    [requestPath, '/'],
    [requestPath, '/api/v1/health/?deep=1'],
    [repositoryPath, 'deploy/compose.yaml'],
    [repositoryPath, '.'],
    [serverPath, '/etc/letsencrypt/live/example.com/privkey.pem'],
  ])('%p takes %s', (check, text) => expect(check(text)).toBeUndefined());
  test.each([
    [
      appName,
      '-a',
      'must be 1 to 40 lower-case letters, digits and inner dashes, not "-a". Write for instance "a".',
    ],
    [
      appName,
      'My App',
      'must be 1 to 40 lower-case letters, digits and inner dashes, not "My App". Write for instance "my-app".',
    ],
    [
      appName,
      '???',
      'must be 1 to 40 lower-case letters, digits and inner dashes, not "???". Write for instance "restaurant".',
    ],
    [requestPath, 'health', 'must begin with "/", unlike "health". Write for instance "/health".'],
    [
      requestPath,
      '/a b',
      'holds a character that a request can not carry as it is: "/a b". Percent-encode it: a space is "%20".',
    ],
    [
      repositoryPath,
      '../x',
      'must be a path inside the repository, relative to its root, not "../x". Write it without a leading "/" and without "..", such as "docker-compose.prod.yml".',
    ],
    [
      repositoryPath,
      '/x',
      'must be a path inside the repository, relative to its root, not "/x". Write it without a leading "/" and without "..", such as "docker-compose.prod.yml".',
    ],
    [
      serverPath,
      'cert.pem',
      'must be an absolute path on the server, without spaces, quotes or "..", not "cert.pem". Write for instance "/etc/letsencrypt/live/example.com/fullchain.pem".',
    ],
  ])('%p refuses %s', (check, text, message) => expect(told(check, text)).toBe(message));
  test.each(['/a/../b', '/a b', "/a'b", '/a\nb', '/a\u0001b', '/'])('%j is no file on the server', (text) =>
    expect(serverPath(text)).toBeDefined(),
  );
});
