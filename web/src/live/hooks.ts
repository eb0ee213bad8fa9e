import {createContext, useContext, useEffect, useState, useSyncExternalStore} from 'react';
import {LiveStore, type Snapshot} from './store';

export const StoreContext = createContext<LiveStore>(new LiveStore());

export function useStore(): LiveStore {
  return useContext(StoreContext);
}

export function useFleet(): Snapshot {
  const store = useStore();
  return useSyncExternalStore(store.subscribe, store.get);
}

/** The newest data time of an asset, followed as it grows. */
export function useDataTime(asset: string): number | null {
  const store = useStore();
  return useSyncExternalStore(store.subscribeData, () => store.dataTime(asset));
}

const clockListeners = new Set<() => void>();
let clockTimer: ReturnType<typeof setInterval> | undefined;
let clockNow = Date.now();

function subscribeClock(listener: () => void): () => void {
  if (clockListeners.size === 0)
    clockTimer = setInterval(() => {
      clockNow = Date.now();
      for (const each of clockListeners) each();
    }, 1000);
  clockListeners.add(listener);
  return () => {
    clockListeners.delete(listener);
    if (clockListeners.size === 0) clearInterval(clockTimer);
  };
}

/** The local time, once a second: one timer for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribeClock, () => clockNow);
}

/** True while the element can be seen, so that what is off screen asks for nothing. */
export function useVisible(element: Element | null): boolean {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    if (element === null) return undefined;
    const observer = new IntersectionObserver((entries) => setVisible(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: '120px',
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return visible;
}

/** A value kept in this browser. What cannot be kept (private mode) is merely forgotten. */
export function useStored(key: string, initial: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => readStored(key) ?? initial);
  return [
    value,
    (next) => {
      setValue(next);
      writeStored(key, next);
    },
  ];
}

export function readStored(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function writeStored(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value);
  } catch {
    // Storage is off or full: the choice lasts as long as the page.
  }
}
