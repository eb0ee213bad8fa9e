import {useId, useState} from 'react';
import {api, ApiError, type FleetEvent} from '../api';
import {useStored, useStore} from '../live/hooks';

const noteMax = 500;
const nameMax = 80;

/** Who takes an alert on, and what they did about it. The name is remembered in this browser. */
export function AckForm({event, onDone}: {event: FleetEvent; onDone: () => void}) {
  const store = useStore();
  const [by, setBy] = useStored('wayside.name', '');
  const [note, setNote] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const id = useId();
  const send = async () => {
    setSending(true);
    setError(null);
    try {
      await api.acknowledge(event.id, by.trim(), note.trim());
      store.putAlert({...event, acknowledged: {by: by.trim(), time: Date.now(), note: note.trim()}});
      onDone();
    } catch (reason) {
      if (!(reason instanceof ApiError)) throw reason;
      setError(reason.message);
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      className="ack"
      onSubmit={(submit) => {
        submit.preventDefault();
        void send();
      }}
    >
      <label htmlFor={`${id}-by`}>Your name</label>
      <input
        id={`${id}-by`}
        name="by"
        autoComplete="name"
        required
        maxLength={nameMax}
        value={by}
        autoFocus={by === ''}
        onChange={(change) => setBy(change.target.value)}
      />
      <label htmlFor={`${id}-note`}>Note</label>
      <input
        id={`${id}-note`}
        name="note"
        maxLength={noteMax}
        value={note}
        autoFocus={by !== ''}
        placeholder="What was done, who was told"
        onChange={(change) => setNote(change.target.value)}
      />
      <div className="actions">
        <button type="submit" className="primary" disabled={sending || by.trim() === ''}>
          {sending ? 'Sending…' : 'Acknowledge'}
        </button>
        <button type="button" onClick={onDone}>
          Cancel
        </button>
      </div>
      {error === null ? null : (
        <p className="mistake" role="alert">
          Not acknowledged: {error}
        </p>
      )}
    </form>
  );
}
