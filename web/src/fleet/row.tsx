import {memo, useState} from 'react';
import {tiers, type Asset, type FleetEvent} from '../api';
import {beyond} from '../asset/limits';
import {reasonOf, ruleOf} from '../live/events';
import {useDataTime, useFleet, useNow, useStore, useVisible} from '../live/hooks';
import {assetPath} from '../router';
import {formatAge, formatCount, formatUtc, formatValue} from '../text/format';
import {Link, Moment} from '../ui/basic';
import {Icon} from '../ui/icons';
import {StateBadge} from '../ui/state';
import {useKeyScore} from './scores';
import {Sparkline} from './sparkline';
import type {FleetRow} from './urgency';

function Score({asset, fleetSize}: {asset: Asset; fleetSize: number}) {
  const [cell, setCell] = useState<Element | null>(null);
  const score = useKeyScore(asset, useVisible(cell), fleetSize);
  const over = score?.limit !== null && score !== null && beyond(score.limit, score.latest);
  return (
    <div className="score" ref={setCell} title={score?.series.name}>
      {score === null ? (
        <span className="faint">{asset.models.length === 0 ? 'no model' : 'no score yet'}</span>
      ) : (
        <>
          <Sparkline score={score} />
          <span className="num">
            <span className={over ? 'over' : undefined}>{formatValue(score.latest)}</span>
            {score.limit === null ? null : <span className="faint"> / {formatValue(score.limit.value)}</span>}
          </span>
        </>
      )}
    </div>
  );
}

/** Ages grow by themselves between two answers, by the server's clock. */
function DataAge({row}: {row: FleetRow}) {
  const {clockOffset} = useFleet();
  const store = useStore();
  const now = useNow();
  useDataTime(row.assets[0]?.asset ?? '');
  const times = [row.node.data_time, ...row.assets.map((asset) => store.dataTime(asset.asset))].filter(
    (time): time is number => time !== null,
  );
  if (times.length === 0) return <span className="faint">none yet</span>;
  const newest = Math.max(...times);
  return (
    <span className="num" title={`Newest data: ${formatUtc(newest)}`}>
      {formatAge((now + clockOffset - newest) / 1000)}
    </span>
  );
}

function LinkState({row}: {row: FleetRow}) {
  const {node} = row;
  if (node.online && node.linked === false)
    return (
      <span className="link link-down">
        <Icon symbol="offline" />
        hub not reached
      </span>
    );
  if (node.online)
    return (
      <span className="link" title={node.since === null ? undefined : `Since ${formatUtc(node.since)}`}>
        <span className="link-line" aria-hidden="true" />
        online
      </span>
    );
  return (
    <span className="link link-down">
      <Icon symbol="offline" />
      <span>
        offline{' '}
        <span className="since">
          since <Moment time={node.since ?? node.last_seen} />
        </span>
      </span>
    </span>
  );
}

function Alerts({alerts}: {alerts: FleetEvent[]}) {
  const first = alerts[0];
  if (first === undefined) return <span className="faint">none</span>;
  return (
    <div className="row-alert">
      <span>
        <strong>{ruleOf(first)}</strong> <Moment time={first.time} />
        {alerts.length > 1 ? <span className="faint"> and {alerts.length - 1} more</span> : null}
      </span>
      <span className="reason">{reasonOf(first)}</span>
    </div>
  );
}

function AssetName({asset, alone}: {asset: Asset; alone: boolean}) {
  return (
    <div className="asset-name">
      {alone ? null : <StateBadge state={asset.state} />}
      <Link to={assetPath(asset.asset)}>{asset.asset}</Link>
      <span className="faint">{asset.kind}</span>
    </div>
  );
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

/** Drawn again only when its own node, assets or alerts changed: a fleet has many rows. */
export const Row = memo(
  DrawnRow,
  (a, b) =>
    a.row.node === b.row.node &&
    a.row.state === b.row.state &&
    a.fleetSize === b.fleetSize &&
    sameList(a.row.assets, b.row.assets) &&
    sameList(a.row.alerts, b.row.alerts),
);

function DrawnRow({row, fleetSize}: {row: FleetRow; fleetSize: number}) {
  const {node, assets} = row;
  const first = assets[0];
  const alone = assets.length === 1 && first?.asset === node.node;
  return (
    <tr className={`row row-${row.state}`} data-node={node.node} data-state={row.state}>
      <td className="cell-state" data-label="State">
        <StateBadge state={row.state} />
      </td>
      <th scope="row" className="cell-name">
        {alone ? null : <div className="node-name">{node.node}</div>}
        {assets.length === 0 ? <div className="faint">no asset yet</div> : null}
        {assets.map((asset) => (
          <AssetName key={asset.asset} asset={asset} alone={assets.length === 1} />
        ))}
      </th>
      <td className="cell-site" data-label="Site">
        {node.site}
      </td>
      <td className="cell-link" data-label="Link">
        <LinkState row={row} />
      </td>
      <td className="cell-score" data-label="Score">
        {assets.map((asset) => (
          <Score key={asset.asset} asset={asset} fleetSize={fleetSize} />
        ))}
      </td>
      <td className="cell-age r" data-label="Data age">
        <DataAge row={row} />
      </td>
      {tiers.map((tier) => (
        <td
          key={tier}
          className={`cell-backlog r num${node.backlog[tier] > 0 ? '' : ' zero'}`}
          data-label={`${tier} queued`}
        >
          {formatCount(node.backlog[tier])}
        </td>
      ))}
      <td className="cell-alerts" data-label="Open alerts">
        <Alerts alerts={row.alerts} />
      </td>
    </tr>
  );
}
