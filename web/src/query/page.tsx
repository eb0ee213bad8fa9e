import {useState, type KeyboardEvent} from 'react';
import {api, ApiError, type Cell, type QueryReply} from '../api';
import {useFleet, useStored} from '../live/hooks';
import {plural} from '../text/format';
import {Notice} from '../ui/basic';
import {toCsv} from './csv';
import {examples} from './examples';

const rowsMax = 5_000;
const rowsShownMax = 500;

function download(reply: QueryReply): void {
  const address = URL.createObjectURL(new Blob([toCsv(reply)], {type: 'text/csv'}));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'wayside.csv';
  link.click();
  URL.revokeObjectURL(address);
}

/** By the column's type, in DuckDB's words and in ClickHouse's. */
function isNumber(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|REAL|DECIMAL|U?Int\d+|Float\d+)/i.test(type);
}

function cellText(cell: Cell): string {
  return cell === null ? 'null' : String(cell);
}

function Results({reply, tookMs}: {reply: QueryReply; tookMs: number}) {
  const shown = reply.rows.slice(0, rowsShownMax);
  return (
    <section aria-label="Result">
      <p className="result-head">
        <strong className="num">{plural(reply.rows.length, 'row')}</strong>
        <span className="faint num"> in {(tookMs / 1000).toFixed(2)} s</span>
        {reply.truncated ? <span className="faint"> · cut off at {rowsMax}</span> : null}
        {reply.rows.length > shown.length ? <span className="faint"> · the first {shown.length} are shown</span> : null}
        <button type="button" onClick={() => download(reply)}>
          Save as CSV
        </button>
      </p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Rows">
        <table className="result">
          <thead>
            <tr>
              {reply.columns.map((column, index) => (
                <th key={index} scope="col" title={column.type} className={isNumber(column.type) ? 'r' : undefined}>
                  {column.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, number) => (
              <tr key={number}>
                {row.map((cell, index) => (
                  <td key={index} className={cell === null ? 'faint' : typeof cell === 'number' ? 'num r' : undefined}>
                    {cellText(cell)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function QueryPage() {
  const {status} = useFleet();
  const [sql, setSql] = useStored('wayside.query', examples[0]?.sql ?? '');
  const [result, setResult] = useState<{reply: QueryReply; tookMs: number} | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [running, setRunning] = useState(false);
  const run = async () => {
    setRunning(true);
    setError(null);
    const begun = performance.now();
    try {
      const reply = await api.query(sql, rowsMax);
      setResult({reply, tookMs: performance.now() - begun});
    } catch (reason) {
      if (!(reason instanceof ApiError)) throw reason;
      setError(reason.message);
    } finally {
      setRunning(false);
    }
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void run();
    }
  };
  if (status?.program === 'agent')
    return (
      <main className="page" id="content">
        <Notice symbol="info" title="Queries are asked at the hub, which keeps the tables" />
      </main>
    );
  return (
    <main className="page" id="content">
      <div className="page-head">
        <h1>Query</h1>
        <p className="faint">
          One read-only SELECT over <code>samples</code>, <code>features</code>, <code>decisions</code>,{' '}
          <code>events</code>, <code>health</code>, <code>ledger</code>.
        </p>
      </div>
      <form
        className="query"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <label htmlFor="sql" className="hidden">
          SQL
        </label>
        <textarea
          id="sql"
          rows={6}
          spellCheck={false}
          value={sql}
          onChange={(event) => setSql(event.target.value)}
          onKeyDown={keys}
        />
        <div className="actions">
          <button type="submit" className="primary" disabled={running || sql.trim() === ''}>
            {running ? 'Running…' : 'Run'}
          </button>
          <span className="faint wide-only">Ctrl+Enter</span>
          <span className="examples">
            {examples.map((example) => (
              <button key={example.name} type="button" className="inline" onClick={() => setSql(example.sql)}>
                {example.name}
              </button>
            ))}
          </span>
        </div>
      </form>
      {error === null ? null : (
        <Notice symbol="warning" title="The query was not answered">
          <p className="said">{error}</p>
        </Notice>
      )}
      {result === null ? null : <Results {...result} />}
    </main>
  );
}
