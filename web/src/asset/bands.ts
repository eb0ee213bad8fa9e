// Stretches of time as stretches of a plot.

export interface Stretch {
  left: number;
  right: number;
}

/** Stretches that overlap or touch, as one; from left to right. */
export function union(stretches: readonly Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const {left, right} of [...stretches].sort((a, b) => a.left - b.left)) {
    const last = merged[merged.length - 1];
    if (last !== undefined && left <= last.right) last.right = Math.max(last.right, right);
    else merged.push({left, right});
  }
  return merged;
}
