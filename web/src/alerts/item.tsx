import {useId, useState} from 'react';
import type {FleetEvent} from '../api';
import {AlertEvidence, unitsOf} from '../asset/evidence';
import {rangeAround, rangePath} from '../asset/range';
import {alertState, reasonOf, ruleOf} from '../live/events';
import {useFleet, useNow} from '../live/hooks';
import {formatSpan} from '../text/format';
import {Link, Moment} from '../ui/basic';
import {AlertBadge} from '../ui/state';
import {AckForm} from './ack_form';

function Course({event}: {event: FleetEvent}) {
  const {clockOffset} = useFleet();
  const now = useNow();
  const cleared = event.cleared ?? null;
  return (
    <span className="course">
      <Moment time={event.time} />
      <span className="faint num">
        {cleared === null
          ? ` standing for ${formatSpan(Math.max(0, now + clockOffset - event.time) / 1000)}`
          : ` for ${formatSpan((cleared - event.time) / 1000)}`}
      </span>
      {event.acknowledged ? (
        <span className="acknowledged">
          {event.acknowledged.by}, <Moment time={event.acknowledged.time} />
          {event.acknowledged.note === '' ? null : <span className="note">“{event.acknowledged.note}”</span>}
        </span>
      ) : null}
    </span>
  );
}

export function AlertItem({event, expanded, onExpand}: {event: FleetEvent; expanded: boolean; onExpand: () => void}) {
  const {assets, status} = useFleet();
  const [acking, setAcking] = useState(false);
  const id = useId();
  const asset = assets.find((each) => each.asset === event.asset);
  const charts = rangePath(event.asset, rangeAround(event.time, event.cleared));
  const canAck = status?.program === 'hub' && !event.acknowledged && alertState(event) === 'open';
  return (
    <li
      className={`alert alert-${alertState(event)} alert-${event.severity}`}
      data-alert={event.id}
      data-state={alertState(event)}
    >
      <div className="alert-line">
        <AlertBadge event={event} />
        <div className="alert-what">
          <button type="button" className="alert-rule" aria-expanded={expanded} aria-controls={id} onClick={onExpand}>
            {ruleOf(event)}
          </button>
          <span className="reason">{reasonOf(event)}</span>
        </div>
        <Link className="alert-asset" to={charts}>
          {event.asset}
        </Link>
        <Course event={event} />
        <span className="alert-do">
          {canAck && !acking ? (
            <button type="button" onClick={() => setAcking(true)}>
              Acknowledge
            </button>
          ) : null}
        </span>
      </div>
      {acking ? <AckForm event={event} onDone={() => setAcking(false)} /> : null}
      <div id={id} hidden={!expanded} className="alert-more">
        {expanded ? <AlertEvidence event={event} units={asset === undefined ? new Map() : unitsOf(asset)} /> : null}
        <Link to={charts}>See it on the charts of {event.asset}</Link>
      </div>
    </li>
  );
}
