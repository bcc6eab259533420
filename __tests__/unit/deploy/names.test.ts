import type { Config } from '../../../src/config/config.ts';
import { strayNames, unknownNames } from '../../../src/deploy/names.ts';

const ask = (known: Record<string, boolean | undefined>, guard?: Config['guard']) =>
  unknownNames({
    config: {
      routes: [{ hosts: ['pr-7.preview.example.com', 'www.example.com'] }, { hosts: ['www.example.com'] }],
      ...(guard && { guard }),
    } as unknown as Config,
    addressesOf: async (name) => (known[name] === undefined ? undefined : known[name] ? ['203.0.113.1'] : []),
  });

test('a hostname without an address is told once, and one that nobody can tell of is not', async () => {
  const names = await ask({ 'www.example.com': false });
  expect(names).toEqual([
    expect.objectContaining({ code: 'route-dns', what: expect.stringContaining('www.example.com') }),
  ]);
  expect(await ask({ 'www.example.com': true, 'pr-7.preview.example.com': true })).toEqual([]);
});

test('of a preview it is the wildcard that lacks', async () => {
  const [fault] = await ask({ 'pr-7.preview.example.com': false }, { noindex: true });
  expect(fault?.remedy).toContain('*.preview.example.com');
});

describe('a hostname that leads elsewhere', () => {
  const stray = (addresses: Record<string, string[] | undefined>, hosts = ['deploy@one.example']) =>
    strayNames({
      config: { hosts, routes: [{ hosts: ['www.example.com', 'cdn.example.com'] }] } as unknown as Config,
      addressesOf: async (name) => addresses[name],
    }).then((all) => all.map(({ code, what }) => [code, what]));

  test('is told with where it leads and where not', async () => {
    expect(
      await stray({
        'one.example': ['203.0.113.7', '2001:db8::7'],
        'www.example.com': ['2001:db8::7'],
        'cdn.example.com': ['198.51.100.1', '198.51.100.2'],
      }),
    ).toEqual([
      ['route-elsewhere', 'cdn.example.com leads to 198.51.100.1, 198.51.100.2, not to one.example.'],
    ]);
  });

  test('is right when it leads to any of the servers', async () => {
    const hosts = ['deploy@203.0.113.7', 'deploy@203.0.113.8:2222'];
    const self = { '203.0.113.7': ['203.0.113.7'], '203.0.113.8': ['203.0.113.8'] };
    expect(
      await stray({ ...self, 'www.example.com': ['203.0.113.8'], 'cdn.example.com': ['203.0.113.7'] }, hosts),
    ).toEqual([]);
  });

  test.each([
    ['10.1.2.3'],
    ['192.168.1.1'],
    ['172.31.0.1'],
    ['100.100.1.1'],
    ['127.0.0.1'],
    ['fd00::1'],
    ['::1'],
  ])('is not judged from the private address %s', async (address) => {
    expect(await stray({ 'one.example': [address], 'www.example.com': ['203.0.113.7'] })).toEqual([]);
  });

  test('is not judged when an answer lacks, and one without an address is told by another warning', async () => {
    expect(await stray({ 'one.example': undefined, 'www.example.com': ['203.0.113.7'] })).toEqual([]);
    expect(
      await stray({ 'one.example': ['203.0.113.7'], 'www.example.com': [], 'cdn.example.com': undefined }),
    ).toEqual([]);
  });
});
