// The API of docs/api.md over a made-up fleet, and the console's files: what the browser tests run against when no
// hub is given, and `node mock_server.mjs --port 8080` for working on the console.
import {createServer} from 'node:http';
import {readFile} from 'node:fs/promises';
import {extname, join, normalize} from 'node:path';
import {fileURLToPath} from 'node:url';
import {dataTime, makeDecision, makeFleet, makeSeries, seriesNames} from './mock_fleet.mjs';

const defaultDist = fileURLToPath(new URL('../../web/dist', import.meta.url));
const contentTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
/** As the real server's: what the console loads from elsewhere, or evaluates, would fail here too. */
const securityHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
};
const tiers = ['critical', 'diagnostic', 'bulk'];
const pointsMax = 10_000;
const bodyMax = 1 << 20;

class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const isStanding = (event) => event.kind === 'alert_raised' && event.cleared === null;
const isOpen = (event) => isStanding(event) && event.acknowledged === null;

class MockApi {
  constructor({program, fleet}) {
    this.program = program;
    this.fleet = fleet;
    if (program === 'agent') {
      fleet.nodes = fleet.nodes.filter((node) => node.node === 'loco-4503');
      fleet.assets = fleet.assets.filter((asset) => asset.node === 'loco-4503');
      fleet.events = fleet.events.filter((event) => event.node === 'loco-4503');
    }
    this.clients = new Set();
  }

  number(params, name, fallback) {
    if (!params.has(name)) return fallback;
    const text = params.get(name);
    const value = /^-?[\d.]+$/.test(text) ? Number(text) : Date.parse(text);
    if (Number.isNaN(value))
      throw new HttpError(400, `${name} is neither a number of milliseconds nor an RFC 3339 time: ${text}`);
    return value;
  }

  assetNamed(name) {
    const asset = this.fleet.assets.find((each) => each.asset === name);
    if (asset === undefined) throw new HttpError(404, `no asset is called ${name}`);
    return asset;
  }

  node(node, now = Date.now()) {
    const own = this.fleet.assets.filter((asset) => asset.node === node.node);
    const newest = Math.max(...own.map((asset) => dataTime(asset, now)));
    const away = node.online ? 0 : (now - node.since) / 1000;
    return {
      node: node.node,
      site: node.site,
      version: '0.1.0',
      epoch: node.epoch,
      online: node.online,
      since: node.since,
      last_seen: node.online ? now - 100 : node.since,
      data_time: newest,
      data_age_s: (now - newest) / 1000,
      backlog: {
        critical: away > 0 ? 2 : 0,
        diagnostic: Math.floor(away / 5) + (Math.floor(now / 1000) % 5),
        bulk: Math.floor(away * 1.3),
      },
      assets: node.names,
      open_alerts: this.fleet.events.filter((event) => event.node === node.node && isOpen(event)).length,
    };
  }

  asset({formulas, seed, cut, ...asset}) {
    const standing = this.fleet.events.filter((event) => event.asset === asset.asset && isStanding(event));
    const has = (severity) => standing.some((event) => event.severity === severity);
    const state = has('alarm') ? 'alarm' : has('warning') ? 'warning' : 'ok';
    return {
      ...asset,
      state,
      open_alerts: standing.filter(isOpen).length,
      data_time: dataTime({cut}, Date.now()),
    };
  }

  status() {
    return {
      program: this.program,
      version: '0.1.0',
      started: this.fleet.begun - 26 * 3_600_000,
      time: Date.now(),
      store: 'duckdb',
      ...(this.program === 'agent' ? {node: 'loco-4503', site: 'enola'} : {}),
      rows: {
        samples: 48_211_932,
        features: 9_302_110,
        decisions: 1_204_411,
        events: this.fleet.events.length,
      },
    };
  }

  series(params) {
    const asset = this.assetNamed(params.get('asset'));
    const to = this.number(params, 'to', dataTime(asset, Date.now()));
    const from = this.number(params, 'from', to - 600_000);
    const points = this.number(params, 'points', 600);
    if (points > pointsMax) throw new HttpError(400, `points is at most ${pointsMax}`);
    const names = params.get('names')?.split(',') ?? seriesNames(asset);
    const series = names.map((name) => {
      const made = makeSeries(asset, name, from, Math.min(to, dataTime(asset, Date.now())), points);
      if (made === null) throw new HttpError(404, `${asset.asset} has no series called ${name}`);
      return made;
    });
    return {asset: asset.asset, from, to, series};
  }

  decisions(params) {
    const asset = this.assetNamed(params.get('asset'));
    const models = asset.models.filter((model) => !params.has('model') || model.name === params.get('model'));
    const newest = Math.min(this.number(params, 'to', Infinity), dataTime(asset, Date.now()));
    const limit = Math.min(1000, this.number(params, 'limit', 100));
    const decisions = [];
    for (let i = 0; decisions.length < limit && models.length > 0; ++i)
      for (const model of models) decisions.push(makeDecision(asset, model, newest - i * 1000));
    return {decisions: decisions.slice(0, limit)};
  }

  events(params) {
    const from = this.number(params, 'from', -Infinity);
    const to = this.number(params, 'to', Infinity);
    const chosen = this.fleet.events.filter(
      (event) =>
        event.time >= from &&
        event.time <= to &&
        (!params.has('asset') || event.asset === params.get('asset')) &&
        (!params.has('kind') || event.kind === params.get('kind')) &&
        (params.get('open') !== 'true' || isOpen(event)),
    );
    return {
      events: chosen.sort((a, b) => b.time - a.time).slice(0, this.number(params, 'limit', 200)),
    };
  }

  acknowledge(id, body) {
    if (this.program === 'agent') throw new HttpError(404, 'alerts are acknowledged at the hub');
    const event = this.fleet.events.find((each) => each.id === id);
    if (event === undefined) throw new HttpError(404, `no event is called ${id}`);
    if (typeof body.by !== 'string' || body.by === '') throw new HttpError(400, 'by: a name is needed');
    if (event.acknowledged !== null) throw new HttpError(409, `already acknowledged by ${event.acknowledged.by}`);
    event.acknowledged = {
      by: body.by,
      time: Date.now(),
      note: body.note ?? '',
    };
    this.send('event', event);
    return event;
  }

  ledger() {
    const now = Date.now();
    const lines = this.fleet.nodes.flatMap((node, place) =>
      tiers.map((tier, rank) => {
        const queued = this.node(node, now).backlog[tier];
        const delivered = Math.floor(
          [31, 19_020, 61_200][rank] * (1 + place * 0.13) + (node.online ? (now - this.fleet.begun) / 5000 : 0),
        );
        const dropped = place === 5 && tier === 'bulk' ? 412 : 0;
        return {
          node: node.node,
          epoch: node.epoch,
          tier,
          produced: delivered + queued + dropped,
          delivered,
          dropped,
          queued,
          duplicates: place === 3 ? 24 * rank : 0,
          updated: node.online ? now - 1200 : node.since,
          balanced: true,
        };
      }),
    );
    return {lines};
  }

  query(body) {
    const sql = String(body.sql ?? '');
    if (!/^\s*select\b/i.test(sql)) throw new HttpError(400, 'only one SELECT is answered');
    const rows = this.fleet.assets.flatMap((asset) =>
      asset.models.map((model) => [
        asset.asset,
        model.name,
        new Date(dataTime(asset, Date.now())).toISOString().replace('Z', '000000Z'),
        makeDecision(asset, model, dataTime(asset, Date.now())).score,
      ]),
    );
    const columns = [
      ['asset', 'VARCHAR'],
      ['model', 'VARCHAR'],
      ['newest', 'TIMESTAMP_NS'],
      ['score', 'DOUBLE'],
    ];
    return {
      columns: columns.map(([name, type]) => ({name, type})),
      rows: rows.sort((a, b) => b[3] - a[3]),
      truncated: false,
    };
  }

  get(path, params) {
    switch (path) {
      case '/api/v1/status':
        return this.status();
      case '/api/v1/nodes':
        return {
          time: Date.now(),
          nodes: this.fleet.nodes.map((node) => this.node(node)),
        };
      case '/api/v1/assets':
        return {assets: this.fleet.assets.map((asset) => this.asset(asset))};
      case '/api/v1/series':
        return this.series(params);
      case '/api/v1/decisions':
        return this.decisions(params);
      case '/api/v1/events':
        return this.events(params);
      case '/api/v1/ledger':
        return this.ledger();
      default:
        throw new HttpError(404, `there is no ${path}`);
    }
  }

  post(path, body) {
    const id = /^\/api\/v1\/events\/([^/]+)\/ack$/.exec(path)?.[1];
    if (id !== undefined) return this.acknowledge(decodeURIComponent(id), body);
    if (path === '/api/v1/query' && this.program === 'hub') return this.query(body);
    throw new HttpError(404, `there is no ${path}`);
  }

  send(event, data) {
    for (const client of this.clients) client.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  tick(count) {
    const online = this.fleet.assets.filter((asset) => asset.cut === undefined);
    this.send('data', {
      assets: Object.fromEntries(online.map((asset) => [asset.asset, dataTime(asset, Date.now())])),
    });
    const node = this.fleet.nodes[count % this.fleet.nodes.length];
    if (count % 2 === 0 && node !== undefined) this.send('node', this.node(node));
  }
}

async function readBody(request) {
  let text = '';
  for await (const part of request) {
    text += part;
    if (text.length > bodyMax) throw new HttpError(413, 'the body is too long');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, 'the body is not JSON');
  }
}

async function serveFile(dist, path, response) {
  const file = normalize(path);
  const send = (name, body) => {
    response.writeHead(200, {
      ...securityHeaders,
      'Content-Type': contentTypes[extname(name)] ?? 'application/octet-stream',
    });
    response.end(body);
  };
  try {
    if (file === '/' || file.includes('..')) throw new Error('the page');
    send(file, await readFile(join(dist, file)));
  } catch {
    send('index.html', await readFile(join(dist, 'index.html')));
  }
}

async function answer(api, dist, request, response) {
  const {pathname, searchParams} = new URL(request.url, 'http://localhost');
  if (!pathname.startsWith('/api/')) return serveFile(dist, pathname, response);
  if (pathname === '/api/v1/stream') {
    if (api.streamless) throw new HttpError(404, 'no stream here');
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache',
    });
    response.write(': hello\n\n');
    api.clients.add(response);
    request.on('close', () => api.clients.delete(response));
    return undefined;
  }
  const reply =
    request.method === 'POST' ? api.post(pathname, await readBody(request)) : api.get(pathname, searchParams);
  response.writeHead(200, {'Content-Type': 'application/json'});
  response.end(JSON.stringify(reply));
  return undefined;
}

/** Starts at `port` (0: a free one). `streamless` leaves the live stream out. */
export async function startMock({
  port = 0,
  program = 'hub',
  dist = defaultDist,
  fleet = makeFleet(),
  streamless = false,
} = {}) {
  const api = new MockApi({program, fleet});
  api.streamless = streamless;
  const server = createServer((request, response) => {
    answer(api, dist, request, response).catch((error) => {
      response.writeHead(error.status ?? 500, {
        'Content-Type': 'application/json',
      });
      response.end(JSON.stringify({error: error.message}));
    });
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  let count = 0;
  const timer = setInterval(() => api.tick(count++), 500);
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    port: server.address().port,
    api,
    /** A new alert, told to all who listen. */
    raise(event) {
      fleet.events.unshift(event);
      api.send('event', event);
    },
    async stop() {
      clearInterval(timer);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, fallback) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? fallback : process.argv[at + 1];
  };
  const mock = await startMock({
    port: Number(option('port', '8080')),
    program: option('program', 'hub'),
    dist: option('dist', defaultDist),
  });
  console.log(`mock ${option('program', 'hub')} at ${mock.url}`);
}
