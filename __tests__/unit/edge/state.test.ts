import fc from 'fast-check';
import {
  type Color,
  type EdgeRoute,
  type EdgeState,
  EMPTY_EDGE,
  edgeStateSchema,
  environmentKey,
  otherColor,
  placeColor,
  REPLICAS,
  removeEnvironment,
  SLOTS,
  settleRoutes,
  type Target,
} from '../../../src/edge/state.ts';
import { DeployError } from '../../../src/errors.ts';

const target = (service: string, color: Color = 'blue', port = 80): Target => ({
  service,
  port,
  alias: `shop-production-${color}-${service}`,
  replicas: 1,
});
const route = (service: string, hosts: string[], more: Partial<EdgeRoute> = {}): EdgeRoute => ({
  hosts,
  service,
  port: 80,
  redirect: false,
  ...more,
});
const SHOP = 'shop/production';

/** Slots by their service, for one color of one environment. */
const slotsOf = (state: EdgeState, environment: string, color: Color) =>
  Object.fromEntries(
    state.slots
      .filter((slot) => slot.environment === environment && slot.color === color)
      .map((slot) => [slot.service, slot.slot]),
  );

/** The slot that answers a hostname in a color, and the one that the targets say. */
const answers = (state: EdgeState, host: string, color: Color) =>
  state.hosts.find((one) => one.host === host)?.slots[color];

function faultsOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof DeployError) return error.faults;
    throw error;
  }
  throw new Error('it succeeded');
}

test('names', () => {
  expect(environmentKey('shop', 'production')).toBe(SHOP);
  expect([otherColor('blue'), otherColor('green')]).toEqual(['green', 'blue']);
});

describe('a color on its slots', () => {
  const blue = placeColor(
    EMPTY_EDGE,
    SHOP,
    'blue',
    [target('web'), target('api')],
    [route('web', ['www.example.com', 'example.com']), route('api', ['api.example.com'])],
  );

  test('takes the first free ones, and its hostnames lead there', () => {
    expect(blue).toEqual({
      slots: [
        { slot: 'slot1', environment: SHOP, color: 'blue', ...target('web') },
        { slot: 'slot2', environment: SHOP, color: 'blue', ...target('api') },
      ],
      hosts: [
        { host: 'api.example.com', environment: SHOP, slots: { blue: 'slot2' }, redirect: false },
        { host: 'example.com', environment: SHOP, slots: { blue: 'slot1' }, redirect: false },
        { host: 'www.example.com', environment: SHOP, slots: { blue: 'slot1' }, redirect: false },
      ],
      guards: [],
    });
    expect(edgeStateSchema.parse(blue)).toEqual(blue);
  });

  test('placed again stays where it is', () => {
    const routes = [route('web', ['www.example.com', 'example.com']), route('api', ['api.example.com'])];
    expect(placeColor(blue, SHOP, 'blue', [target('web'), target('api')], routes)).toEqual(blue);
  });

  test('leaves the other color as it was', () => {
    const both = placeColor(
      blue,
      SHOP,
      'green',
      [target('api', 'green'), target('web', 'green')],
      [route('web', ['www.example.com']), route('api', ['api.example.com'])],
    );
    expect(slotsOf(both, SHOP, 'blue')).toEqual({ web: 'slot1', api: 'slot2' });
    expect(slotsOf(both, SHOP, 'green')).toEqual({ api: 'slot3', web: 'slot4' });
    expect(answers(both, 'www.example.com', 'blue')).toBe('slot1');
    expect(answers(both, 'www.example.com', 'green')).toBe('slot4');
    // The new release has no such hostname; the old one still answers it.
    expect(answers(both, 'example.com', 'blue')).toBe('slot1');
    expect(answers(both, 'example.com', 'green')).toBeUndefined();
  });

  test('gives back the slots of services that it has no more, and others take them', () => {
    const less = placeColor(blue, SHOP, 'blue', [target('api')], [route('api', ['api.example.com'])]);
    expect(slotsOf(less, SHOP, 'blue')).toEqual({ api: 'slot2' });
    expect(less.hosts.map((one) => one.host)).toEqual(['api.example.com']);
    const other = placeColor(
      less,
      'blog/production',
      'blue',
      [target('web')],
      [route('web', ['blog.example.com'])],
    );
    expect(slotsOf(other, 'blog/production', 'blue')).toEqual({ web: 'slot1' });
    expect(other.slots.map((slot) => slot.slot)).toEqual(['slot1', 'slot2']);
  });

  test('a service on two ports has two slots, and two routes to one port share one', () => {
    const state = placeColor(
      EMPTY_EDGE,
      SHOP,
      'blue',
      [target('web', 'blue', 80), target('web', 'blue', 8080)],
      [
        route('web', ['a.example.com']),
        route('web', ['b.example.com'], { port: 8080 }),
        route('web', ['c.example.com']),
      ],
    );
    expect(['a', 'b', 'c'].map((name) => answers(state, `${name}.example.com`, 'blue'))).toEqual([
      'slot1',
      'slot2',
      'slot1',
    ]);
    expect(state.slots).toHaveLength(2);
  });

  test('a hostname follows the route of the color, though the other color led it elsewhere', () => {
    const both = placeColor(
      blue,
      SHOP,
      'green',
      [target('web', 'green'), target('api', 'green')],
      [route('api', ['www.example.com'])],
    );
    expect(answers(both, 'www.example.com', 'blue')).toBe('slot1');
    expect(answers(both, 'www.example.com', 'green')).toBe(slotsOf(both, SHOP, 'green').api);
  });

  test('a slot keeps its number when its alias changes', () => {
    const renamed = placeColor(blue, SHOP, 'blue', [{ ...target('web'), alias: 'another' }], []);
    expect(renamed.slots).toEqual([
      { slot: 'slot1', environment: SHOP, color: 'blue', ...target('web'), alias: 'another' },
    ]);
  });

  test('an app without routes leaves no hostname', () => {
    expect(placeColor(blue, SHOP, 'blue', [], [])).toEqual(EMPTY_EDGE);
  });
});

describe('a hostname that another environment has', () => {
  const shop = placeColor(
    EMPTY_EDGE,
    SHOP,
    'blue',
    [target('web')],
    [route('web', ['a.example.com', 'b.example.com'])],
  );

  test('is refused, each one named, with whose it is', () => {
    const faults = faultsOf(() =>
      placeColor(
        shop,
        'blog/production',
        'blue',
        [target('web')],
        [route('web', ['b.example.com', 'a.example.com', 'c.example.com'])],
      ),
    );
    expect(faults.map((fault) => [fault.code, fault.what])).toEqual([
      ['route-taken', 'The hostname b.example.com belongs to shop/production on this server.'],
      ['route-taken', 'The hostname a.example.com belongs to shop/production on this server.'],
    ]);
    expect(faults[0]?.remedy).toContain('routes[].hosts');
  });

  test('is refused for another environment of the same app too', () => {
    expect(
      faultsOf(() =>
        placeColor(shop, 'shop/staging', 'blue', [target('web')], [route('web', ['a.example.com'])]),
      ),
    ).toHaveLength(1);
  });

  test('is free once the other environment is removed', () => {
    const state = placeColor(
      removeEnvironment(shop, SHOP),
      'blog/production',
      'blue',
      [target('web')],
      [route('web', ['a.example.com'])],
    );
    expect(state.hosts.map((one) => [one.host, one.environment])).toEqual([
      ['a.example.com', 'blog/production'],
    ]);
  });
});

describe('the number of slots', () => {
  const fill = (count: number) =>
    Array.from({ length: count }).reduce<EdgeState>(
      (state, _, at) =>
        placeColor(
          state,
          `app${at}/production`,
          'blue',
          [target('web')],
          [route('web', [`h${at}.example.com`])],
        ),
      EMPTY_EDGE,
    );

  test('is 64, and they are sorted by number', () => {
    const full = fill(SLOTS);
    expect(SLOTS).toBe(64);
    expect(full.slots.map((slot) => slot.slot)).toEqual(
      Array.from({ length: 64 }, (_, at) => `slot${at + 1}`),
    );
    expect(edgeStateSchema.parse(full)).toEqual(full);
  });

  test('is told when it is reached, with the way to make room', () => {
    const faults = faultsOf(() => placeColor(fill(SLOTS), 'late/production', 'blue', [target('web')], []));
    expect(faults).toEqual([
      {
        code: 'edge-full',
        what: 'All 64 slots of the edge are in use.',
        remedy: 'Remove environments that are no longer needed: command: remove.',
      },
    ]);
  });

  test('does not grow by placing again at the limit', () => {
    const full = fill(SLOTS);
    expect(
      placeColor(full, 'app63/production', 'blue', [target('web')], [route('web', ['h63.example.com'])]),
    ).toEqual(full);
  });
});

describe('settling the routes', () => {
  const tls = (redirect: boolean) => [route('web', ['www.example.com'], { redirect })];
  const first = placeColor(EMPTY_EDGE, SHOP, 'blue', [target('web')], tls(false));

  test('a new color does not redirect before it has the traffic', () => {
    const placed = placeColor(first, SHOP, 'green', [target('web', 'green')], tls(true));
    expect(placed.hosts[0]?.redirect).toBe(false);
    expect(settleRoutes(placed, SHOP, tls(true)).hosts[0]?.redirect).toBe(true);
    expect(settleRoutes(settleRoutes(placed, SHOP, tls(true)), SHOP, tls(false))).toEqual(placed);
  });

  test('touches neither other environments nor hostnames without a route', () => {
    const more = placeColor(
      first,
      'blog/production',
      'blue',
      [target('web')],
      [route('web', ['blog.example.com'])],
    );
    const settled = settleRoutes(more, SHOP, [
      ...tls(true),
      route('web', ['blog.example.com', 'new.example.com'], { redirect: true }),
    ]);
    expect(settled.hosts.map((one) => [one.host, one.redirect])).toEqual([
      ['blog.example.com', false],
      ['www.example.com', true],
    ]);
  });
});

test('whatever is placed and removed: no slot twice, each hostname leads to a slot of its own environment', () => {
  const environments = ['a/production', 'a/staging', 'b/production'];
  const change = fc.record({
    environment: fc.constantFrom(...environments),
    color: fc.constantFrom<Color>('blue', 'green'),
    services: fc.uniqueArray(fc.constantFrom('web', 'api', 'ws'), { maxLength: 3 }),
    remove: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
      let state = EMPTY_EDGE;
      for (const { environment, color, services, remove } of changes) {
        const routes = services.map((service) =>
          route(service, [`${service}.${environment.replace('/', '.')}.example.com`]),
        );
        state = remove
          ? removeEnvironment(state, environment)
          : placeColor(
              state,
              environment,
              color,
              services.map((service) => target(service, color)),
              routes,
            );
        const names = state.slots.map((slot) => slot.slot);
        expect(new Set(names).size).toBe(names.length);
        for (const one of state.hosts) {
          for (const [hostColor, name] of Object.entries(one.slots)) {
            expect(state.slots.find((slot) => slot.slot === name)).toMatchObject({
              environment: one.environment,
              color: hostColor,
              service: one.host.split('.')[0],
            });
          }
          expect(Object.keys(one.slots).length).toBeGreaterThan(0);
        }
        expect(edgeStateSchema.parse(state)).toEqual(state);
      }
      for (const environment of environments) state = removeEnvironment(state, environment);
      expect(state).toEqual(EMPTY_EDGE);
    }),
  );
});

describe('what may stand in the config and the maps of the edge', () => {
  const good = placeColor(EMPTY_EDGE, SHOP, 'blue', [target('web')], [route('web', ['www.example.com'])]);
  const hostile = [
    '',
    'a b',
    'a\nb',
    'a\n  server evil 203.0.113.7:80',
    'a"',
    "a'",
    'a#b',
    'a;b',
    'a\\b',
    '%[x]',
    'ä',
  ];

  test.each(hostile)('no name is %j', (name) => {
    const [slot] = good.slots;
    const [host] = good.hosts;
    const wrong: unknown[] = [
      { ...good, slots: [{ ...slot, alias: name }] },
      { ...good, slots: [{ ...slot, slot: name }] },
      { ...good, slots: [{ ...slot, environment: name }] },
      { ...good, hosts: [{ ...host, host: name }] },
      { ...good, hosts: [{ ...host, environment: name }] },
      { ...good, hosts: [{ ...host, slots: { blue: name } }] },
    ];
    for (const state of wrong) expect(edgeStateSchema.safeParse(state).success).toBe(false);
  });

  test.each([0, 65_536, 80.5, Number.NaN, '80'])('no port is %j', (port) => {
    const [slot] = good.slots;
    expect(edgeStateSchema.safeParse({ ...good, slots: [{ ...slot, port }] }).success).toBe(false);
  });

  test.each(['slot0', 'slot65', 'slot01', 'slot', 'slot1x', 'http', 'candidate'])('no slot is %s', (name) => {
    const [slot] = good.slots;
    expect(edgeStateSchema.safeParse({ ...good, slots: [{ ...slot, slot: name }] }).success).toBe(false);
  });
});

test('a slot has a server for each container of its service, as far as there are servers', () => {
  const place = (state: EdgeState, replicas: number) =>
    placeColor(state, 'shop/production', 'blue', [{ ...target('web'), replicas }], []);
  const two = place(EMPTY_EDGE, 2);
  expect(two.slots).toMatchObject([{ slot: 'slot1', replicas: 2 }]);
  expect(place(two, 9).slots).toMatchObject([{ slot: 'slot1', replicas: REPLICAS }]);
  expect(place(two, 1).slots).toMatchObject([{ slot: 'slot1', replicas: 1 }]);
});
