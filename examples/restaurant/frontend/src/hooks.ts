import { useCallback, useEffect, useState } from 'react';
import { fetchMenu, fetchRelease, type Menu, type Release } from './api.ts';

/** Milliseconds between two questions after the release. */
const REFRESH = 3_000;

/** The menu: on its way, there, or refused with a reason; `reload` asks again. */
export type MenuState =
  | { at: 'loading' }
  | { at: 'ready'; menu: Menu }
  | { at: 'failed'; reason: string; reload: () => void };

/** Load the menu once, and again when asked. */
export function useMenu(): MenuState {
  const [tries, setTries] = useState(0);
  const [state, setState] = useState<MenuState>({ at: 'loading' });
  const reload = useCallback(() => setTries((before) => before + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new try is the reason to load again
  useEffect(() => {
    const leaving = new AbortController();
    setState({ at: 'loading' });
    fetchMenu(leaving.signal).then(
      (menu) => setState({ at: 'ready', menu }),
      (error: Error) => {
        if (!leaving.signal.aborted) setState({ at: 'failed', reason: error.message, reload });
      },
    );
    return () => leaving.abort();
  }, [tries, reload]);
  return state;
}

/** The release that serves, asked for every few seconds; the last known one while none answers. */
export function useRelease(): Release | null {
  const [release, setRelease] = useState<Release | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      const answer = await fetchRelease(leaving.signal).catch(() => null);
      if (leaving.signal.aborted) return;
      if (answer !== null) setRelease(answer);
      timer = setTimeout(ask, REFRESH);
    };
    ask();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, []);
  return release;
}
