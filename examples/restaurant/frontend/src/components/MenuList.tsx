import type { Course, Dish } from '../api.ts';
import { DishArt } from '../art/DishArt.tsx';
import type { Basket } from '../basket.ts';
import { QUANTITY_MAX } from '../basket.ts';
import type { MenuState } from '../hooks.ts';
import { money } from '../money.ts';

const COURSES: { course: Course; title: string; native: string }[] = [
  { course: 'starter', title: 'To begin', native: 'Antipasti' },
  { course: 'main', title: 'From the fire', native: 'Secondi' },
  { course: 'dessert', title: 'Something sweet', native: 'Dolci' },
];

interface Props {
  state: MenuState;
  basket: Basket;
  onAdd: (dish: number) => void;
}

/** The menu by course; or that it is on its way, or why it did not come. */
export function MenuList({ state, basket, onAdd }: Props) {
  if (state.at === 'loading') {
    return (
      <section className="menu" aria-label="Menu" aria-busy="true">
        <p className="menu-note">The menu is on its way…</p>
      </section>
    );
  }
  if (state.at === 'failed') {
    return (
      <section className="menu" aria-label="Menu">
        <div className="menu-note" role="alert">
          <p>{state.reason}</p>
          <button type="button" className="button" onClick={state.reload}>
            Ask for the menu again
          </button>
        </div>
      </section>
    );
  }
  const { items, currency } = state.menu;
  return (
    <section className="menu" aria-label="Menu">
      {COURSES.map(({ course, title, native }) => (
        <section key={course} className="course" aria-labelledby={`course-${course}`}>
          <h2 id={`course-${course}`}>
            {title} <span lang="it">{native}</span>
          </h2>
          <ul className="dishes">
            {items
              .filter((dish) => dish.course === course)
              .map((dish) => (
                <DishCard
                  key={dish.id}
                  dish={dish}
                  currency={currency}
                  chosen={basket.get(dish.id) ?? 0}
                  onAdd={onAdd}
                />
              ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

interface CardProps {
  dish: Dish;
  currency: string;
  chosen: number;
  onAdd: (dish: number) => void;
}

function DishCard({ dish, currency, chosen, onAdd }: CardProps) {
  return (
    <li className="dish">
      <DishArt slug={dish.slug} />
      <div className="dish-text">
        <h3>{dish.name}</h3>
        <p>{dish.description}</p>
      </div>
      <div className="dish-foot">
        <span className="dish-price">{money(dish.price_cents, currency)}</span>
        <button
          type="button"
          className="button button-small"
          aria-label={`Add ${dish.name} to the basket`}
          disabled={chosen >= QUANTITY_MAX}
          onClick={() => onAdd(dish.id)}
        >
          {chosen > 0 ? `Add · ${chosen}` : 'Add'}
        </button>
      </div>
    </li>
  );
}
