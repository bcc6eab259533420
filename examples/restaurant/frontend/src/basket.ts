/** What a guest has chosen: how many of each dish, by the dish's id. Every change makes a new basket. */
export type Basket = ReadonlyMap<number, number>;

export const EMPTY: Basket = new Map();

/** The most of one dish that the kitchen takes in an order. */
export const QUANTITY_MAX = 20;

/** Change the number of a dish by `step`, between none (the dish goes) and QUANTITY_MAX. */
export function change(basket: Basket, dish: number, step: number): Basket {
  const quantity = Math.min(QUANTITY_MAX, (basket.get(dish) ?? 0) + step);
  const changed = new Map(basket);
  if (quantity > 0) changed.set(dish, quantity);
  else changed.delete(dish);
  return changed;
}

/** How many dishes there are in all. */
export function count(basket: Basket): number {
  return [...basket.values()].reduce((sum, quantity) => sum + quantity, 0);
}

/** The price of all, in cents; dishes that are not on the menu cost nothing. */
export function total(basket: Basket, menu: readonly { id: number; price_cents: number }[]): number {
  return menu.reduce((sum, dish) => sum + dish.price_cents * (basket.get(dish.id) ?? 0), 0);
}

/** The basket as the lines of an order. */
export function toLines(basket: Basket): { item: number; quantity: number }[] {
  return [...basket].map(([item, quantity]) => ({ item, quantity }));
}
