// The typed client of docs/api.md. Times are milliseconds since the Unix epoch.

export type AssetState = 'ok' | 'warning' | 'alarm' | 'silent';
export type Severity = 'info' | 'warning' | 'alarm';
export type Tier = 'critical' | 'diagnostic' | 'bulk';
export const tiers: readonly Tier[] = ['critical', 'diagnostic', 'bulk'];

export interface Status {
  program: 'hub' | 'agent';
  version: string;
  started: number;
  time: number;
  node?: string;
  site?: string;
  store?: string;
  rows?: Record<string, number>;
  /** What keeps the hub from its work, as sentences. */
  problems?: string[];
  /** The same, of an agent. */
  troubles?: string[];
}

export interface FleetNode {
  node: string;
  site: string;
  version: string;
  epoch: string;
  online: boolean;
  since: number | null;
  last_seen: number | null;
  data_time: number | null;
  data_age_s: number | null;
  backlog: Record<Tier, number>;
  assets: string[];
  open_alerts: number;
  /** Told by an agent of itself: whether it reaches its broker. */
  linked?: boolean;
}

export interface Signal {
  name: string;
  unit: string;
  version?: number;
  min?: number | null;
  max?: number | null;
}

export interface Feature {
  name: string;
  unit: string;
  expression: string;
}

export interface Model {
  name: string;
  inputs: string[];
  outputs: string[];
  /** Told by an agent: whether the model runs, and why not. */
  state?: string;
  text?: string;
}

export interface Rule {
  name: string;
  when: string;
  tier: Tier;
}

export interface Asset {
  asset: string;
  node: string;
  site: string;
  kind: string;
  state: AssetState;
  open_alerts: number;
  data_time: number | null;
  signals: Signal[];
  features: Feature[];
  models: Model[];
  rules: Rule[];
}

export interface Series {
  name: string;
  kind: 'signal' | 'feature' | 'score';
  unit: string;
  reduced: boolean;
  times: number[];
  values: (number | null)[];
}

export interface SeriesReply {
  asset: string;
  from: number;
  to: number;
  series: Series[];
}

export interface DecisionDetail {
  inputs?: Record<string, number | null>;
  outputs?: Record<string, number | null>;
  contributions?: Record<string, number | null>;
}

export interface Decision {
  asset: string;
  node: string;
  model: string;
  release: string;
  time: number;
  score: number | null;
  class: string;
  confidence: number | null;
  latency_us: number | null;
  action: string;
  inputs: DecisionDetail | null;
}

export interface Acknowledgement {
  by: string;
  time: number;
  note: string;
}

export interface AlertData {
  rule?: string;
  values?: Record<string, number | null>;
  /** model → input → contribution */
  evidence?: Record<string, Record<string, number | null>>;
}

export interface FleetEvent {
  id: string;
  node: string;
  asset: string;
  kind: string;
  time: number;
  severity: Severity;
  text: string;
  data: AlertData | null;
  cleared?: number | null;
  acknowledged?: Acknowledgement | null;
}

export interface LedgerLine {
  node: string;
  epoch: string;
  tier: Tier;
  produced: number;
  delivered: number;
  dropped: number;
  queued: number;
  duplicates: number;
  updated: number | null;
  balanced: boolean;
  /** Dropped records by reason. */
  reasons?: Record<string, number>;
}

export type Cell = string | number | boolean | null;

export interface QueryReply {
  columns: {name: string; type: string}[];
  rows: Cell[][];
  truncated: boolean;
}

/** What went wrong, as a sentence. `status` is 0 when nothing answered. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }
}

const timeoutMs = 10_000;
const queryTimeoutMs = 120_000;

type Params = Record<string, string | number | boolean | undefined>;

function address(path: string, params: Params = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function sentence(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as {error?: unknown};
    if (typeof body.error === 'string') return body.error;
  } catch {
    // Not JSON: a proxy's page, say. The status tells more than its markup.
  }
  return `the server answered ${response.status} ${response.statusText}`.trim();
}

async function request<T>(url: string, init: RequestInit = {}, signal?: AbortSignal, limit = timeoutMs): Promise<T> {
  const control = new AbortController();
  const abort = () => control.abort();
  const timer = setTimeout(abort, limit);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  try {
    const response = await fetch(url, {...init, signal: control.signal, cache: 'no-store'});
    if (!response.ok) throw new ApiError(await sentence(response), response.status);
    return (await response.json()) as T;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (signal?.aborted) throw new ApiError('cancelled', 0);
    throw new ApiError(control.signal.aborted ? `no answer within ${limit / 1000} s` : 'not reachable', 0);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function post<T>(url: string, body: object, limit?: number): Promise<T> {
  return request<T>(
    url,
    {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)},
    undefined,
    limit,
  );
}

export interface SeriesQuery {
  asset: string;
  names?: string[];
  from?: number;
  to?: number;
  points?: number;
}

export interface EventQuery {
  asset?: string;
  kind?: string;
  open?: boolean;
  from?: number;
  to?: number;
  limit?: number;
}

export const streamAddress = '/api/v1/stream';

export const api = {
  status: () => request<Status>('/api/v1/status'),
  nodes: () => request<{time: number; nodes: FleetNode[]}>('/api/v1/nodes'),
  assets: async () => (await request<{assets: Asset[]}>('/api/v1/assets')).assets,
  series: (query: SeriesQuery, signal?: AbortSignal) =>
    request<SeriesReply>(address('/api/v1/series', {...query, names: query.names?.join(',')}), {}, signal),
  decisions: async (query: {asset: string; model: string; to?: number; limit: number}, signal?: AbortSignal) =>
    (await request<{decisions: Decision[]}>(address('/api/v1/decisions', {...query}), {}, signal)).decisions,
  events: async (query: EventQuery, signal?: AbortSignal) =>
    (await request<{events: FleetEvent[]}>(address('/api/v1/events', {...query}), {}, signal)).events,
  acknowledge: (id: string, by: string, note: string) =>
    post<unknown>(`/api/v1/events/${encodeURIComponent(id)}/ack`, {by, note}),
  ledger: async () => (await request<{lines: LedgerLine[]}>('/api/v1/ledger')).lines,
  query: (sql: string, rowsMax: number) => post<QueryReply>('/api/v1/query', {sql, rows_max: rowsMax}, queryTimeoutMs),
};
