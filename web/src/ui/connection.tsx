// Whether what is shown is current: always visible, and in words.
import {useFleet, useNow, useStore} from '../live/hooks';
import {formatTime} from '../text/format';
import {Moment} from './basic';
import {Icon} from './icons';

export function ConnectionState() {
  const {connection} = useFleet();
  const words = {
    connecting: 'Connecting',
    live: 'Live',
    polling: 'Polling',
    lost: 'Not reachable',
  }[connection.kind];
  const hint = {
    connecting: 'Waiting for the first answer',
    live: 'Changes arrive as they happen',
    polling: 'The live stream is not available; asking every 2 seconds instead',
    lost: 'Nothing answers at the moment; trying again by itself',
  }[connection.kind];
  return (
    <span
      className={`connection connection-${connection.kind}`}
      title={hint}
      role="status"
      data-connection={connection.kind}
    >
      {connection.kind === 'lost' ? <Icon symbol="offline" /> : <span className="pulse" aria-hidden="true" />}
      {words}
    </span>
  );
}

export function ConnectionBanner() {
  const {connection, answered, status} = useFleet();
  const store = useStore();
  const now = useNow();
  if (connection.kind !== 'lost') return null;
  const who = status?.program === 'agent' ? 'The agent' : 'The hub';
  const wait = Math.max(0, Math.ceil((connection.retryAt - now) / 1000));
  return (
    <div className="banner" role="alert">
      <Icon symbol="offline" />
      <span>
        <strong>
          {who} is not reachable since <Moment time={connection.since} />.
        </strong>{' '}
        {answered === null ? 'Nothing was received yet.' : `Showing data as of ${formatTime(answered)}.`}
      </span>
      <span className="banner-end">
        <span aria-hidden="true">{wait > 0 ? `Next try in ${wait} s` : 'Trying…'}</span>
        <button type="button" onClick={store.retryNow}>
          Try now
        </button>
      </span>
    </div>
  );
}
