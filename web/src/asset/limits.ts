// The limits that rules compare series with, so that a chart can show how near a value is.
import type {Rule} from '../api';

export interface Limit {
  series: string;
  value: number;
  /** True where being above the limit is what the rule watches for. */
  above: boolean;
  rule: string;
}

const name = '[A-Za-z_][\\w]*(?:\\.[A-Za-z_]\\w*)?';
const number = '[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?';
const nameFirst = new RegExp(
  `(?<![\\w.)]|[-+*/]\\s*)(${name})\\s*(>=|<=|>|<)\\s*(${number})(?![\\w.(]|\\s*[-+*/])`,
  'g',
);
const numberFirst = new RegExp(
  `(?<![\\w.)]|[-+*/]\\s*)(${number})\\s*(>=|<=|>|<)\\s*(${name})(?![\\w.(]|\\s*[-+*/])`,
  'g',
);

/** The plain comparisons of one name with one number in a rule's expression; others have no line to draw. */
export function limitsOf(rule: Rule): Limit[] {
  const found: Limit[] = [];
  for (const [, series, operator, value] of rule.when.matchAll(nameFirst))
    if (series !== undefined && operator !== undefined)
      found.push({series, value: Number(value), above: operator.startsWith('>'), rule: rule.name});
  for (const [, value, operator, series] of rule.when.matchAll(numberFirst))
    if (series !== undefined && operator !== undefined)
      found.push({series, value: Number(value), above: operator.startsWith('<'), rule: rule.name});
  return found;
}

export function allLimits(rules: readonly Rule[]): Limit[] {
  return rules.flatMap(limitsOf);
}

/** The limit of a series that is reached first: the lowest upper one, else the highest lower one. */
export function nearestLimit(limits: readonly Limit[], series: string): Limit | null {
  const own = limits.filter((limit) => limit.series === series);
  const upper = own.filter((limit) => limit.above).sort((a, b) => a.value - b.value)[0];
  const lower = own.filter((limit) => !limit.above).sort((a, b) => b.value - a.value)[0];
  return upper ?? lower ?? null;
}

export function beyond(limit: Limit, value: number): boolean {
  return limit.above ? value > limit.value : value < limit.value;
}
