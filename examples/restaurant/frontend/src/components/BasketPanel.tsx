import { type FormEvent, useState } from 'react';
import type { Dish, Menu } from '../api.ts';
import { type Basket, count, QUANTITY_MAX, total } from '../basket.ts';
import { money } from '../money.ts';

interface Props {
  menu: Menu | null;
  basket: Basket;
  onStep: (dish: number, by: number) => void;
  /** Rejects with an error whose message is for the guest. */
  onOrder: (guest: string) => Promise<void>;
}

/** The basket, the guest's name, and the button that sends both to the kitchen. */
export function BasketPanel({ menu, basket, onStep, onOrder }: Props) {
  const [guest, setGuest] = useState('');
  const [sending, setSending] = useState(false);
  const [complaint, setComplaint] = useState<string | null>(null);
  const amount = count(basket);
  const chosen = menu?.items.filter((dish) => basket.has(dish.id)) ?? [];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    setComplaint(null);
    try {
      await onOrder(guest);
    } catch (error) {
      setComplaint((error as Error).message);
      setSending(false);
    }
  };

  return (
    <form className="card" onSubmit={submit}>
      <h2>Your table</h2>
      <p className="visually-hidden" role="status" aria-label="Basket">
        {amount === 1 ? '1 dish' : `${amount} dishes`} in the basket
      </p>
      {menu === null || chosen.length === 0 ? (
        <p className="card-empty">Nothing on it yet. Choose something good.</p>
      ) : (
        <>
          <ul className="lines">
            {chosen.map((dish) => (
              <Line
                key={dish.id}
                dish={dish}
                quantity={basket.get(dish.id) ?? 0}
                currency={menu.currency}
                onStep={onStep}
              />
            ))}
          </ul>
          <p className="sum">
            <span>Total</span>
            <strong>{money(total(basket, menu.items), menu.currency)}</strong>
          </p>
        </>
      )}
      <label className="field">
        <span>Name for the order</span>
        <input
          type="text"
          name="guest"
          autoComplete="given-name"
          required
          maxLength={80}
          placeholder="Ada"
          value={guest}
          onChange={(event) => setGuest(event.target.value)}
        />
      </label>
      {complaint !== null && (
        <p className="complaint" role="alert">
          {complaint}
        </p>
      )}
      <button type="submit" className="button button-wide" disabled={sending || chosen.length === 0}>
        {sending ? 'Sending…' : 'Order'}
      </button>
    </form>
  );
}

interface LineProps {
  dish: Dish;
  quantity: number;
  currency: string;
  onStep: (dish: number, by: number) => void;
}

function Line({ dish, quantity, currency, onStep }: LineProps) {
  return (
    <li className="line">
      <span className="line-name">{dish.name}</span>
      <span className="line-steps">
        <button type="button" aria-label={`One ${dish.name} less`} onClick={() => onStep(dish.id, -1)}>
          −
        </button>
        <span>{quantity}</span>
        <button
          type="button"
          aria-label={`One ${dish.name} more`}
          disabled={quantity >= QUANTITY_MAX}
          onClick={() => onStep(dish.id, 1)}
        >
          +
        </button>
      </span>
      <span className="line-price">{money(dish.price_cents * quantity, currency)}</span>
    </li>
  );
}
