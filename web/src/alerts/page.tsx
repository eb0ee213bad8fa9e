import {useMemo, useState} from 'react';
import {api, type FleetEvent, type Severity} from '../api';
import {useAnswer} from '../live/answer';
import {merged} from '../live/events';
import {useFleet} from '../live/hooks';
import {Notice, Segmented} from '../ui/basic';
import {Icon} from '../ui/icons';
import {sections, type Filter, type Shown} from './filter';
import {AlertItem} from './item';

const pageSize = 200;

/** The newest alerts, kept current, and older ones as far as they were asked for. */
function useAlertList() {
  const {open, eventRevision} = useFleet();
  const [older, setOlder] = useState<FleetEvent[]>([]);
  const [ended, setEnded] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const recent = useAnswer(
    `${eventRevision}`,
    (signal) => api.events({kind: 'alert_raised', limit: pageSize}, signal),
    30_000,
  );
  const all = merged(recent.value ?? [], merged(open, older));
  const more = async () => {
    const oldest = all[all.length - 1];
    if (oldest === undefined) return;
    try {
      const events = await api.events({kind: 'alert_raised', limit: pageSize, to: Math.ceil(oldest.time)});
      setEnded(events.length < pageSize);
      setOlder((before) => merged(events, before));
      setFailed(null);
    } catch (reason) {
      setFailed(reason instanceof Error ? reason.message : String(reason));
    }
  };
  const complete = ended || (recent.value !== null && recent.value.length < pageSize);
  return {all, complete, more, loading: recent.value === null && recent.loading, error: recent.error ?? failed};
}

function Filters({filter, onFilter}: {filter: Filter; onFilter: (filter: Filter) => void}) {
  return (
    <div className="filters">
      <Segmented<Shown>
        label="Which alerts"
        value={filter.shown}
        onChange={(shown) => onFilter({...filter, shown})}
        choices={[
          {value: 'all', label: 'All'},
          {value: 'open', label: 'Open only'},
        ]}
      />
      <Segmented<Severity | ''>
        label="Severity"
        value={filter.severity}
        onChange={(severity) => onFilter({...filter, severity})}
        choices={[
          {value: '', label: 'Any'},
          {
            value: 'alarm',
            label: (
              <>
                <Icon symbol="alarm" />
                Alarm
              </>
            ),
          },
          {
            value: 'warning',
            label: (
              <>
                <Icon symbol="warning" />
                Warning
              </>
            ),
          },
        ]}
      />
      <label>
        <span>Find</span>
        <input
          type="search"
          value={filter.text}
          placeholder="asset, rule, name"
          onChange={(event) => onFilter({...filter, text: event.target.value})}
        />
      </label>
    </div>
  );
}

function hasEvidence(event: FleetEvent): boolean {
  return Object.keys(event.data?.evidence ?? {}).length > 0;
}

export function AlertsPage() {
  const {status} = useFleet();
  const {all, complete, more, loading, error} = useAlertList();
  const [filter, setFilter] = useState<Filter>({shown: 'all', severity: '', text: ''});
  const [expanded, setExpanded] = useState<string | null | undefined>(undefined);
  const shown = useMemo(() => sections(all, filter), [all, filter]);
  // Until the reader chooses, the most urgent alert that has evidence shows it.
  const first = shown[0]?.state === 'open' ? (shown[0].events.find(hasEvidence) ?? shown[0].events[0])?.id : undefined;
  const open = expanded === undefined ? first : expanded;
  return (
    <main className="page" id="content">
      <div className="page-head">
        <h1>Alerts</h1>
        <Filters filter={filter} onFilter={setFilter} />
      </div>
      {status?.program === 'agent' ? <p className="faint">Alerts are acknowledged at the hub.</p> : null}
      {error === null ? null : <Notice symbol="info" title={`This list is not current: ${error}`} />}
      {loading ? <Notice symbol="silent" title="Reading the alerts" /> : null}
      {!loading && shown.length === 0 ? (
        <Notice symbol="ok" title={all.length === 0 ? 'No alert was raised so far' : 'No alert matches'} />
      ) : null}
      {shown.map((section) => (
        <section key={section.state} aria-labelledby={`alerts-${section.state}`}>
          <h2 id={`alerts-${section.state}`}>
            {section.title}
            <span className="faint num"> {section.events.length}</span>
          </h2>
          <ul className="alerts">
            {section.events.map((event) => (
              <AlertItem
                key={event.id}
                event={event}
                expanded={open === event.id}
                onExpand={() => setExpanded(open === event.id ? null : event.id)}
              />
            ))}
          </ul>
        </section>
      ))}
      {complete || all.length === 0 ? null : (
        <p className="below">
          <button type="button" onClick={() => void more()}>
            Older alerts
          </button>
        </p>
      )}
    </main>
  );
}
