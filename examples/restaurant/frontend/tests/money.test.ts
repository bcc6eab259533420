import { expect, it } from 'vitest';
import { money } from '../src/money.ts';

it.each([
  [0, '€0.00'],
  [5, '€0.05'],
  [1690, '€16.90'],
  [123456, '€1,234.56'],
])('%i cents are %s', (cents, text) => {
  expect(money(cents, 'EUR')).toBe(text);
});
