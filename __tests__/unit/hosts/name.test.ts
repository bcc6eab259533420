import { isKnownName } from '../../../src/hosts/name.ts';

test('a name with an address is known', async () => {
  expect(await isKnownName('localhost')).toBe(true);
});

test('what no answer speaks of is not called unknown, and none is waited for long', async () => {
  const begun = performance.now();
  // RFC 6761: there never is such a name; where no resolver answers, nobody can say.
  expect(await isKnownName('pr-7.invalid')).not.toBe(true);
  expect(performance.now() - begun).toBeLessThan(5_000);
});
