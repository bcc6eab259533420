import { useState } from 'react';
import { type Order, placeOrder } from './api.ts';
import { type Basket, change, count, EMPTY, toLines } from './basket.ts';
import { BasketPanel } from './components/BasketPanel.tsx';
import { Confirmation } from './components/Confirmation.tsx';
import { Header } from './components/Header.tsx';
import { MenuList } from './components/MenuList.tsx';
import { useMenu, useRelease } from './hooks.ts';

/** The page: the menu on one side, the guest's table on the other. */
export function App() {
  const menuState = useMenu();
  const release = useRelease();
  const [basket, setBasket] = useState<Basket>(EMPTY);
  const [order, setOrder] = useState<Order | null>(null);

  const step = (dish: number, by: number) => setBasket((before) => change(before, dish, by));
  const submit = async (guest: string) => {
    setOrder(await placeOrder({ guest, lines: toLines(basket) }));
    setBasket(EMPTY);
  };

  return (
    <>
      <Header release={release} />
      <main className="room">
        <div className="menu-side">
          <MenuList state={menuState} basket={basket} onAdd={(dish) => step(dish, 1)} />
          {count(basket) > 0 && (
            <a className="to-table button" href="#table">
              To your table · {count(basket)}
            </a>
          )}
        </div>
        <aside className="table" id="table" aria-label="Your table">
          {order === null ? (
            <BasketPanel
              menu={menuState.at === 'ready' ? menuState.menu : null}
              basket={basket}
              onStep={step}
              onOrder={submit}
            />
          ) : (
            <Confirmation
              key={order.id}
              order={order}
              currency={menuState.at === 'ready' ? menuState.menu.currency : 'EUR'}
              onAgain={() => setOrder(null)}
            />
          )}
        </aside>
      </main>
      <footer className="closing">
        <p>Blue or green, the kitchen stays open.</p>
      </footer>
    </>
  );
}
