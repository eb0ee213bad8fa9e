import type {AssetState, FleetEvent, Severity} from '../api';
import {alertState} from '../live/events';
import {Icon, type Symbol} from './icons';

export type NodeState = AssetState | 'offline';

export const stateWords: Record<NodeState, string> = {
  alarm: 'Alarm',
  warning: 'Warning',
  offline: 'Offline',
  silent: 'No data',
  ok: 'OK',
};

export function StateBadge({state}: {state: NodeState}) {
  return (
    <span className={`state state-${state}`}>
      <Icon symbol={state} />
      {stateWords[state]}
    </span>
  );
}

const severityWords: Record<Severity, string> = {alarm: 'Alarm', warning: 'Warning', info: 'Info'};

/** An alert by its severity while it is open; afterwards by what became of it. */
export function AlertBadge({event}: {event: FleetEvent}) {
  const state = alertState(event);
  const symbol: Symbol = state === 'open' ? event.severity : state;
  const word = state === 'open' ? severityWords[event.severity] : state === 'cleared' ? 'Cleared' : 'Acknowledged';
  return (
    <span className={`state state-${state === 'open' ? event.severity : state}`}>
      <Icon symbol={symbol} />
      {word}
      {state === 'open' ? null : <span className="was">{severityWords[event.severity].toLowerCase()}</span>}
    </span>
  );
}
