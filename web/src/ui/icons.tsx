// State symbols differ in outline as well as in colour, so that neither colour vision nor a good screen is needed.
import type {ReactNode} from 'react';

export type Symbol = 'ok' | 'warning' | 'alarm' | 'offline' | 'silent' | 'info' | 'acknowledged' | 'cleared';

const shapes: Record<Symbol, ReactNode> = {
  ok: (
    <>
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="m5 8.2 2.1 2.1L11 6.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
    </>
  ),
  warning: (
    <>
      <path d="M8 1.6 15.2 14.2H.8z" fill="currentColor" strokeLinejoin="round" />
      <path d="M8 6v4M8 11.4v1.4" stroke="var(--on-state)" strokeWidth="1.7" />
    </>
  ),
  alarm: (
    <>
      <path d="M4.9.8h6.2l4.1 4.1v6.2l-4.1 4.1H4.9L.8 11.1V4.9z" fill="currentColor" />
      <path d="M8 4v5M8 10.6v1.7" stroke="var(--on-state)" strokeWidth="1.9" />
    </>
  ),
  offline: (
    <>
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M3.7 12.3 12.3 3.7" stroke="currentColor" strokeWidth="1.6" />
    </>
  ),
  silent: (
    <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.2 2.1" />
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M8 7v4.6M8 4.2v1.6" stroke="currentColor" strokeWidth="1.7" />
    </>
  ),
  acknowledged: (
    <>
      <path d="M4.9.8h6.2l4.1 4.1v6.2l-4.1 4.1H4.9L.8 11.1V4.9z" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="m5 8.2 2.1 2.1L11 6.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
    </>
  ),
  cleared: <path d="m3 8.4 3.2 3.2L13 4.6" fill="none" stroke="currentColor" strokeWidth="1.8" />,
};

export function Icon({symbol}: {symbol: Symbol}) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {shapes[symbol]}
    </svg>
  );
}

/** A wayside signal: a mast with its arm raised. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" focusable="false">
      <path d="M16 31V17" stroke="currentColor" strokeWidth="3" />
      <path d="M9.5 30.5h13" stroke="currentColor" strokeWidth="2.4" />
      <path d="M4 14.3 21 6l2.6 5.4L6.6 19.7z" fill="currentColor" />
      <circle cx="22.5" cy="8.6" r="4.8" fill="var(--lamp)" />
    </svg>
  );
}
