import fc from 'fast-check';
import { unescapeDollars } from '../../../src/compose/dollars.ts';
import { splitCompose } from '../../../src/compose/split.ts';
import { requestFor, requestOf, told } from './fixture.ts';

test('values of the compose file stay as Compose escaped them', () => {
  const environment = splitCompose(requestFor('values')).color.services.app?.environment ?? {};
  const plain = Object.entries(environment).map(([name, value]) => [name, value && unescapeDollars(value)]);
  expect(Object.fromEntries(plain)).toEqual({
    DOLLARS: 'a$b',
    DOUBLE: 'two\nlines',
    HARD: 'a$b\'c"d\\e\nf ü',
    LATER: 'two',
    LINES: 'one\ntwo\n',
    LITERAL: 'a$b$$c',
    NOTHING: null,
    OVERRIDDEN: 'file',
    QUOTED: 'say "hi"',
    SINGLE: 'a$b "c" \\n',
    UNICODE: 'Grüße 🍕',
  });
});

test('what deploy.yml gives stands above the compose file, byte for byte, in color services only', () => {
  const env = { OVERRIDDEN: '$$x ${Y} $', MORE: '' };
  const { color } = splitCompose(requestFor('values', { env }));
  expect(color.services.app?.environment).toMatchObject({
    OVERRIDDEN: '$$$$x $${Y} $$',
    MORE: '',
    LATER: 'two',
  });
  const restaurant = splitCompose(requestFor('restaurant', { env, shared: ['db'] }));
  expect(restaurant.shared?.services.db?.environment).toEqual({ POSTGRES_PASSWORD: 'p$$w"d' });
});

test('any value comes back out of the escaped text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const { color } = splitCompose(requestOf({ services: { a: { image: 'a' } } }, { env: { X: value } }));
      expect(unescapeDollars(color.services.a?.environment?.X ?? '')).toBe(value);
    }),
  );
});

test('a given image is pinned and never pulled; the others are as they were', () => {
  const services = {
    a: { image: 'a:1', build: { context: '/x' } },
    b: { image: 'b:1', pull_policy: 'always' },
    c: { image: 'c:1', pull_policy: 'build' },
    d: { build: { context: '/x' } },
  };
  const { color, notices } = splitCompose(requestOf({ services }, { images: { a: 'r/a@sha256:1' } }));
  expect(color.services).toMatchObject({
    a: { image: 'r/a@sha256:1', pull_policy: 'never' },
    b: { image: 'b:1', pull_policy: 'always' },
    c: { image: 'c:1', pull_policy: 'missing' },
  });
  expect(Object.values(color.services).some((service) => 'build' in service)).toBe(false);
  expect(told(notices)).toEqual(['error compose-image-missing d']);
});

test('labels of the user stay beside ours', () => {
  expect(splitCompose(requestFor('values')).color.services.app?.labels).toEqual({
    price: '$$5',
    'restaurant-deploy.app': 'shop',
    'restaurant-deploy.environment': 'production',
    'restaurant-deploy.color': 'green',
    'restaurant-deploy.release': 'r2',
  });
});

test('a shared service keeps its ports, a color service has none', () => {
  const services = {
    web: { image: 'a', ports: [{ target: 80, published: '80' }] },
    db: { image: 'a', ports: [{ target: 5432, published: '5432' }] },
  };
  const { color, shared } = splitCompose(requestOf({ services }, { shared: ['db'] }));
  expect(color.services.web).not.toHaveProperty('ports');
  expect(shared?.services.db?.ports).toEqual(services.db.ports);
});

test('devices are said in the short form, which every version of Compose reads', () => {
  const devices = [
    { source: '/dev/kvm', target: '/dev/kvm', permissions: 'rw' },
    { source: '/dev/a' },
    '/dev/b',
  ];
  const { color } = splitCompose(requestOf({ services: { a: { image: 'a', devices } } }));
  expect(color.services.a?.devices).toEqual(['/dev/kvm:/dev/kvm:rw', '/dev/a:/dev/a:rwm', '/dev/b']);
});

test('keys that this program does not know pass through, but for x-', () => {
  const service = { image: 'a', something_new: { deep: [1] }, 'x-note': 'mine' };
  const { color } = splitCompose(requestOf({ services: { a: service } }));
  expect(color.services.a).toMatchObject({ something_new: { deep: [1] } });
  expect(color.services.a).not.toHaveProperty('x-note');
});

test('what is to run whenever Docker does also comes back after a crash of dockerd', () => {
  const services = {
    always: { image: 'a', restart: 'always' },
    any: { image: 'a', deploy: { restart_policy: {} } },
    unless: { image: 'a', restart: 'unless-stopped' },
    failing: { image: 'a', restart: 'on-failure' },
    job: { image: 'a' },
    db: { image: 'a', restart: 'always' },
  };
  const { color, shared } = splitCompose(requestOf({ services }, { shared: ['db'] }));
  const policies = Object.entries(color.services).map(([name, { restart }]) => [name, restart]);
  expect(policies).toEqual([
    ['always', 'always'],
    ['any', 'always'],
    ['unless', 'always'],
    ['failing', 'on-failure'],
    ['job', undefined],
  ]);
  expect(shared?.services.db?.restart).toBe('always');
});
