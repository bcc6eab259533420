import { act, cleanup, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '../src/App.tsx';
import { answer, openRestaurant, type Restaurant } from './restaurant.ts';

let restaurant: Restaurant;

beforeEach(() => {
  restaurant = openRestaurant();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Two soups and a tiramisù for Ada, sent to the kitchen. */
async function order() {
  const user = userEvent.setup();
  render(<App />);
  const soup = await screen.findByRole('button', { name: 'Add Soup to the basket' });
  await user.click(soup);
  await user.click(soup);
  await user.click(screen.getByRole('button', { name: 'Add Tiramisù to the basket' }));
  await user.type(screen.getByLabelText('Name for the order'), 'Ada');
  await user.click(screen.getByRole('button', { name: 'Order' }));
  return user;
}

describe('the menu', () => {
  it('shows every dish under its course, with its price', async () => {
    render(<App />);
    const mains = await screen.findByRole('region', { name: /From the fire/ });
    expect(within(mains).getAllByRole('listitem')).toHaveLength(1);
    expect(within(mains).getByRole('heading', { name: 'Stew' })).toBeTruthy();
    expect(within(mains).getByText('€12.90')).toBeTruthy();
    expect(screen.getAllByRole('listitem')).toHaveLength(3);
  });

  it('says why it did not come, and comes when asked again', async () => {
    restaurant.answers['GET /api/v1/menu/'] = () => Promise.reject(new TypeError('Failed to fetch'));
    const user = userEvent.setup();
    render(<App />);
    expect((await screen.findByRole('alert')).textContent).toContain('does not answer');

    restaurant.answers['GET /api/v1/menu/'] = answer({ currency: 'EUR', items: [] });
    await user.click(screen.getByRole('button', { name: 'Ask for the menu again' }));
    expect(await screen.findByRole('heading', { name: /To begin/ })).toBeTruthy();
  });
});

describe('an order', () => {
  it('adds up, goes to the kitchen, and comes back with a number and who cooked it', async () => {
    await order();
    expect(restaurant.ordered).toEqual({
      guest: 'Ada',
      lines: [
        { item: 1, quantity: 2 },
        { item: 3, quantity: 1 },
      ],
    });
    expect(await screen.findByText('4711')).toBeTruthy();
    const kitchen = screen.getByRole('status', { name: 'Kitchen' });
    await vi.waitFor(() => expect(kitchen.textContent).toBe('Served. Cooked by blue, release r41.'));
  });

  it('can be changed before it goes', async () => {
    const user = userEvent.setup();
    render(<App />);
    await user.click(await screen.findByRole('button', { name: 'Add Stew to the basket' }));
    await user.click(screen.getByRole('button', { name: 'One Stew more' }));
    const table = screen.getByRole('complementary', { name: 'Your table' });
    expect(within(table).getAllByText('€25.80')).toHaveLength(2);
    expect(within(table).getByRole('status', { name: 'Basket' }).textContent).toContain('2 dishes');

    await user.click(screen.getByRole('button', { name: 'One Stew less' }));
    await user.click(screen.getByRole('button', { name: 'One Stew less' }));
    expect(within(table).queryAllByRole('listitem')).toHaveLength(0);
    expect(screen.getByRole('button', { name: 'Order' }).hasAttribute('disabled')).toBe(true);
  });

  it('that is refused stays in the basket, with the reason', async () => {
    restaurant.answers['POST /api/v1/orders/'] = answer(
      { errors: { 'lines[0].item': 'is not on the menu' } },
      400,
    );
    const user = await order();
    expect((await screen.findByRole('alert')).textContent).toBe(
      'Please check: lines[0].item is not on the menu.',
    );

    restaurant.answers['POST /api/v1/orders/'] = answer({ id: 12, total_cents: 2490 }, 201);
    await user.click(screen.getByRole('button', { name: 'Order' }));
    expect(await screen.findByText('12')).toBeTruthy();
  });

  it.each([
    ['a gateway without a backend', () => new Response('<h1>502</h1>', { status: 502 }), 'status 502'],
    ['a cut answer', () => new Response('{"id": 4', { status: 201 }), 'cut off'],
    ['no network', () => Promise.reject(new TypeError('Failed to fetch')), 'does not answer'],
  ])('that meets %s says so', async (_, reply, words) => {
    restaurant.answers['POST /api/v1/orders/'] = reply;
    await order();
    expect((await screen.findByRole('alert')).textContent).toContain(words);
  });

  it('is not spoiled by a kitchen that does not answer', async () => {
    restaurant.answers['GET /api/v1/kitchen/?seconds=3'] = answer({}, 504);
    const user = await order();
    expect(await screen.findByText(/Your order is taken/)).toBeTruthy();

    await user.click(screen.getByRole('button', { name: 'Order something else' }));
    expect(screen.getByText(/Nothing on it yet/)).toBeTruthy();
  });
});

describe('the badge', () => {
  const badge = () => screen.getByRole('status', { name: 'Release' });

  it('follows a switch by itself, and keeps the last color while nothing answers', async () => {
    vi.useFakeTimers();
    render(<App />);
    await act(() => vi.advanceTimersByTimeAsync(1));
    expect(badge().textContent).toBe('bluer41production');
    expect(badge().dataset.color).toBe('blue');

    restaurant.answers['GET /api/v1/release/'] = answer({}, 503);
    await act(() => vi.advanceTimersByTimeAsync(3_000));
    expect(badge().dataset.color).toBe('blue');

    restaurant.answers['GET /api/v1/release/'] = answer({
      release: 'r42',
      color: 'green',
      environment: 'production',
    });
    await act(() => vi.advanceTimersByTimeAsync(3_000));
    expect(badge().textContent).toBe('greenr42production');
    expect(badge().dataset.color).toBe('green');
  });

  it('asks no more once the page is left', async () => {
    vi.useFakeTimers();
    const { unmount } = render(<App />);
    await act(() => vi.advanceTimersByTimeAsync(1));
    unmount();
    const asked = vi.fn(answer({}));
    restaurant.answers['GET /api/v1/release/'] = asked;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).not.toHaveBeenCalled();
  });
});
