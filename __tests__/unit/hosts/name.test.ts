import { addressesOf } from '../../../src/hosts/name.ts';

test('a name with an address is known by it, and an address by itself', async () => {
  expect(await addressesOf('localhost')).toEqual(
    expect.arrayContaining([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)]),
  );
  expect(await addressesOf('203.0.113.7')).toEqual(['203.0.113.7']);
});

test('what has no address has none, or nobody can tell; none is waited for long', async () => {
  const began = Date.now();
  expect((await addressesOf('pr-7.invalid')) ?? []).toEqual([]);
  expect(Date.now() - began).toBeLessThan(4_000);
});
