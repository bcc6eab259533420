import { useEffect, useState } from 'react';
import { type Cook, cook, type Order } from '../api.ts';
import { money } from '../money.ts';

/** How long the kitchen takes for an order, in seconds. */
const COOKING = 3;

interface Props {
  order: Order;
  currency: string;
  onAgain: () => void;
}

/** The order's number; then, when it is cooked, which release did it. */
export function Confirmation({ order, currency, onAgain }: Props) {
  const kitchen = useKitchen();
  return (
    <section className="card card-done" aria-labelledby="thanks">
      <h2 id="thanks">Grazie!</h2>
      <p className="ticket">
        Order number <strong>{order.id}</strong>
      </p>
      <p className="sum">
        <span>To pay</span>
        <strong>{money(order.total_cents, currency)}</strong>
      </p>
      <p className="kitchen" role="status" aria-label="Kitchen" data-at={kitchen.at}>
        {kitchen.at === 'cooking' && 'The kitchen is at work…'}
        {kitchen.at === 'quiet' && 'Your order is taken; the kitchen will call you.'}
        {kitchen.at === 'served' && (
          <>
            Served. Cooked by <strong data-color={kitchen.by.color}>{kitchen.by.color}</strong>, release{' '}
            {kitchen.by.release}.
          </>
        )}
      </p>
      <button type="button" className="button button-wide" onClick={onAgain}>
        Order something else
      </button>
    </section>
  );
}

type Kitchen = { at: 'cooking' } | { at: 'served'; by: Cook } | { at: 'quiet' };

/** Cook once; a kitchen that does not answer spoils no order, for it is stored already. */
function useKitchen(): Kitchen {
  const [kitchen, setKitchen] = useState<Kitchen>({ at: 'cooking' });
  useEffect(() => {
    const leaving = new AbortController();
    cook(COOKING, leaving.signal).then(
      (by) => setKitchen({ at: 'served', by }),
      () => {
        if (!leaving.signal.aborted) setKitchen({ at: 'quiet' });
      },
    );
    return () => leaving.abort();
  }, []);
  return kitchen;
}
