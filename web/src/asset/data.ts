// What an asset's page reads: its series over the window, and its alerts.
import {useRef} from 'react';
import {api, type Asset, type FleetEvent, type SeriesReply} from '../api';
import {useAnswer, type Answer} from '../live/answer';
import {merged, overlapping} from '../live/events';
import {useDataTime, useFleet} from '../live/hooks';
import {fitted, refreshMs, windowOf, type Range} from './range';

const alertsMax = 300;

export interface WindowedSeries extends Answer<SeriesReply> {
  window: {from: number; to: number};
}

export function useSeries(asset: Asset, names: readonly string[], range: Range, points: number): WindowedSeries {
  const newest = useDataTime(asset.asset) ?? asset.data_time;
  const known = useRef(newest);
  known.current = newest;
  const readFor = useRef('');
  const question = `${asset.asset} ${names.join()} ${JSON.stringify(range)} ${points}`;
  const key = newest === null || names.length === 0 ? null : question;
  const answer = useAnswer(
    key,
    async (signal) => {
      const shown = windowOf(range, known.current ?? 0);
      const stamp = `${question} ${known.current ?? ''}`;
      if (stamp === readFor.current) return undefined;
      const to = range.kind === 'fixed' ? {to: Math.ceil(shown.to)} : {};
      const reply = await api.series(
        {asset: asset.asset, names: [...names], from: Math.floor(shown.from), points, ...to},
        signal,
      );
      readFor.current = stamp;
      return reply;
    },
    refreshMs(range),
  );
  // A live window ends where the data that is shown ends, so that lines and axis move together.
  const end = answer.value !== null && !answer.loading ? answer.value.to : (newest ?? Date.now());
  const first = Math.min(...(answer.value?.series ?? []).map((each) => each.times[0] ?? Infinity));
  return {...answer, window: fitted(range, windowOf(range, end), answer.loading ? Infinity : first)};
}

/** The asset's alerts that were standing in the window, newest first. */
export function useAlerts(asset: string, window: {from: number; to: number}): FleetEvent[] {
  const {open, eventRevision} = useFleet();
  const answer = useAnswer(
    `${asset} ${eventRevision}`,
    (signal) => api.events({asset, kind: 'alert_raised', limit: alertsMax}, signal),
    30_000,
  );
  const own = open.filter((event) => event.asset === asset);
  return overlapping(merged(own, answer.value ?? []), window.from, window.to);
}
