// The account of every stream: produced = delivered + dropped + queued.
import {tiers, type LedgerLine} from '../api';

export interface Sums {
  produced: number;
  delivered: number;
  dropped: number;
  queued: number;
  duplicates: number;
}

export function sums(lines: readonly LedgerLine[]): Sums {
  const total: Sums = {produced: 0, delivered: 0, dropped: 0, queued: 0, duplicates: 0};
  for (const line of lines) for (const key of Object.keys(total) as (keyof Sums)[]) total[key] += line[key];
  return total;
}

/** What has no place in the account; 0 where it balances. */
export function missing(line: Sums): number {
  return line.produced - line.delivered - line.dropped - line.queued;
}

/** Streams that do not balance first, then by node, the newest epoch first, and tier. */
export function sorted(lines: readonly LedgerLine[]): LedgerLine[] {
  return [...lines].sort(
    (a, b) =>
      Number(a.balanced) - Number(b.balanced) ||
      a.node.localeCompare(b.node, undefined, {numeric: true}) ||
      (a.epoch === b.epoch ? tiers.indexOf(a.tier) - tiers.indexOf(b.tier) : (b.updated ?? 0) - (a.updated ?? 0)),
  );
}
