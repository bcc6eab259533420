/** The backend's API, as the page uses it. Amounts of money are in cents. */

export type Course = 'starter' | 'main' | 'dessert';

export interface Dish {
  id: number;
  slug: string;
  name: string;
  description: string;
  course: Course;
  price_cents: number;
}

export interface Menu {
  /** ISO 4217, as in EUR. */
  currency: string;
  items: Dish[];
}

export interface OrderRequest {
  guest: string;
  lines: { item: number; quantity: number }[];
}

export interface Order {
  id: number;
  total_cents: number;
}

export interface Release {
  release: string;
  color: string;
  environment: string;
}

/** Who cooked a dish: the release that began it finishes it, even when another serves by then. */
export type Cook = Pick<Release, 'release' | 'color'>;

/** How long an answer may take, in milliseconds, before a guest is told that there is none. */
const PATIENCE = 15_000;

/** An answer that can not be used; `message` is a sentence for the guest. */
export class ApiError extends Error {
  override name = 'ApiError';
}

/** The dishes to be had now. */
export function fetchMenu(signal: AbortSignal): Promise<Menu> {
  return call('/api/v1/menu/', { signal });
}

/** Which release answers at this moment. */
export function fetchRelease(signal: AbortSignal): Promise<Release> {
  return call('/api/v1/release/', { signal, cache: 'no-store' });
}

/** Have a dish cooked for so many seconds. */
export function cook(seconds: number, signal: AbortSignal): Promise<Cook> {
  return call(`/api/v1/kitchen/?seconds=${seconds}`, { signal, cache: 'no-store' });
}

/** Place an order. Not tried again by itself: two POSTs are two orders. */
export function placeOrder(order: OrderRequest): Promise<Order> {
  return call('/api/v1/orders/', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(order),
  });
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const patience = AbortSignal.timeout(PATIENCE);
  const signal = init.signal ? AbortSignal.any([init.signal, patience]) : patience;
  let response: Response;
  try {
    response = await fetch(path, { ...init, signal });
  } catch (cause) {
    throw new ApiError('The restaurant does not answer. Please try again.', { cause });
  }
  if (!response.ok) throw new ApiError(await complaint(response));
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw new ApiError('The answer of the restaurant was cut off. Please try again.', { cause });
  }
}

/** What the backend says is wrong, field by field; else the bare status. */
async function complaint(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null && 'errors' in body) {
    const errors = Object.entries(body.errors as Record<string, string>);
    return `Please check: ${errors.map(([field, reason]) => `${field} ${reason}`).join('; ')}.`;
  }
  return `The restaurant can not serve this now (status ${response.status}). Please try again.`;
}
