import { distance, listed, nearest } from '../../../src/config/nearest.ts';

test.each([
  ['port', 'port', 0],
  ['prot', 'port', 1],
  ['hook', 'hooks', 1],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('%s and %s are %d slips apart', (a, b, slips) => {
  expect(distance(a, b)).toBe(slips);
  expect(distance(b, a)).toBe(slips);
});

const NAMES = ['before-switch', 'after-switch', 'routes', 'port'];

test.each([
  ['prot', 'port'],
  ['route', 'routes'],
  ['beforeSwitch', 'before-switch'],
  ['after_switch', 'after-switch'],
  ['banana', undefined],
  ['', undefined],
  ['r'.repeat(5000), undefined],
])('by %s %s is meant', (word, name) => expect(nearest(word, NAMES)).toBe(name));

test('names are listed as people do', () => {
  expect(listed(['a'])).toBe('"a"');
  expect(listed(['a', 'b', 'c'])).toBe('"a", "b" and "c"');
  expect(listed(['a', 'b'], 'or')).toBe('"a" or "b"');
});
