import type { Config } from '../../../src/config/config.ts';
import { unknownNames } from '../../../src/deploy/names.ts';

const ask = (known: Record<string, boolean | undefined>, guard?: Config['guard']) =>
  unknownNames({
    config: {
      routes: [{ hosts: ['pr-7.preview.example.com', 'www.example.com'] }, { hosts: ['www.example.com'] }],
      ...(guard && { guard }),
    } as unknown as Config,
    isKnown: async (name) => known[name],
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
