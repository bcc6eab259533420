import { composeFacts } from '../../../src/init/compose-facts.ts';

const service = (lines: string) => {
  const [found] = composeFacts([`services:\n  web:\n    ${lines.replaceAll('\n', '\n    ')}\n`]).services;
  if (!found) throw new Error('no service');
  return found;
};

test.each([
  ['"80:8000"', [{ outside: 80, inside: 8000 }]],
  ['80:8000', [{ outside: 80, inside: 8000 }]],
  ['"8000"', [{ outside: 0, inside: 8000 }]],
  ['8000', [{ outside: 0, inside: 8000 }]],
  ['"127.0.0.1:8080:80"', [{ outside: 8080, inside: 80 }]],
  ['"[::1]:8080:80/tcp"', [{ outside: 8080, inside: 80 }]],
  ['"${HTTP_PORT:-80}:${INSIDE:-3000}"', [{ outside: 80, inside: 3000 }]],
  ['{target: 80, published: "8080"}', [{ outside: 8080, inside: 80 }]],
  ['{target: 80}', [{ outside: 0, inside: 80 }]],
  ['"53:53/udp"', []],
  ['"${PORT}:80"', [{ outside: 0, inside: 80 }]],
])('the port %s', (port, expected) => expect(service(`ports: [${port}]`).ports).toEqual(expected));

test.each([
  ['postgres:17-alpine', 'postgres'],
  ['docker.io/bitnami/PostgreSQL@sha256:abc', 'postgresql'],
  ['registry.example.com:5000/org/shop', 'shop'],
  ['ghcr.io/org/shop:${IMAGE_TAG:-latest}', 'shop'],
])('the image %s is %s', (image, expected) => expect(service(`image: "${image}"`).image).toBe(expected));

test.each([
  ['[data:/var/lib]', true],
  ['[./html:/srv:ro, /etc/a:/a]', false],
  ['[{type: volume, source: a, target: /a}]', true],
  ['[{type: bind, source: ./a, target: /a}]', false],
])('volumes %s: %s', (volumes, expected) => expect(service(`volumes: ${volumes}`).hasVolume).toBe(expected));

test.each([
  ['[CMD, curl, -f, "http://localhost:8000/health/"]', '/health/'],
  ['[CMD-SHELL, "wget -q -O- http://127.0.0.1/up?x=1 || exit 1"]', '/up'],
  ['curl http://localhost:${PORT:-80}/ready', '/ready'],
  ['[CMD, pg_isready]', undefined],
  ['[CMD, curl, "http://localhost:8000"]', undefined],
])('the health check %s asks %s', (check, expected) =>
  expect(service(`healthcheck: {test: ${JSON.stringify(check)}}`).healthPath).toBe(expected),
);

test('builds, exposed ports and profiles', () => {
  expect(service('build: ./web\nexpose: ["3000", 4000/tcp]\nprofiles: [production]')).toMatchObject({
    build: './web',
    exposed: [3000, 4000],
    profiles: ['production'],
  });
  expect(service('build: {dockerfile: a}').build).toBe('.');
  expect(service('image: a').build).toBeUndefined();
});

test('variables, and whether the file has a value for each', () => {
  const { variables } = composeFacts([
    `services:
  web:
    # \${COMMENTED}
    image: shop:\${TAG:-latest}
    environment:
      A: $PLAIN and \${BRACED} and \${NEEDED:?say it} and \${OTHER-} and $$LITERAL and $\${NEITHER}
      B: \${TAG}
`,
  ]);
  expect(Object.fromEntries(variables.map(({ name, optional }) => [name, optional]))).toEqual({
    TAG: false,
    PLAIN: false,
    BRACED: false,
    NEEDED: false,
    OTHER: true,
  });
});

test('variables that are taken over as they are have no value of their own', () => {
  const { variables } = composeFacts([
    'services: {a: {environment: [LISTED, "SET=1", "FILLED=${OTHER:-}", OTHER]}, b: {environment: {MAPPED: , NONE: ""}}}',
  ]);
  expect(Object.fromEntries(variables.map(({ name, optional }) => [name, optional]))).toEqual({
    OTHER: true,
    LISTED: false,
    MAPPED: false,
  });
});

test('later files stand over earlier ones, anchors are followed', () => {
  const facts = composeFacts([
    'name: Shop\nx-web: &web {image: a, expose: [80]}\nservices: {web: {<<: *web}, db: {image: postgres}}',
    'services: {web: {image: b}}',
  ]);
  expect(facts.name).toBe('Shop');
  expect(facts.services.map(({ name, image, exposed }) => [name, image, exposed])).toEqual([
    ['web', 'b', [80]],
    ['db', 'postgres', []],
  ]);
});

test.each(['', 'services: []', 'a: [', 'services:\n\t- a'])('%j is no compose file', (text) =>
  expect(() => composeFacts([text])).toThrow(),
);

describe('what stands in other files', () => {
  const files: Record<string, string> = {
    'data/compose.yml': `
include: [../data/compose.yml, more.yml]
services:
  db: {image: postgres:17-alpine, environment: {POSTGRES_PASSWORD: "\${DB_PASSWORD}"}, volumes: ["pg:/data"]}
`,
    'data/more.yml': 'services: {cache: {image: redis:7}}',
    'common/base.yml': `
services:
  python: {extends: root, ports: ["8000"], environment: ["TOKEN=\${TOKEN}"]}
  root: {build: ../api}
  other: {image: "other:\${NOBODYS}"}
`,
  };
  const facts = composeFacts(
    [
      `
include: [data/compose.yml, {path: [away.yml]}]
services:
  api: {extends: {file: common/base.yml, service: python}, volumes: ["files:/files"], ports: ["9000"]}
  round: {extends: {service: round}}
`,
    ],
    (path) => files[path],
  );

  test("by include: its services and variables are the project's", () => {
    expect(facts.services.map(({ name, image }) => [name, image])).toEqual([
      ['cache', 'redis'],
      ['db', 'postgres'],
      ['api', ''],
      ['round', ''],
    ]);
    expect(facts.variables.map(({ name }) => name).sort()).toEqual(['DB_PASSWORD', 'TOKEN']);
  });

  test('by extends: a service has what it takes over, and its build where that is', () => {
    const api = facts.services.find(({ name }) => name === 'api');
    expect(api).toMatchObject({ build: 'api', hasVolume: true });
    expect(api?.ports.map(({ inside }) => inside)).toEqual([8000, 9000]);
  });
});
