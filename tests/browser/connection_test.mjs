// What the console says and keeps showing when its server comes and goes; and the same page served by an agent. These
// tests need a server that they can stop, so they run against the mock.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {get, live, mock, withPage} from './harness.mjs';

test('an outage is said, the last data stay, and the return is noticed', async () => {
  let server = await mock();
  const {port, url} = server;
  const {fleet} = server.api;
  try {
    await withPage(url, '/', async (page, session) => {
      await live(page);
      await page.waitForSelector('table.fleet tbody tr');
      const rows = await page.locator('table.fleet tbody tr').count();
      session.expectOutage();
      await server.stop();
      await page.waitForSelector('[data-connection="lost"]');
      const banner = await page.locator('.banner').textContent();
      assert.match(banner, /The hub is not reachable since \d\d:\d\d:\d\d\. Showing data as of \d\d:\d\d:\d\d\./);
      assert.equal(await page.locator('table.fleet tbody tr').count(), rows);
      // Another page during the outage is not blank either.
      await page.getByRole('link', {name: 'loco-4503', exact: true}).click();
      await page.waitForSelector('h1:has-text("loco-4503")');
      server = await mock({port, fleet});
      await page.getByRole('button', {name: 'Try now'}).click();
      await live(page);
      assert.equal(await page.locator('.banner').count(), 0);
    });
  } finally {
    await server.stop();
  }
});

test('without the live stream the console asks instead', async () => {
  const server = await mock({streamless: true});
  try {
    await withPage(server.url, '/', async (page, session) => {
      session.expectOutage();
      await page.waitForSelector('[data-connection="polling"]');
      const before = await page.waitForRequest((request) => request.url().endsWith('/api/v1/nodes'));
      assert.ok(before);
      assert.ok((await page.locator('table.fleet tbody tr').count()) > 0);
    });
  } finally {
    await server.stop();
  }
});

test('a new alert appears by itself, everywhere', async () => {
  const server = await mock();
  try {
    await withPage(server.url, '/', async (page) => {
      await live(page);
      await page.waitForSelector('tr[data-node="loco-4501"][data-state="ok"]');
      server.raise({
        id: 'loco-4501.new.1',
        node: 'loco-4501',
        asset: 'loco-4501',
        kind: 'alert_raised',
        time: Date.now(),
        severity: 'alarm',
        text: 'oil_pressure_low: oil_pressure < 180 for 5s',
        data: {rule: 'oil_pressure_low', values: {oil_pressure: 171}},
        cleared: null,
        acknowledged: null,
      });
      await page.waitForSelector('tr[data-node="loco-4501"][data-state="alarm"]');
      assert.match(await page.locator('nav .count').textContent(), /^3/);
      await page.getByRole('link', {name: /Alerts/}).click();
      await page.waitForSelector('[data-alert="loco-4501.new.1"]');
    });
  } finally {
    await server.stop();
  }
});

test('an agent serves the same page for its one node, and does not acknowledge', async () => {
  const server = await mock({program: 'agent'});
  try {
    await withPage(server.url, '/', async (page) => {
      await live(page);
      assert.equal((await get(server.url, '/api/v1/status')).program, 'agent');
      assert.equal(await page.locator('table.fleet tbody tr').count(), 1);
      assert.deepEqual(
        await page
          .locator('nav[aria-label="Pages"] a')
          .allTextContents()
          .then((all) => all.map((text) => text.replace(/\d.*/, ''))),
        ['Node', 'Alerts', 'Ledger'],
      );
      await page.getByRole('link', {name: /Alerts/}).click();
      await page.waitForSelector('.alerts li');
      assert.equal(await page.getByRole('button', {name: 'Acknowledge'}).count(), 0);
    });
  } finally {
    await server.stop();
  }
});

test('text from outside is shown, never run', async () => {
  const server = await mock();
  const nasty = '<img src=x onerror="window.owned=1">';
  try {
    await withPage(server.url, '/alerts', async (page) => {
      await live(page);
      server.raise({
        id: 'a/b?c#d',
        node: 'loco-4501',
        asset: nasty,
        kind: 'alert_raised',
        time: Date.now(),
        severity: 'warning',
        text: `${nasty}: ${nasty}`,
        data: null,
        cleared: null,
        acknowledged: null,
      });
      const item = page.locator('[data-alert="a/b?c#d"]');
      await item.waitFor();
      assert.ok((await item.textContent()).includes(nasty));
      await item.getByRole('button', {name: 'Acknowledge'}).click();
      await item.getByLabel('Your name').fill(nasty);
      await item.getByRole('button', {name: 'Acknowledge'}).click();
      await page.waitForSelector('[data-alert="a/b?c#d"][data-state="acknowledged"]');
      assert.equal(await page.evaluate(() => window.owned), undefined);
    });
  } finally {
    await server.stop();
  }
});
