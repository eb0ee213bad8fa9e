// Why: the newest decision of each model, or the evidence an alert was raised with.
import type {Asset, Decision, FleetEvent} from '../api';
import {api} from '../api';
import {useAnswer} from '../live/answer';
import {reasonOf, ruleOf} from '../live/events';
import {formatMicros, formatPercent, formatValue, shortHash} from '../text/format';
import {unitText, withUnit} from '../text/units';
import {Moment} from '../ui/basic';
import {AlertBadge} from '../ui/state';
import {Contributions} from './contributions';
import {allLimits, beyond, nearestLimit, type Limit} from './limits';

export function unitsOf(asset: Asset): Map<string, string> {
  return new Map([...asset.signals, ...asset.features].map(({name, unit}) => [name, unit]));
}

/** Score against its limit, as a bullet graph. */
function ScoreBar({score, limit}: {score: number; limit: Limit | null}) {
  const most = Math.max(score, limit?.value ?? 0, 1e-9) * 1.12;
  const percent = (value: number) => `${Math.max(0, Math.min(100, (value / most) * 100))}%`;
  const over = limit !== null && beyond(limit, score);
  return (
    <div className={`bullet${over ? ' bullet-over' : ''}`} aria-hidden="true">
      <span className="bullet-score" style={{width: percent(score)}} />
      {limit === null ? null : <span className="bullet-limit" style={{left: percent(limit.value)}} />}
    </div>
  );
}

function Outputs({outputs}: {outputs: Record<string, number | null> | undefined}) {
  const entries = Object.entries(outputs ?? {});
  return entries.map(([name, value]) => (
    <div key={name}>
      <dt>{name}</dt>
      <dd className="num">{formatValue(value)}</dd>
    </div>
  ));
}

function DecisionView({
  decision,
  limit,
  units,
}: {
  decision: Decision;
  limit: Limit | null;
  units: ReadonlyMap<string, string>;
}) {
  const over = limit !== null && decision.score !== null && beyond(limit, decision.score);
  return (
    <div className="decision" data-model={decision.model}>
      <div className="decision-head">
        <h3>{decision.model}</h3>
        <Moment time={decision.time} />
      </div>
      <div className="decision-score">
        <span className={`num score-big${over ? ' over' : ''}`}>{formatValue(decision.score)}</span>
        <span className="faint">
          {limit === null
            ? 'no limit in the rules'
            : `limit ${formatValue(limit.value)}, ${over ? 'beyond it' : 'within it'}`}
        </span>
      </div>
      {decision.score === null ? null : <ScoreBar score={decision.score} limit={limit} />}
      <Contributions contributions={decision.inputs?.contributions} inputs={decision.inputs?.inputs} units={units} />
      <dl className="facts">
        {decision.class === '' ? null : (
          <div>
            <dt>class</dt>
            <dd>{decision.class}</dd>
          </div>
        )}
        {decision.confidence === null ? null : (
          <div>
            <dt>confidence</dt>
            <dd className="num">{formatPercent(decision.confidence)}</dd>
          </div>
        )}
        <Outputs outputs={decision.inputs?.outputs} />
        <div>
          <dt>decided in</dt>
          <dd className="num">{formatMicros(decision.latency_us)}</dd>
        </div>
        {decision.release === '' ? null : (
          <div>
            <dt>release</dt>
            <dd className="num" title={decision.release}>
              {shortHash(decision.release)}
            </dd>
          </div>
        )}
      </dl>
    </div>
  );
}

function LatestDecision({
  asset,
  model,
  to,
  periodMs,
  units,
}: {
  asset: Asset;
  model: string;
  to: number | null;
  periodMs: number;
  units: ReadonlyMap<string, string>;
}) {
  const answer = useAnswer(
    `${asset.asset} ${model} ${to ?? 'now'}`,
    (signal) => api.decisions({asset: asset.asset, model, limit: 1, ...(to === null ? {} : {to})}, signal),
    periodMs,
  );
  const decision = answer.value?.[0];
  if (decision === undefined)
    return (
      <div className="decision">
        <div className="decision-head">
          <h3>{model}</h3>
        </div>
        <p className="faint">{answer.error ?? (answer.loading ? 'Reading…' : 'No decision in this time.')}</p>
      </div>
    );
  return (
    <DecisionView decision={decision} limit={nearestLimit(allLimits(asset.rules), `${model}.score`)} units={units} />
  );
}

export function LatestDecisions({asset, to, periodMs}: {asset: Asset; to: number | null; periodMs: number}) {
  if (asset.models.length === 0) return null;
  const units = unitsOf(asset);
  return (
    <section className="panel" aria-labelledby="evidence-title">
      <h2 id="evidence-title">{to === null ? 'Latest decision' : 'Decision at the end of the window'}</h2>
      {asset.models.map((model) => (
        <LatestDecision key={model.name} asset={asset} model={model.name} to={to} periodMs={periodMs} units={units} />
      ))}
    </section>
  );
}

/** What an alert was raised with: the values its rule saw, and where each model's score came from. */
export function AlertEvidence({event, units}: {event: FleetEvent; units: ReadonlyMap<string, string>}) {
  const values = Object.entries(event.data?.values ?? {});
  const evidence = Object.entries(event.data?.evidence ?? {});
  return (
    <div className="alert-evidence">
      {values.length === 0 ? null : (
        <dl className="facts">
          {values.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="num">{withUnit(formatValue(value), unitText(units.get(name) ?? ''))}</dd>
            </div>
          ))}
        </dl>
      )}
      {evidence.map(([model, contributions]) => (
        <div key={model}>
          <p className="caption">What {model} saw</p>
          <Contributions contributions={contributions} inputs={event.data?.values} units={units} />
        </div>
      ))}
      {values.length === 0 && evidence.length === 0 ? <p className="faint">This alert came without evidence.</p> : null}
    </div>
  );
}

export function SelectedAlert({
  event,
  asset,
  onClose,
  onShow,
}: {
  event: FleetEvent;
  asset: Asset;
  onClose: () => void;
  onShow: () => void;
}) {
  return (
    <section className="panel panel-alert" aria-labelledby="alert-title">
      <div className="decision-head">
        <AlertBadge event={event} />
        <Moment time={event.time} />
      </div>
      <h2 id="alert-title">{ruleOf(event)}</h2>
      <p className="reason">{reasonOf(event)}</p>
      <AlertEvidence event={event} units={unitsOf(asset)} />
      <div className="actions">
        <button type="button" onClick={onShow}>
          Show its time
        </button>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </section>
  );
}
