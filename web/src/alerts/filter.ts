// The list of alerts: what is chosen, and in which order it is read.
import type {FleetEvent, Severity} from '../api';
import {alertState, type AlertState} from '../live/events';

export type Shown = 'open' | 'all';

export interface Filter {
  shown: Shown;
  severity: Severity | '';
  text: string;
}

export interface Section {
  state: AlertState;
  title: string;
  events: FleetEvent[];
}

const severityRank: Record<Severity, number> = {alarm: 0, warning: 1, info: 2};
const order: readonly [AlertState, string][] = [
  ['open', 'Open'],
  ['acknowledged', 'Acknowledged, still standing'],
  ['cleared', 'Cleared'],
];

export function passes(event: FleetEvent, filter: Filter): boolean {
  if (filter.severity !== '' && event.severity !== filter.severity) return false;
  const wanted = filter.text.trim().toLowerCase();
  return (
    wanted === '' ||
    [event.asset, event.node, event.text, event.acknowledged?.by ?? ''].some((part) =>
      part.toLowerCase().includes(wanted),
    )
  );
}

/** Open first, the most severe of them first; then by time, newest first. Empty sections are left out. */
export function sections(events: readonly FleetEvent[], filter: Filter): Section[] {
  const chosen = events.filter((event) => passes(event, filter));
  return order.flatMap(([state, title]): Section[] => {
    if (filter.shown === 'open' && state !== 'open') return [];
    const own = chosen.filter((event) => alertState(event) === state);
    if (state === 'open') own.sort((a, b) => severityRank[a.severity] - severityRank[b.severity] || b.time - a.time);
    else own.sort((a, b) => b.time - a.time);
    return own.length === 0 ? [] : [{state, title, events: own}];
  });
}
