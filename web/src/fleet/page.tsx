import {useMemo, useState} from 'react';
import {tiers, type FleetNode, type Tier} from '../api';
import {useFleet, useStored} from '../live/hooks';
import {formatCount, plural} from '../text/format';
import {Notice} from '../ui/basic';
import {Icon} from '../ui/icons';
import {stateWords, type NodeState} from '../ui/state';
import {Row} from './row';
import {countStates, fleetRows, matches, statesByUrgency, type FleetRow} from './urgency';

/** How many nodes are in each state; pressing one shows only those. */
function Annunciator({
  rows,
  chosen,
  onChoose,
}: {
  rows: FleetRow[];
  chosen: NodeState | null;
  onChoose: (state: NodeState | null) => void;
}) {
  const counts = countStates(rows);
  return (
    <div className="annunciator" role="group" aria-label="Nodes by state">
      {statesByUrgency.map((state) => (
        <button
          key={state}
          type="button"
          aria-pressed={chosen === state}
          data-state={state}
          className={`lamp lamp-${state}${counts[state] === 0 ? ' lamp-none' : ''}`}
          onClick={() => onChoose(chosen === state ? null : state)}
        >
          <Icon symbol={state} />
          <span className="lamp-count num">{counts[state]}</span>
          <span className="lamp-word">{stateWords[state]}</span>
        </button>
      ))}
    </div>
  );
}

function total(nodes: readonly FleetNode[], tier: Tier): number {
  return nodes.reduce((sum, node) => sum + node.backlog[tier], 0);
}

function Totals({rows}: {rows: FleetRow[]}) {
  const nodes = rows.map((row) => row.node);
  const assets = rows.reduce((sum, row) => sum + row.assets.length, 0);
  const alerts = rows.reduce((sum, row) => sum + row.alerts.length, 0);
  return (
    <dl className="totals">
      <div>
        <dt>Nodes online</dt>
        <dd className="num">
          {nodes.filter((node) => node.online).length}
          <span className="faint"> / {nodes.length}</span>
        </dd>
      </div>
      <div>
        <dt>Assets</dt>
        <dd className="num">{assets}</dd>
      </div>
      <div>
        <dt>Open alerts</dt>
        <dd className="num">{alerts}</dd>
      </div>
      {tiers.map((tier) => (
        <div key={tier}>
          <dt>Queued, {tier}</dt>
          <dd className="num">{formatCount(total(nodes, tier))}</dd>
        </div>
      ))}
    </dl>
  );
}

function Filters({
  sites,
  site,
  onSite,
  text,
  onText,
}: {
  sites: string[];
  site: string;
  onSite: (site: string) => void;
  text: string;
  onText: (text: string) => void;
}) {
  return (
    <div className="filters">
      <label>
        <span>Site</span>
        <select value={site} onChange={(event) => onSite(event.target.value)}>
          <option value="">All sites</option>
          {sites.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Find</span>
        <input
          type="search"
          value={text}
          placeholder="node, asset, kind"
          onChange={(event) => onText(event.target.value)}
        />
      </label>
    </div>
  );
}

function FleetTable({rows, fleetSize}: {rows: FleetRow[]; fleetSize: number}) {
  return (
    <table className="fleet">
      <thead>
        <tr>
          <th rowSpan={2} scope="col">
            State
          </th>
          <th rowSpan={2} scope="col">
            Asset
          </th>
          <th rowSpan={2} scope="col">
            Site
          </th>
          <th rowSpan={2} scope="col">
            Link
          </th>
          <th rowSpan={2} scope="col">
            Score, 10 min / limit
          </th>
          <th rowSpan={2} scope="col" className="r">
            Data age
          </th>
          <th colSpan={3} scope="colgroup" className="r group">
            Queued records
          </th>
          <th rowSpan={2} scope="col">
            Open alerts
          </th>
        </tr>
        <tr>
          {tiers.map((tier) => (
            <th key={tier} scope="col" className="r sub">
              {tier}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.node.node} row={row} fleetSize={fleetSize} />
        ))}
      </tbody>
    </table>
  );
}

export function FleetPage() {
  const {nodes, assets, open, answered, status} = useFleet();
  const [site, setSite] = useStored('wayside.site', '');
  const [text, setText] = useState('');
  const [state, setState] = useState<NodeState | null>(null);
  const rows = useMemo(() => fleetRows(nodes, assets, open), [nodes, assets, open]);
  const sites = useMemo(() => [...new Set(nodes.map((node) => node.site))].sort(), [nodes]);
  // A site remembered from another hub hides nothing here.
  const siteHere = sites.includes(site) ? site : '';
  const found = rows.filter((row) => matches(row, siteHere, text));
  const shown = found.filter((row) => state === null || row.state === state);
  const single = status?.program === 'agent';
  const problems = [...(status?.problems ?? []), ...(status?.troubles ?? [])];
  return (
    <main className="page" id="content">
      <h1 className="hidden">{single ? 'Node' : 'Fleet'}</h1>
      {answered === null ? <Notice symbol="silent" title="Waiting for the first answer" /> : null}
      {problems.map((problem) => (
        <Notice key={problem} symbol="warning" title={`${single ? 'The agent' : 'The hub'} reports: ${problem}`} />
      ))}
      {answered !== null && rows.length === 0 ? (
        <Notice symbol="silent" title="No node has reported yet">
          <p>A node appears here by itself once its agent has reached the broker.</p>
        </Notice>
      ) : null}
      {rows.length === 0 ? null : (
        <>
          <div className="overview">
            <Annunciator rows={found} chosen={state} onChoose={setState} />
            <Totals rows={found} />
            {single ? null : <Filters sites={sites} site={siteHere} onSite={setSite} text={text} onText={setText} />}
          </div>
          <FleetTable rows={shown} fleetSize={assets.length} />
          {shown.length === rows.length ? null : (
            <p className="below">
              {plural(rows.length - shown.length, 'node')} not shown.{' '}
              <button
                type="button"
                className="inline"
                onClick={() => {
                  setSite('');
                  setText('');
                  setState(null);
                }}
              >
                Show all
              </button>
            </p>
          )}
        </>
      )}
    </main>
  );
}
