import {useCallback, useEffect, useRef, useState} from 'react';
import {ApiError} from '../api';

export interface Answer<T> {
  /** The last one received, also while a newer one is awaited or cannot be had. */
  value: T | null;
  /** Why the last try failed, as a sentence. */
  error: string | null;
  /** True until the present question has its first answer. */
  loading: boolean;
  again: () => void;
}

/**
 * The answer to a question, asked again whenever `key` changes (another question) and every `periodMs` (null: never).
 * `key` null asks nothing. A hidden tab asks nothing. `read` may return undefined for "as before".
 */
export function useAnswer<T>(
  key: string | null,
  read: (signal: AbortSignal) => Promise<T | undefined>,
  periodMs: number | null,
): Answer<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [answeredKey, setAnsweredKey] = useState<string | null>(null);
  const [tries, setTries] = useState(0);
  const reader = useRef(read);
  reader.current = read;

  useEffect(() => {
    if (key === null) return undefined;
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      if (!document.hidden) {
        try {
          const answer = await reader.current(control.signal);
          if (control.signal.aborted) return;
          if (answer !== undefined) setValue(answer);
          setError(null);
          setAnsweredKey(key);
        } catch (reason) {
          if (control.signal.aborted) return;
          if (!(reason instanceof ApiError)) throw reason;
          setError(reason.message);
          if (!reason.unreachable) setAnsweredKey(key);
        }
      }
      if (periodMs !== null) timer = setTimeout(() => void ask(), periodMs);
    };
    void ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [key, periodMs, tries]);

  return {value, error, loading: key !== answeredKey, again: useCallback(() => setTries((count) => count + 1), [])};
}
