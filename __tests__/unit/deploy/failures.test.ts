import { healthFault } from '../../../src/deploy/failures.ts';
import type { Answer } from '../../../src/edge/probe.ts';

const answer = (status: number, body = '', headers: Answer['headers'] = {}): Answer => ({
  status,
  body,
  headers,
});
const fault = (last: Answer | Error | undefined) =>
  healthFault('web', 'www.example.com', '/health', 7000, last);

const HAPROXY_503 =
  '<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n';

test.each<[string, Answer | Error | undefined, string, string, string]>([
  ['nothing', undefined, 'health-none', 'its container had no address', 'log below'],
  ['no whole answer', new Error('socket hang up'), 'health-none', 'socket hang up', '0.0.0.0'],
  [
    'nobody who listens',
    answer(503, HAPROXY_503),
    'health-refused',
    'nothing accepts connections on port 7000',
    'listens on port 7000, that of the route',
  ],
  [
    'a wrong ALLOWED_HOSTS',
    answer(400, '<h1>Bad Request (400)</h1>'),
    'health-400',
    'it answers 400 "Bad Request (400)"',
    'ALLOWED_HOSTS',
  ],
  [
    'a redirect to HTTPS',
    answer(301, '', { location: 'https://www.example.com/health' }),
    'health-redirect',
    'it answers 301, to https://www.example.com/health',
    'tls section',
  ],
  [
    'a redirect to a login',
    answer(302, '', { location: '/login' }),
    'health-redirect',
    'it answers 302, to /login',
    'without a login',
  ],
  ['a redirect to nowhere', answer(302), 'health-redirect', 'it answers 302, to nowhere', 'tls section'],
  [
    'a path it does not know',
    answer(404, 'Not Found'),
    'health-404',
    'it answers 404 "Not Found"',
    'routes[].health.path',
  ],
  ['no right', answer(401), 'health-4xx', 'it answers 401', 'log of the app'],
  [
    'a failure of the app',
    answer(500, '{"error": "database"}'),
    'health-5xx',
    'it answers 500 "{"error": "database"}"',
    'log of the app',
  ],
  [
    'a 503 of the app itself',
    answer(503, 'starting up'),
    'health-5xx',
    'it answers 503 "starting up"',
    'log of the app',
  ],
  ['an answer before the answer', answer(103), 'health-1xx', 'it answers 103', 'log of the app'],
])('%s', (_, last, code, detail, remedy) => {
  const told = fault(last);
  expect(told).toMatchObject({
    code,
    where: 'service web',
    what: `The new release never answered /health well for the hostname www.example.com: ${detail}.`,
  });
  expect(told.remedy).toContain(remedy);
});

test('of a page the words are told, on one line and not too many', () => {
  const page = `<!doctype html><title>Oops</title>\n<p class="x">It\n  broke</p>${'long '.repeat(100)}`;
  const { what } = fault(answer(500, page));
  expect(what).toContain('it answers 500 "Oops It broke long long');
  expect(what).not.toMatch(/[<>\n]/);
  expect(what.length).toBeLessThan(300);
});
