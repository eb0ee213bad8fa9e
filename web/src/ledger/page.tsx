import {useMemo} from 'react';
import {api, type LedgerLine} from '../api';
import {useAnswer} from '../live/answer';
import {formatCount, plural, shortHash} from '../text/format';
import {Moment, Notice} from '../ui/basic';
import {Icon} from '../ui/icons';
import {missing, sorted, sums, type Sums} from './balance';

const periodMs = 3_000;

/** The account of the whole fleet as the equation it is. */
function Equation({total, unbalanced}: {total: Sums; unbalanced: number}) {
  const rest = missing(total);
  return (
    <div className="equation" role="group" aria-label="Account of all streams, in records">
      <div>
        <strong className="num">{formatCount(total.produced)}</strong>
        <span>produced</span>
      </div>
      <span className="sign" aria-label="equals">
        {rest === 0 ? '=' : '≠'}
      </span>
      <div>
        <strong className="num">{formatCount(total.delivered)}</strong>
        <span>delivered</span>
      </div>
      <span className="sign">+</span>
      <div>
        <strong className="num">{formatCount(total.dropped)}</strong>
        <span>dropped</span>
      </div>
      <span className="sign">+</span>
      <div>
        <strong className="num">{formatCount(total.queued)}</strong>
        <span>queued</span>
      </div>
      <div className="verdict">
        {unbalanced === 0 ? (
          <span className="state state-ok">
            <Icon symbol="ok" />
            Every stream balances
          </span>
        ) : (
          <span className="state state-warning">
            <Icon symbol="warning" />
            {plural(unbalanced, 'stream')} not in balance
          </span>
        )}
        <span className="faint">{plural(total.duplicates, 'repeat')} recognised and not stored twice</span>
      </div>
    </div>
  );
}

function Share({line}: {line: LedgerLine}) {
  const whole = Math.max(1, line.produced);
  const width = (part: number) => ({width: `${(part / whole) * 100}%`});
  return (
    <span className="ledger-bar" aria-hidden="true">
      <span className="delivered" style={width(line.delivered)} />
      <span className="queued" data-some={line.queued > 0 || undefined} style={width(line.queued)} />
      <span className="dropped" data-some={line.dropped > 0 || undefined} style={width(line.dropped)} />
    </span>
  );
}

function Balance({line}: {line: LedgerLine}) {
  if (line.balanced)
    return (
      <span className="state state-ok">
        <Icon symbol="ok" />
        balanced
      </span>
    );
  const rest = missing(line);
  return (
    <span className="state state-warning">
      <Icon symbol="warning" />
      {rest === 0 ? 'not confirmed' : `${formatCount(Math.abs(rest))} ${rest > 0 ? 'unaccounted' : 'too many'}`}
    </span>
  );
}

function count(value: number) {
  return value === 0 ? 'num r zero' : 'num r';
}

function reasons(line: LedgerLine): string | undefined {
  const parts = Object.entries(line.reasons ?? {}).map(([reason, records]) => `${reason}: ${formatCount(records)}`);
  return parts.length === 0 ? undefined : parts.join('\n');
}

function Line({line, first}: {line: LedgerLine; first: boolean}) {
  return (
    <tr
      className={first ? 'first' : undefined}
      data-stream={`${line.node} ${line.epoch} ${line.tier}`}
      data-balanced={line.balanced}
    >
      <th scope="row">
        <span className={first ? undefined : 'hidden'}>{line.node}</span>
      </th>
      <td className="faint num" title={line.epoch} data-label="Epoch">
        <span className={first ? undefined : 'hidden'}>{shortHash(line.epoch)}</span>
      </td>
      <td data-label="Tier">{line.tier}</td>
      <td className={count(line.produced)} data-label="Produced">
        {formatCount(line.produced)}
      </td>
      <td className={count(line.delivered)} data-label="Delivered">
        {formatCount(line.delivered)}
      </td>
      <td className={count(line.dropped)} title={reasons(line)} data-label="Dropped">
        {formatCount(line.dropped)}
      </td>
      <td className={count(line.queued)} data-label="Queued">
        {formatCount(line.queued)}
      </td>
      <td className="cell-bar">
        <Share line={line} />
      </td>
      <td data-label="Balance">
        <Balance line={line} />
      </td>
      <td className={count(line.duplicates)} data-label="Repeats">
        {formatCount(line.duplicates)}
      </td>
      <td className="r" data-label="Updated">
        <Moment time={line.updated} />
      </td>
    </tr>
  );
}

export function LedgerPage() {
  const answer = useAnswer('ledger', () => api.ledger(), periodMs);
  const lines = useMemo(() => sorted(answer.value ?? []), [answer.value]);
  const unbalanced = lines.filter((line) => !line.balanced).length;
  return (
    <main className="page" id="content">
      <div className="page-head">
        <h1>Ledger</h1>
        <p className="faint">
          Nothing is lost silently: every record that left a node has a place in a numbered stream.
        </p>
      </div>
      {answer.error === null ? null : <Notice symbol="info" title={`This account is not current: ${answer.error}`} />}
      {answer.value === null && answer.error === null ? <Notice symbol="silent" title="Reading the account" /> : null}
      {answer.value !== null && lines.length === 0 ? <Notice symbol="silent" title="No stream has begun yet" /> : null}
      {lines.length === 0 ? null : (
        <>
          <Equation total={sums(lines)} unbalanced={unbalanced} />
          <div className="table-scroll" tabIndex={0} role="region" aria-label="Streams">
            <table className="ledger">
              <thead>
                <tr>
                  <th scope="col">Node</th>
                  <th scope="col">Epoch</th>
                  <th scope="col">Tier</th>
                  <th scope="col" className="r">
                    Produced
                  </th>
                  <th scope="col" className="r">
                    Delivered
                  </th>
                  <th scope="col" className="r">
                    Dropped
                  </th>
                  <th scope="col" className="r">
                    Queued
                  </th>
                  <td />
                  <th scope="col">Balance</th>
                  <th scope="col" className="r">
                    Repeats
                  </th>
                  <th scope="col" className="r">
                    Updated
                  </th>
                </tr>
              </thead>
              <tbody>
                {lines.map((line, index) => (
                  <Line
                    key={`${line.node} ${line.epoch} ${line.tier}`}
                    line={line}
                    first={lines[index - 1]?.node !== line.node || lines[index - 1]?.epoch !== line.epoch}
                  />
                ))}
              </tbody>
            </table>
          </div>
          <p className="ledger-key faint">
            <span className="key delivered" />
            delivered <span className="key queued" />
            queued <span className="key dropped" />
            dropped
          </p>
        </>
      )}
    </main>
  );
}
