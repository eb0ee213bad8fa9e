// What every test of the console starts from: a page of the console under test, watched for mistakes.
import assert from 'node:assert/strict';
import {after} from 'node:test';
import {launch} from './chromium.mjs';
import {startMock} from './mock_server.mjs';

/** A running hub or agent to test instead of the mock. */
export const givenUrl = process.env.WAYSIDE_URL;
const dist = process.env.WAYSIDE_CONSOLE_DIST;

export function mock(options = {}) {
  return startMock({...(dist === undefined ? {} : {dist}), ...options});
}

export async function get(base, path) {
  const response = await fetch(new URL(path, base));
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.json();
}

let browser;
after(async () => {
  await browser?.close();
});

/** A window of its own, and the complaints of the page in it. */
async function open(base, path = '/', options = {}) {
  browser ??= await launch();
  const {page, close} = await browser.open(options);
  const complaints = [];
  let expectOutage = false;
  page.on('pageerror', (error) => complaints.push(`mistake in the page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    if (expectOutage && /Failed to load resource|ERR_/.test(message.text())) return;
    complaints.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== new URL(base).origin)
      complaints.push(`left the server: ${url.href}`);
  });
  await page.goto(new URL(path, base).href);
  return {
    page,
    goto: (to) => page.goto(new URL(to, base).href),
    expectOutage: () => {
      expectOutage = true;
    },
    async close() {
      await close();
      assert.deepEqual(complaints, []);
    },
  };
}

/** Runs `body` with such a page; closes it whatever happens, and only then minds the complaints. */
export async function withPage(base, path, body, options) {
  const session = await open(base, path, options);
  let failed = true;
  try {
    await body(session.page, session);
    failed = false;
  } finally {
    await session.close().catch((error) => {
      if (!failed) throw error;
    });
  }
}

export const live = (page) => page.waitForSelector('[data-connection="live"]');

/** Until the asset's charts have drawn the answer to the present question. */
export const drawn = (page) =>
  page.waitForFunction(
    () =>
      document.querySelector('main.asset')?.dataset.loading === 'false' &&
      document.querySelector('.plot canvas') !== null,
  );

/** How many pixels of each chart differ from its background, by the chart's title. */
export const inked = (page) =>
  page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('.chart:not(.chart-empty)')].map((chart) => {
        const canvas = chart.querySelector('canvas');
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const colours = new Set();
        let count = 0;
        for (let i = 0; i < data.length; i += 4) {
          if (data[i + 3] < 200) continue;
          count += 1;
          colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
        }
        return [chart.getAttribute('aria-label'), {count, colours: colours.size}];
      }),
    ),
  );
