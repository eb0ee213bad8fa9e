// What an alert's fields mean for its state, and how lists of alerts are kept.
import type {FleetEvent} from '../api';

export type AlertState = 'open' | 'acknowledged' | 'cleared';

/** Cleared wins: an alert that is over needs no one, acknowledged or not. */
export function alertState(event: FleetEvent): AlertState {
  if (event.cleared !== null && event.cleared !== undefined) return 'cleared';
  return event.acknowledged ? 'acknowledged' : 'open';
}

export function isOpen(event: FleetEvent): boolean {
  return alertState(event) === 'open';
}

/** The rule's name: from the data, or from the text before its colon. */
export function ruleOf(event: FleetEvent): string {
  return event.data?.rule ?? event.text.split(':')[0] ?? event.kind;
}

/** The part of the text that says more than the rule's name. */
export function reasonOf(event: FleetEvent): string {
  const rule = `${ruleOf(event)}:`;
  return event.text.startsWith(rule) ? event.text.slice(rule.length).trim() : event.text;
}

/** Alerts that were standing at some moment of `[from, to]`. */
export function overlapping(events: readonly FleetEvent[], from: number, to: number): FleetEvent[] {
  return events.filter((event) => event.time <= to && (event.cleared ?? Infinity) >= from);
}

/** Both lists as one: `fresh` wins where an id is in both. Newest first. */
export function merged(fresh: readonly FleetEvent[], other: readonly FleetEvent[]): FleetEvent[] {
  const seen = new Set(fresh.map((event) => event.id));
  return [...fresh, ...other.filter((event) => !seen.has(event.id))].sort((a, b) => b.time - a.time);
}
