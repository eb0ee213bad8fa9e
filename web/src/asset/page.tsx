import {useMemo, useRef, useState} from 'react';
import type {Asset} from '../api';
import {useDataTime, useFleet, useNow, useStored} from '../live/hooks';
import {navigate} from '../router';
import {formatAge, formatUtc} from '../text/format';
import {Link, Moment, Notice} from '../ui/basic';
import {StateBadge} from '../ui/state';
import {useTheme} from '../ui/theme';
import {Chart, type Shared} from './chart';
import {useAlerts, useSeries} from './data';
import {Definitions} from './definitions';
import {LatestDecisions, SelectedAlert} from './evidence';
import {defaultVisible, groupSeries, seriesOf, type Group} from './groups';
import {allLimits} from './limits';
import {readPalette} from './palette';
import {parseRange, rangeAround, rangePath, refreshMs, type Range} from './range';
import {RangeBar} from './range_bar';
import {Ruler} from './ruler';

const pointsMax = 1_000;
const heights = {score: 156, few: 142, many: 188};
const manyLines = 4;

/** Which lines are shown, remembered for the kind: two locomotives are looked at alike. */
function useVisibleSeries(asset: Asset): [ReadonlySet<string>, (name: string) => void] {
  const [stored, setStored] = useStored(`wayside.series.${asset.kind}`, '');
  const visible = useMemo(() => {
    const names = new Set(seriesOf(asset).map((info) => info.name));
    const kept = stored.split(' ').filter((name) => names.has(name));
    return kept.length > 0 ? new Set(kept) : defaultVisible(asset);
  }, [asset, stored]);
  const toggle = (name: string) => {
    const next = new Set(visible);
    if (!next.delete(name)) next.add(name);
    setStored([...next].join(' '));
  };
  return [visible, toggle];
}

function heightOf(group: Group, visible: ReadonlySet<string>): number {
  if (group.key === 'score') return heights.score;
  return group.series.filter((info) => visible.has(info.name)).length >= manyLines ? heights.many : heights.few;
}

function Head({asset}: {asset: Asset}) {
  const {nodes, clockOffset} = useFleet();
  const now = useNow();
  const newest = useDataTime(asset.asset) ?? asset.data_time;
  const node = nodes.find((each) => each.node === asset.node);
  const age = newest === null ? null : (now + clockOffset - newest) / 1000;
  return (
    <div className="asset-head">
      <nav aria-label="Where" className="crumbs">
        <Link to="/">Fleet</Link>
        <span aria-hidden="true">/</span>
      </nav>
      <h1>{asset.asset}</h1>
      <StateBadge state={asset.state} />
      {node === undefined || node.online ? null : <StateBadge state="offline" />}
      <dl className="asset-facts">
        <div>
          <dt>kind</dt>
          <dd>{asset.kind}</dd>
        </div>
        <div>
          <dt>site</dt>
          <dd>{asset.site}</dd>
        </div>
        {asset.node === asset.asset ? null : (
          <div>
            <dt>node</dt>
            <dd>{asset.node}</dd>
          </div>
        )}
        <div>
          <dt>newest data</dt>
          <dd title={newest === null ? undefined : formatUtc(newest)}>
            <Moment time={newest} />
            {age === null ? null : <span className="faint num"> age {formatAge(age)}</span>}
          </dd>
        </div>
      </dl>
    </div>
  );
}

function AssetView({asset, search}: {asset: Asset; search: URLSearchParams}) {
  const range = useMemo(() => parseRange(search), [search.toString()]);
  const [visible, toggle] = useVisibleSeries(asset);
  const [selected, setSelected] = useState<string | null>(null);
  const theme = useTheme();
  const palette = useMemo(readPalette, [theme]);
  const points = useRef(Math.min(pointsMax, Math.max(300, window.innerWidth)));

  const all = useMemo(() => seriesOf(asset), [asset]);
  const groups = useMemo(() => groupSeries(asset), [asset]);
  const names = all.filter((info) => visible.has(info.name)).map((info) => info.name);
  const series = useSeries(asset, names, range, points.current);
  const alerts = useAlerts(asset.asset, series.window);
  const byName = useMemo(() => new Map((series.value?.series ?? []).map((each) => [each.name, each])), [series.value]);
  const limits = useMemo(() => allLimits(asset.rules), [asset.rules]);

  const setRange = (next: Range) => navigate(rangePath(asset.asset, next), true);
  const onZoom = (from: number, to: number) =>
    setRange({kind: 'fixed', from: Math.floor(from), to: Math.max(Math.ceil(to), Math.floor(from) + 1000)});
  const shared: Shared = {window: series.window, alerts, limits, palette, onZoom, onToggle: toggle};
  const chosen = alerts.find((event) => event.id === selected);
  return (
    <main className="page asset" id="content" data-loading={series.loading}>
      <Head asset={asset} />
      <div className="asset-body">
        <div className="charts">
          <div className="sticky">
            <RangeBar range={range} window={series.window} onRange={setRange} />
            <Ruler shared={shared} selected={selected} onSelect={(id) => setSelected(id === selected ? null : id)} />
          </div>
          {asset.data_time === null && series.value === null ? (
            <Notice symbol="silent" title="This asset has not sent data yet" />
          ) : null}
          {series.error === null ? null : (
            <Notice symbol="info" title={`These charts are not current: ${series.error}`} />
          )}
          {groups.map((group) => (
            <Chart
              key={group.key}
              group={group}
              visible={visible}
              series={byName}
              shared={shared}
              height={heightOf(group, visible)}
            />
          ))}
        </div>
        <aside className="rail" aria-label="Evidence and definitions">
          {chosen === undefined ? null : (
            <SelectedAlert
              event={chosen}
              asset={asset}
              onClose={() => setSelected(null)}
              onShow={() => setRange(rangeAround(chosen.time, chosen.cleared))}
            />
          )}
          <LatestDecisions
            asset={asset}
            to={range.kind === 'live' ? null : Math.ceil(range.to)}
            periodMs={refreshMs(range)}
          />
          <Definitions asset={asset} />
        </aside>
      </div>
    </main>
  );
}

export function AssetPage({name, search}: {name: string; search: URLSearchParams}) {
  const {assets, answered} = useFleet();
  const asset = assets.find((each) => each.asset === name);
  if (asset !== undefined) return <AssetView asset={asset} search={search} />;
  return (
    <main className="page" id="content">
      {answered === null ? (
        <Notice symbol="silent" title="Waiting for the first answer" />
      ) : (
        <Notice symbol="info" title={`No asset is called ${name}`}>
          <Link to="/">To the fleet</Link>
        </Notice>
      )}
    </main>
  );
}
