// What needs a person first: the order of the fleet page.
import type {Asset, FleetEvent, FleetNode} from '../api';
import type {NodeState} from '../ui/state';

const rank: Record<NodeState, number> = {alarm: 0, warning: 1, offline: 2, silent: 3, ok: 4};

export const statesByUrgency: readonly NodeState[] = ['alarm', 'warning', 'offline', 'silent', 'ok'];

export interface FleetRow {
  node: FleetNode;
  state: NodeState;
  assets: Asset[];
  /** Open alerts of this node, the worst and newest first. */
  alerts: FleetEvent[];
}

const severityRank = {alarm: 0, warning: 1, info: 2};

/** An alarm stands even where the link is down; else a node that cannot be heard is offline, whatever it last said. */
export function nodeState(node: FleetNode, assets: readonly Asset[]): NodeState {
  const worst = assets.map((asset) => asset.state).sort((a, b) => rank[a] - rank[b])[0] ?? 'silent';
  if (worst === 'alarm' || worst === 'warning') return worst;
  return node.online ? worst : 'offline';
}

export function fleetRows(
  nodes: readonly FleetNode[],
  assets: readonly Asset[],
  open: readonly FleetEvent[],
): FleetRow[] {
  const rows = nodes.map((node) => {
    const own = assets
      .filter((asset) => asset.node === node.node)
      .sort((a, b) => rank[a.state] - rank[b.state] || a.asset.localeCompare(b.asset, undefined, {numeric: true}));
    const alerts = open
      .filter((event) => event.node === node.node)
      .sort((a, b) => severityRank[a.severity] - severityRank[b.severity] || b.time - a.time);
    return {node, state: nodeState(node, own), assets: own, alerts};
  });
  return rows.sort(
    (a, b) =>
      rank[a.state] - rank[b.state] ||
      b.alerts.length - a.alerts.length ||
      a.node.node.localeCompare(b.node.node, undefined, {numeric: true}),
  );
}

export function countStates(rows: readonly FleetRow[]): Record<NodeState, number> {
  const counts: Record<NodeState, number> = {alarm: 0, warning: 0, offline: 0, silent: 0, ok: 0};
  for (const row of rows) counts[row.state] += 1;
  return counts;
}

export function matches(row: FleetRow, site: string, text: string): boolean {
  if (site !== '' && row.node.site !== site) return false;
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return true;
  return [row.node.node, row.node.site, ...row.assets.flatMap((asset) => [asset.asset, asset.kind])].some((word) =>
    word.toLowerCase().includes(wanted),
  );
}
