import { vi } from 'vitest';

/** A stand-in for the backend: what it answers can be changed, what it was asked is kept. */
export interface Restaurant {
  /** Body of the last POST. */
  ordered: unknown;
  answers: Record<string, () => Response | Promise<Response>>;
}

export const MENU = {
  currency: 'EUR',
  items: [
    { id: 1, slug: 'tomato-soup', name: 'Soup', description: 'Red', course: 'starter', price_cents: 850 },
    { id: 2, slug: 'not-drawn', name: 'Stew', description: 'Brown', course: 'main', price_cents: 1290 },
    { id: 3, slug: 'tiramisu', name: 'Tiramisù', description: 'White', course: 'dessert', price_cents: 790 },
  ],
};

/** A JSON answer. */
export function answer(body: unknown, status = 200): () => Response {
  return () => Response.json(body, { status });
}

/** Put the stand-in where `fetch` is; a path without an answer is an error, so that nothing is asked unseen. */
export function openRestaurant(): Restaurant {
  const restaurant: Restaurant = {
    ordered: undefined,
    answers: {
      'GET /api/v1/menu/': answer(MENU),
      'GET /api/v1/release/': answer({ release: 'r41', color: 'blue', environment: 'production' }),
      'GET /api/v1/kitchen/?seconds=3': answer({ seconds: 3, release: 'r41', color: 'blue' }),
      'POST /api/v1/orders/': answer({ id: 4711, total_cents: 2990 }, 201),
    },
  };
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const question = `${init.method ?? 'GET'} ${path}`;
    const found = restaurant.answers[question];
    if (found === undefined) throw new Error(`the page asked ${question}`);
    if (typeof init.body === 'string') restaurant.ordered = JSON.parse(init.body);
    return found();
  });
  return restaurant;
}
