// The console in headless Chromium: against the mock, or against the hub at WAYSIDE_URL.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {axeSource} from './chromium.mjs';
import {drawn, get, givenUrl, inked, live, mock, withPage} from './harness.mjs';

let base = givenUrl;
let server;

before(async () => {
  if (givenUrl !== undefined) return;
  server = await mock();
  base = server.url;
});

after(async () => {
  await server?.stop();
});

const rank = {alarm: 0, warning: 1, offline: 2, silent: 3, ok: 4};

async function chartedAsset() {
  const {assets} = await get(base, '/api/v1/assets');
  const chosen = assets
    .filter((asset) => asset.data_time !== null)
    .sort((a, b) => rank[a.state] - rank[b.state] || b.models.length - a.models.length)[0];
  assert.ok(chosen !== undefined, 'an asset with data');
  return chosen;
}

test('the fleet page shows every node, the most urgent first', async () => {
  await withPage(base, '/', async (page) => {
    await live(page);
    const {nodes} = await get(base, '/api/v1/nodes');
    await page.waitForFunction(
      (count) => document.querySelectorAll('table.fleet tbody tr').length === count,
      nodes.length,
    );
    const rows = await page.$$eval('table.fleet tbody tr', (all) =>
      all.map((row) => ({
        node: row.dataset.node,
        state: row.dataset.state,
        word: row.querySelector('.cell-state').textContent.trim(),
        icon: row.querySelector('.cell-state svg') !== null,
        text: row.textContent,
      })),
    );
    assert.deepEqual(rows.map((row) => row.node).sort(), nodes.map((node) => node.node).sort());
    const ranks = rows.map((row) => rank[row.state]);
    assert.deepEqual(
      ranks,
      [...ranks].sort((a, b) => a - b),
    );
    const words = {
      alarm: 'Alarm',
      warning: 'Warning',
      offline: 'Offline',
      silent: 'No data',
      ok: 'OK',
    };
    for (const row of rows) {
      assert.ok(row.icon, `${row.node} has a symbol beside its colour`);
      assert.equal(row.word, words[row.state]);
    }
    for (const node of nodes) assert.ok(rows.find((row) => row.node === node.node).text.includes(node.site));
  });
});

test('the fleet can be narrowed by state, site and text', async () => {
  await withPage(base, '/', async (page) => {
    await live(page);
    await page.waitForSelector('table.fleet tbody tr');
    const rows = () => page.locator('table.fleet tbody tr');
    const all = await rows().count();
    const first = await rows().first().getAttribute('data-state');
    const lamp = page.locator(`.lamp[data-state="${first}"]`);
    const counted = Number(await lamp.locator('.lamp-count').textContent());
    await lamp.click();
    assert.equal(await lamp.getAttribute('aria-pressed'), 'true');
    assert.equal(await rows().count(), counted);
    await lamp.click();
    assert.equal(await rows().count(), all);
    const {nodes} = await get(base, '/api/v1/nodes');
    await page.getByLabel('Site').selectOption(nodes[0].site);
    assert.equal(await rows().count(), nodes.filter((node) => node.site === nodes[0].site).length);
    await page.getByLabel('Site').selectOption('');
    await page.getByLabel('Find').fill('no such thing');
    assert.equal(await rows().count(), 0);
    await page.getByRole('button', {name: 'Show all'}).click();
    assert.equal(await rows().count(), all);
  });
});

test('an asset is drawn: every chart has lines, on one time axis, and moves with the data', async () => {
  const asset = await chartedAsset();
  await withPage(base, '/', async (page) => {
    await page.getByRole('link', {name: asset.asset, exact: true}).click();
    await drawn(page);
    assert.equal(new URL(page.url()).pathname, `/asset/${asset.asset}`);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.chart:not(.chart-empty) .entry-value')].some((cell) =>
        /\d/.test(cell.textContent),
      ),
    );
    const charts = await inked(page);
    assert.ok(Object.keys(charts).length > 0);
    for (const [title, {count, colours}] of Object.entries(charts))
      assert.ok(count > 500 && colours > 3, `${title}: ${count} px, ${colours} colours`);
    const lefts = await page.$$eval('.chart .u-over, .ruler .u-over', (all) => [
      ...new Set(all.map((over) => Math.round(over.getBoundingClientRect().left))),
    ]);
    assert.equal(lefts.length, 1, 'plots begin at one place');
    if (givenUrl === undefined) {
      const shown = () => page.locator('.asset-facts time').textContent();
      const old = await shown();
      await page.waitForFunction((before) => document.querySelector('.asset-facts time').textContent !== before, old);
      const request = await page.waitForRequest((each) => each.url().includes('/api/v1/series'));
      const names = new URL(request.url()).searchParams.get('names').split(',');
      assert.ok(names.includes(`${asset.models[0].name}.score`) && names.includes(asset.signals[0].name));
    }
  });
});

test('one cursor reads all charts, by mouse and by keyboard', async () => {
  const asset = await chartedAsset();
  await withPage(base, `/asset/${asset.asset}`, async (page) => {
    await drawn(page);
    const plot = page.locator('.plot').first();
    const box = await plot.boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5);
    await page.waitForSelector('.ruler-flag:not([hidden])');
    assert.match(await page.locator('.ruler-flag').textContent(), /\d\d:\d\d:\d\d/);
    const places = await page.$$eval('.chart .u-cursor-x', (all) =>
      all.map((line) => Math.round(new DOMMatrix(getComputedStyle(line).transform).m41)),
    );
    assert.ok(places.every((place) => Math.abs(place - places[0]) <= 1) && places[0] > 0, places.join());
    await plot.focus();
    await page.keyboard.press('Home');
    const flag = await page.locator('.ruler-flag').textContent();
    await page.keyboard.press('Shift+ArrowRight');
    assert.notEqual(await page.locator('.ruler-flag').textContent(), flag);
  });
});

test('the time range is chosen by button, by dragging, and survives a reload', async () => {
  const asset = await chartedAsset();
  await withPage(base, `/asset/${asset.asset}`, async (page) => {
    await drawn(page);
    const asked = page.waitForRequest((request) => {
      const {searchParams, pathname} = new URL(request.url());
      return pathname === '/api/v1/series' && Date.now() - Number(searchParams.get('from')) > 3_000_000;
    });
    await page.getByRole('button', {name: '1 h', exact: true}).click();
    if (givenUrl === undefined) await asked;
    else asked.catch(() => undefined);
    assert.equal(new URL(page.url()).search, '?range=1h');
    await drawn(page);
    await page.reload();
    await drawn(page);
    assert.equal(await page.getByRole('button', {name: '1 h', exact: true}).getAttribute('aria-pressed'), 'true');
    const box = await page.locator('.chart .u-over').first().boundingBox();
    await page.mouse.move(box.x + box.width * 0.25, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40, {steps: 4});
    await page.mouse.up();
    await page.waitForURL(/from=\d+&to=\d+/);
    const {searchParams} = new URL(page.url());
    const span = Number(searchParams.get('to')) - Number(searchParams.get('from'));
    // A young hub's window is as long as its data.
    const right = givenUrl === undefined ? Math.abs(span - 900_000) < 20_000 : span >= 1_000 && span < 920_000;
    assert.ok(right, `a quarter of the hour: ${span} ms`);
    await drawn(page);
    assert.equal(await page.getByRole('button', {name: 'Custom', exact: true}).getAttribute('aria-pressed'), 'true');
    await page.getByLabel('From').fill('2020-01-02T00:00:07');
    await page.getByLabel('To', {exact: true}).fill('2020-01-01T00:00:07');
    assert.match(await page.locator('.custom-range .mistake').textContent(), /after the start/);
  });
});

test('series are hidden and shown, and the choice is remembered', async () => {
  const asset = await chartedAsset();
  await withPage(base, `/asset/${asset.asset}`, async (page) => {
    await drawn(page);
    const entry = page.locator('.legend .entry[aria-pressed="true"]').last();
    const name = await entry.locator('.entry-name').textContent();
    await entry.click();
    const same = page.locator('.legend .entry', {
      has: page.getByText(name, {exact: true}),
    });
    await page.waitForFunction(
      (text) =>
        ![...document.querySelectorAll('.entry[aria-pressed="true"] .entry-name')].some(
          (each) => each.textContent === text,
        ),
      name,
    );
    await page.reload();
    await drawn(page);
    if ((await same.count()) > 0) assert.equal(await same.getAttribute('aria-pressed'), 'false');
  });
});

test('the evidence of the latest decision is shown with its contributions', async (t) => {
  const {assets} = await get(base, '/api/v1/assets');
  let chosen;
  for (const asset of assets) {
    if (asset.models.length === 0) continue;
    const {decisions} = await get(base, `/api/v1/decisions?asset=${encodeURIComponent(asset.asset)}&limit=1`);
    if (decisions.length > 0) chosen = {asset, decision: decisions[0]};
  }
  if (chosen === undefined) return t.skip('no decision yet');
  await withPage(base, `/asset/${chosen.asset.asset}`, async (page) => {
    const panel = page.locator(`.decision[data-model="${chosen.decision.model}"]`);
    await panel.waitFor();
    assert.match(await panel.locator('.score-big').textContent(), /\d/);
    const wanted = Object.keys(chosen.decision.inputs?.contributions ?? {});
    const rows = await panel.locator('.contributions tbody th').allTextContents();
    assert.equal(rows.length, Math.min(wanted.length, rows.length));
    for (const row of rows.slice(0, 8)) assert.ok(wanted.includes(row.trim()), row);
  });
});

test('an alert is acknowledged with a name and a note', async (t) => {
  const {program} = await get(base, '/api/v1/status');
  const {events} = await get(base, '/api/v1/events?kind=alert_raised&open=true');
  if (program !== 'hub' || events.length === 0) return t.skip('nothing to acknowledge');
  await withPage(base, '/alerts', async (page) => {
    const id = events[events.length - 1].id;
    const item = page.locator(`[data-alert="${id}"]`);
    await item.waitFor();
    assert.equal(await item.getAttribute('data-state'), 'open');
    await item.getByRole('button', {name: 'Acknowledge'}).click();
    await item.getByLabel('Your name').fill('Ana Ruiz');
    await item.getByLabel('Note').fill('crew informed');
    await item.getByRole('button', {name: 'Acknowledge'}).click();
    await page.waitForSelector(`[data-alert="${id}"][data-state="acknowledged"]`);
    assert.match(await item.textContent(), /Ana Ruiz.*crew informed/s);
    const {events: after} = await get(base, '/api/v1/events?kind=alert_raised');
    const told = after.find((event) => event.id === id);
    assert.deepEqual([told.acknowledged.by, told.acknowledged.note], ['Ana Ruiz', 'crew informed']);
    assert.equal(await page.evaluate(() => localStorage.getItem('wayside.name')), 'Ana Ruiz');
  });
});

test('the ledger shows every stream and its balance', async () => {
  await withPage(base, '/ledger', async (page) => {
    await page.waitForSelector('table.ledger tbody tr');
    const {lines} = await get(base, '/api/v1/ledger');
    const streams = await page.$$eval('table.ledger tbody tr', (rows) =>
      rows.map((row) => [row.dataset.stream, row.dataset.balanced, row.cells.length]),
    );
    assert.deepEqual(
      streams.map(([name]) => name).sort(),
      lines.map((line) => `${line.node} ${line.epoch} ${line.tier}`).sort(),
    );
    assert.match(await page.locator('.equation').textContent(), /produced.*delivered.*dropped.*queued/s);
  });
});

test('a query is answered as a table, a wrong one with the reason', async (t) => {
  if ((await get(base, '/api/v1/status')).program !== 'hub') return t.skip('queries are for the hub');
  await withPage(base, '/query', async (page, session) => {
    await page.getByLabel('SQL').fill('select asset, model, score from decisions limit 3');
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('table.result');
    assert.deepEqual((await page.locator('table.result thead th').allTextContents())[0], 'asset');
    session.expectOutage();
    await page.getByLabel('SQL').fill('drop table samples');
    await page.getByRole('button', {name: 'Run'}).click();
    await page.waitForSelector('.notice-warning');
    assert.ok((await page.locator('.notice-warning .said').textContent()).length > 5);
  });
});

test('addresses can be reloaded, and an unknown one says so', async () => {
  await withPage(base, '/alerts', async (page, session) => {
    await page.waitForSelector('h1:has-text("Alerts")');
    await page.reload();
    await page.waitForSelector('h1:has-text("Alerts")');
    await session.goto('/no/such/page');
    await page.waitForSelector('text=There is no such page');
    await session.goto('/asset/no-such-asset');
    await page.waitForSelector('text=No asset is called no-such-asset');
    await page.goBack();
    await page.getByRole('link', {name: 'Ledger'}).click();
    await page.waitForSelector('h1:has-text("Ledger")');
    assert.equal(await page.title(), 'Ledger · Wayside');
  });
});

test('light and dark follow the system until chosen', async () => {
  await withPage(
    base,
    '/',
    async (page) => {
      const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
      await page.waitForSelector('.top');
      assert.equal(await theme(), 'dark');
      await page.getByRole('button', {name: /Colours/}).click();
      assert.equal(await theme(), 'light');
      await page.reload();
      await page.waitForSelector('.top');
      assert.equal(await theme(), 'light');
    },
    {colorScheme: 'dark'},
  );
});

const places = async () => ['/', `/asset/${(await chartedAsset()).asset}`, '/alerts', '/ledger', '/query'];
const ready = {
  '/': 'table.fleet',
  '/alerts': '.alerts, .notice-ok',
  '/ledger': 'table.ledger',
  '/query': 'main',
};

for (const [name, options] of Object.entries({
  light: {},
  dark: {colorScheme: 'dark'},
  phone: {viewport: {width: 375, height: 720}},
}))
  test(`every page is accessible and fits: ${name}`, async () => {
    await withPage(
      base,
      '/',
      async (page, session) => {
        for (const path of await places()) {
          await session.goto(path);
          await live(page);
          if (ready[path] === undefined) await drawn(page);
          else await page.waitForSelector(ready[path]);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(overflow <= 0, `${path} is ${overflow} px too wide`);
          await page.evaluate(axeSource());
          const found = await page.evaluate(async () =>
            (
              await window.axe.run(document, {
                runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
              })
            ).violations.map(
              (each) =>
                `${each.id}: ${each.nodes
                  .slice(0, 3)
                  .map((node) => `${node.html} ${node.failureSummary}`)
                  .join(' | ')}`,
            ),
          );
          assert.deepEqual(found, [], path);
        }
      },
      options,
    );
  });
