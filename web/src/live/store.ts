// What the console knows of the fleet, kept current: server-sent events while they flow, polling when they do not,
// and the last known state, with its age, while nothing answers.
import {api, ApiError, streamAddress, type Asset, type FleetEvent, type FleetNode, type Status} from '../api';
import {Batch, withAlerts, withNodes} from './batch';

export type Connection =
  | {kind: 'connecting'}
  | {kind: 'live'}
  | {kind: 'polling'}
  | {kind: 'lost'; since: number; retryAt: number; reason: string};

export interface Snapshot {
  status: Status | null;
  nodes: FleetNode[];
  assets: Asset[];
  /** Alerts neither cleared nor acknowledged, newest first. */
  open: FleetEvent[];
  connection: Connection;
  /** When the server last answered, by the local clock. */
  answered: number | null;
  /** The server's clock minus the local one. */
  clockOffset: number;
  /** Grows whenever an alert changed: pages that list alerts read again. */
  eventRevision: number;
}

const reconcileMs = {live: 15_000, polling: 2_000};
const retryMs = [1_000, 2_000, 4_000, 8_000, 15_000];
const streamRetryMs = 10_000;
const soonMs = 1_000;
const flushMs = 250;
const openMax = 500;

function lastOr(list: readonly number[], index: number): number {
  return list[Math.min(index, list.length - 1)] ?? 15_000;
}

export class LiveStore {
  private snapshot: Snapshot = {
    status: null,
    nodes: [],
    assets: [],
    open: [],
    connection: {kind: 'connecting'},
    answered: null,
    clockOffset: 0,
    eventRevision: 0,
  };
  private readonly listeners = new Set<() => void>();
  private readonly dataListeners = new Set<() => void>();
  private readonly dataTimes = new Map<string, number>();
  private source: EventSource | null = null;
  private streaming = false;
  private failures = 0;
  private busy = false;
  private again = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = 0;
  private batch = new Batch();
  private flushTimer: ReturnType<typeof setTimeout> | undefined;
  private streamTimer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    this.openStream();
    void this.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.streamTimer);
    clearTimeout(this.flushTimer);
    this.timer = undefined;
    this.source?.close();
    this.source = null;
  }

  readonly get = (): Snapshot => this.snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Told at most every 250 ms, when some asset got data. Apart from `subscribe`: data does not redraw pages. */
  readonly subscribeData = (listener: () => void): (() => void) => {
    this.dataListeners.add(listener);
    return () => this.dataListeners.delete(listener);
  };

  /** The newest time an asset has data for. */
  readonly dataTime = (asset: string): number | null => this.dataTimes.get(asset) ?? null;

  readonly retryNow = (): void => {
    this.openStream();
    void this.refresh();
  };

  /** An alert as the server last told it, shown at once. */
  readonly putAlert = (event: FleetEvent): void => {
    this.batch.addEvent(event);
    this.flush();
  };

  private set(change: Partial<Snapshot>): void {
    this.snapshot = {...this.snapshot, ...change};
    for (const listener of this.listeners) listener();
  }

  /** Reads everything again after `delay`, or sooner where that was already planned. */
  private schedule(delay: number): void {
    const due = Date.now() + delay;
    if (this.timer !== undefined && this.due <= due) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(() => void this.refresh(), delay);
  }

  private async refresh(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    this.again = false;
    try {
      const [status, nodes, assets, open] = await Promise.all([
        api.status(),
        api.nodes(),
        api.assets(),
        api.events({kind: 'alert_raised', open: true, limit: openMax}),
      ]);
      this.accept(status, nodes, assets, open);
    } catch (error) {
      this.fail(error instanceof ApiError ? error : new ApiError('the answer could not be read', 0));
    } finally {
      this.busy = false;
      if (this.again) this.schedule(soonMs);
    }
  }

  private accept(status: Status, nodes: {time: number; nodes: FleetNode[]}, assets: Asset[], open: FleetEvent[]): void {
    const returned = this.failures > 0;
    this.failures = 0;
    const changed = open.map((event) => event.id).join() !== this.snapshot.open.map((event) => event.id).join();
    for (const asset of assets) this.notice(asset.asset, asset.data_time);
    this.set({
      status,
      nodes: nodes.nodes,
      assets,
      open,
      answered: Date.now(),
      clockOffset: nodes.time - Date.now(),
      connection: {kind: this.streaming ? 'live' : 'polling'},
      eventRevision: this.snapshot.eventRevision + (changed || returned ? 1 : 0),
    });
    this.tellData();
    if (returned && !this.streaming) this.openStream();
    this.schedule(this.streaming ? reconcileMs.live : reconcileMs.polling);
  }

  private fail(error: ApiError): void {
    const delay = lastOr(retryMs, this.failures);
    this.failures += 1;
    const before = this.snapshot.connection;
    const since = before.kind === 'lost' ? before.since : Date.now();
    this.set({connection: {kind: 'lost', since, retryAt: Date.now() + delay, reason: error.message}});
    this.schedule(delay);
  }

  private notice(asset: string, time: number | null): void {
    if (time !== null) this.dataTimes.set(asset, time);
  }

  private tellData(): void {
    for (const listener of this.dataListeners) listener();
  }

  private openStream(): void {
    clearTimeout(this.streamTimer);
    this.source?.close();
    const source = new EventSource(streamAddress);
    this.source = source;
    source.onopen = () => {
      this.streaming = true;
      if (this.snapshot.connection.kind === 'polling') this.set({connection: {kind: 'live'}});
      // Whatever changed while nothing was heard.
      this.schedule(0);
    };
    source.onerror = () => {
      source.close();
      if (this.source !== source) return;
      const was = this.streaming;
      this.streaming = false;
      this.streamTimer = setTimeout(() => this.openStream(), streamRetryMs);
      // Is it the stream alone, or the server? Asking tells.
      if (was) this.schedule(0);
    };
    source.addEventListener('node', (message) => {
      this.batch.addNode(JSON.parse(message.data) as FleetNode);
      this.planFlush();
    });
    source.addEventListener('event', (message) => {
      this.batch.addEvent(JSON.parse(message.data) as FleetEvent);
      this.planFlush();
    });
    source.addEventListener('data', (message) =>
      this.onData(JSON.parse(message.data) as {assets: Record<string, number>}),
    );
    source.addEventListener('lost', () => this.schedule(0));
  }

  private planFlush(): void {
    this.flushTimer ??= setTimeout(() => this.flush(), flushMs);
  }

  private flush(): void {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    const {batch} = this;
    this.batch = new Batch();
    const nodes = withNodes(this.snapshot.nodes, batch);
    const grown = nodes.length > this.snapshot.nodes.length;
    this.set({
      nodes,
      open: withAlerts(this.snapshot.open, batch),
      answered: Date.now(),
      eventRevision: this.snapshot.eventRevision + (batch.events ? 1 : 0),
    });
    // The states of assets follow from their alerts, and are the server's to tell.
    if (batch.events || grown) this.schedule(soonMs);
  }

  private onData(data: {assets: Record<string, number>}): void {
    const unknown = Object.keys(data.assets).some(
      (name) => !this.snapshot.assets.some((asset) => asset.asset === name),
    );
    for (const [asset, time] of Object.entries(data.assets)) this.notice(asset, time);
    this.snapshot = {...this.snapshot, answered: Date.now()};
    this.tellData();
    if (unknown) this.schedule(soonMs);
  }
}
