import { formatMap, mapCommands, mapFile, mapsOf, parseMap } from '../../../src/edge/maps.ts';
import type { EdgeState } from '../../../src/edge/state.ts';

const state: EdgeState = {
  slots: [],
  hosts: [
    {
      host: 'api.example.com',
      environment: 'shop/production',
      slots: { blue: 'slot2', green: 'slot4' },
      redirect: true,
    },
    {
      host: 'www.example.com',
      environment: 'shop/production',
      slots: { green: 'slot3', blue: undefined },
      redirect: false,
    },
    { host: 'blog.example.com', environment: 'blog/production', slots: { blue: 'slot1' }, redirect: false },
  ],
  guards: [
    { environment: 'blog/production', noindex: true },
    { environment: 'shop/pr-7', noindex: false, login: 'A'.repeat(64) },
  ],
};

test('the maps of a state', () => {
  const { hosts, slots, redirect, login, noindex } = mapsOf(state);
  expect(formatMap(hosts)).toBe(
    'api.example.com shop/production\nwww.example.com shop/production\nblog.example.com blog/production\n',
  );
  expect(formatMap(slots)).toBe(
    'api.example.com/blue slot2\napi.example.com/green slot4\nwww.example.com/green slot3\nblog.example.com/blue slot1\n',
  );
  expect(formatMap(redirect)).toBe('api.example.com 1\n');
  expect(formatMap(login)).toBe(`shop/pr-7 ${'A'.repeat(64)}\n`);
  expect(formatMap(noindex)).toBe('blog/production 1\n');
});

test('an empty state has empty maps', () => {
  expect(Object.values(mapsOf({ slots: [], hosts: [], guards: [] })).map(formatMap)).toEqual([
    '',
    '',
    '',
    '',
    '',
  ]);
});

test('a map is read back as it was written', () => {
  for (const map of Object.values(mapsOf(state))) expect(parseMap(formatMap(map))).toEqual(map);
});

test.each([
  ['', []],
  ['\n\n', []],
  ['a b', [['a', 'b']]],
  [
    '  a   b  \r\nc\td\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['half', []],
  ['a b c\n', [['a', 'b']]],
  ['a b\na c\n', [['a', 'c']]],
])('the map %j is read as %j', (text, entries) => {
  expect([...parseMap(text)]).toEqual(entries);
});

describe('the commands from one map to another', () => {
  const map = (entries: Record<string, string>) => new Map(Object.entries(entries));

  test.each([
    ['nothing to nothing', {}, {}, []],
    ['the same', { a: '1' }, { a: '1' }, []],
    ['one more', {}, { a: '1' }, ['add map /edge/maps/hosts.map a 1']],
    ['another value', { a: '1' }, { a: '2' }, ['set map /edge/maps/hosts.map a 2']],
    ['one less', { a: '1' }, {}, ['del map /edge/maps/hosts.map a']],
    [
      'all at once, what is new before what goes',
      { a: '1', b: '1', c: '1' },
      { b: '2', c: '1', d: '1' },
      [
        'set map /edge/maps/hosts.map b 2',
        'add map /edge/maps/hosts.map d 1',
        'del map /edge/maps/hosts.map a',
      ],
    ],
  ])('%s', (_, before, after, commands) => {
    expect(mapCommands('hosts', map(before), map(after))).toEqual(commands);
  });

  test('name each map by its path in the container', () => {
    expect(mapFile('active')).toBe('/edge/maps/active.map');
    expect(mapCommands('redirect', map({}), map({ a: '1' }))).toEqual([
      'add map /edge/maps/redirect.map a 1',
    ]);
  });
});
