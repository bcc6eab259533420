import { describe, expect, it } from 'vitest';
import { type Basket, change, count, EMPTY, QUANTITY_MAX, toLines, total } from '../src/basket.ts';

const menu = [
  { id: 1, price_cents: 850 },
  { id: 2, price_cents: 1290 },
];

describe('basket', () => {
  it('counts up and down, and forgets a dish that is down to none', () => {
    const one = change(EMPTY, 1, 1);
    const two = change(one, 1, 1);
    expect(toLines(two)).toEqual([{ item: 1, quantity: 2 }]);
    expect(toLines(change(change(two, 1, -1), 1, -1))).toEqual([]);
  });

  it('leaves the basket before as it was', () => {
    const one = change(EMPTY, 1, 1);
    change(one, 1, 1);
    expect(one.get(1)).toBe(1);
    expect(EMPTY.size).toBe(0);
  });

  it('never goes below none or above what the kitchen takes', () => {
    expect(change(EMPTY, 1, -1).has(1)).toBe(false);
    const full: Basket = new Map([[1, QUANTITY_MAX]]);
    expect(change(full, 1, 1).get(1)).toBe(QUANTITY_MAX);
  });

  it('adds up in cents', () => {
    const basket: Basket = new Map([
      [1, 2],
      [2, 3],
      [99, 5],
    ]);
    expect(total(basket, menu)).toBe(2 * 850 + 3 * 1290);
    expect(count(basket)).toBe(10);
  });
});
