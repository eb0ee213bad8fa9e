// What the live stream told since the page was last drawn. A storm of messages becomes a few drawings a second.
import type {FleetEvent, FleetNode} from '../api';
import {isOpen} from './events';

export class Batch {
  readonly nodes = new Map<string, FleetNode>();
  readonly alerts = new Map<string, FleetEvent>();
  /** An event of any kind came: whoever lists events reads again. */
  events = false;

  addNode(node: FleetNode): void {
    this.nodes.set(node.node, node);
  }

  addEvent(event: FleetEvent): void {
    this.events = true;
    if (event.kind === 'alert_raised') this.alerts.set(event.id, event);
  }
}

/** The list with the batch's nodes in their places, new ones at its end. Untouched nodes stay the same objects. */
export function withNodes(nodes: readonly FleetNode[], batch: Batch): FleetNode[] {
  const known = new Set(nodes.map((node) => node.node));
  const added = [...batch.nodes.values()].filter((node) => !known.has(node.node));
  return [...nodes.map((node) => batch.nodes.get(node.node) ?? node), ...added];
}

/** Open alerts, newest first, after the batch's: new ones in, cleared and acknowledged ones out. */
export function withAlerts(open: readonly FleetEvent[], batch: Batch): FleetEvent[] {
  const rest = open.filter((event) => !batch.alerts.has(event.id));
  return [...[...batch.alerts.values()].filter(isOpen), ...rest].sort((a, b) => b.time - a.time);
}
