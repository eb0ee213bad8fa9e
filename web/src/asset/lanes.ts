// Where the alerts of a window lie above its time axis.
import type {FleetEvent} from '../api';

const lanesMax = 3;
/** The least share of the width that an alert takes, so that its name can be read. */
const leastWidth = 1 / 10;

export interface Placed {
  event: FleetEvent;
  lane: number;
  /** Shares of the window's width. */
  left: number;
  width: number;
}

/** Each alert in the first lane that is free; those that find none are left to the charts and the list of alerts. */
export function placeAlerts(alerts: readonly FleetEvent[], from: number, to: number): Placed[] {
  const ends: number[] = [];
  const share = (time: number) => (Math.min(Math.max(time, from), to) - from) / (to - from);
  return [...alerts]
    .sort((a, b) => a.time - b.time)
    .flatMap((event): Placed[] => {
      if (event.time > to) return [];
      const left = Math.min(share(event.time), 1 - leastWidth);
      const right = Math.max(share(event.cleared ?? to), left + leastWidth);
      const free = ends.findIndex((end) => end <= left);
      const lane = free < 0 ? ends.length : free;
      if (lane >= lanesMax) return [];
      ends[lane] = right;
      return [{event, lane, left, width: right - left}];
    });
}
