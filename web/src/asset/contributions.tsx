// Which inputs a score came from.
import {formatPercent, formatValue} from '../text/format';
import {withUnit} from '../text/units';

export interface Share {
  name: string;
  value: number;
  /** Of the sum of all magnitudes, with the contribution's sign. */
  share: number;
}

export function shares(contributions: Record<string, number | null> | undefined): Share[] {
  const known = Object.entries(contributions ?? {}).filter((entry): entry is [string, number] => entry[1] !== null);
  const total = known.reduce((sum, [, value]) => sum + Math.abs(value), 0);
  return known
    .map(([name, value]) => ({name, value, share: total === 0 ? 0 : value / total}))
    .sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
}

const shownMax = 8;

export function Contributions({
  contributions,
  inputs,
  units,
}: {
  contributions: Record<string, number | null> | undefined;
  inputs: Record<string, number | null> | undefined;
  units: ReadonlyMap<string, string>;
}) {
  const all = shares(contributions);
  if (all.length === 0) return <p className="faint">No contributions were given with this decision.</p>;
  const widest = Math.abs(all[0]?.share ?? 0) || 1;
  return (
    <table className="contributions">
      <caption className="hidden">Contribution of each input</caption>
      <thead className="hidden">
        <tr>
          <th scope="col">Input</th>
          <th scope="col">Value</th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        {all.slice(0, shownMax).map(({name, share}) => (
          <tr key={name}>
            <th scope="row">
              {name}
              <span className="bar" aria-hidden="true">
                <span
                  className={share < 0 ? 'less' : undefined}
                  style={{width: `${(Math.abs(share) / widest) * 100}%`}}
                />
              </span>
            </th>
            <td className="num r">
              {inputs?.[name] === undefined ? '' : withUnit(formatValue(inputs[name]), units.get(name) ?? '')}
            </td>
            <td className="num r share">{formatPercent(share)}</td>
          </tr>
        ))}
        {all.length > shownMax ? (
          <tr>
            <td colSpan={3} className="faint">
              and {all.length - shownMax} smaller
            </td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}
