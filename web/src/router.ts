// Addresses of the console. The server answers any path it does not know with the page itself, so these can be
// reloaded, bookmarked and sent to a colleague.
import {useSyncExternalStore} from 'react';

export type Route =
  | {page: 'fleet'}
  | {page: 'asset'; asset: string; search: URLSearchParams}
  | {page: 'alerts'}
  | {page: 'ledger'}
  | {page: 'query'}
  | {page: 'unknown'; path: string};

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function parseRoute(path: string, search: string): Route {
  if (path === '/' || path === '/index.html') return {page: 'fleet'};
  const asset = /^\/asset\/([^/]+)$/.exec(path)?.[1];
  if (asset !== undefined) return {page: 'asset', asset: decoded(asset), search: new URLSearchParams(search)};
  if (path === '/alerts') return {page: 'alerts'};
  if (path === '/ledger') return {page: 'ledger'};
  if (path === '/query') return {page: 'query'};
  return {page: 'unknown', path};
}

export function assetPath(asset: string, search?: Record<string, string>): string {
  const text = search === undefined ? '' : new URLSearchParams(search).toString();
  return `/asset/${encodeURIComponent(asset)}${text === '' ? '' : `?${text}`}`;
}

const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('popstate', notify);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('popstate', notify);
  };
}

export function navigate(to: string, replace = false): void {
  if (replace) window.history.replaceState(null, '', to);
  else {
    window.history.pushState(null, '', to);
    window.scrollTo(0, 0);
  }
  notify();
}

export function useLocation(): {path: string; search: string} {
  const href = useSyncExternalStore(subscribe, () => window.location.pathname + window.location.search);
  const mark = href.indexOf('?');
  return mark < 0 ? {path: href, search: ''} : {path: href.slice(0, mark), search: href.slice(mark)};
}
