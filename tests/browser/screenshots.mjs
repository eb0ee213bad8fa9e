// node screenshots.mjs BASE_URL OUT_DIR [ASSET]: the pictures of the README, from a running hub. ASSET defaults to the
// most urgent one.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {launch} from './chromium.mjs';

const [base, out, wanted] = process.argv.slice(2);
if (base === undefined || out === undefined) {
  console.error('usage: node screenshots.mjs BASE_URL OUT_DIR [ASSET]');
  process.exit(2);
}
mkdirSync(out, {recursive: true});

async function urgentAsset() {
  const {assets} = await (await fetch(new URL('/api/v1/assets', base))).json();
  const rank = {alarm: 0, warning: 1, ok: 2, silent: 3};
  const [first] = [...assets].sort((a, b) => rank[a.state] - rank[b.state] || b.models.length - a.models.length);
  if (first === undefined) throw new Error('there is no asset yet');
  return first.asset;
}

const settled = {
  fleet: (page) =>
    page.waitForFunction(() => document.querySelector('table.fleet .spark, table.fleet .score') !== null),
  asset: (page) =>
    page.waitForFunction(
      () =>
        document.querySelector('main.asset')?.dataset.loading === 'false' && document.querySelector('canvas') !== null,
    ),
  alerts: (page) => page.waitForSelector('.alerts, .notice-ok'),
  ledger: (page) => page.waitForSelector('table.ledger, .notice'),
};

async function shoot(name, path, kind, options = {}) {
  const {page, close} = await browser.open({scale: 2, ...options});
  try {
    await page.goto(new URL(path, base).href);
    await settled[kind](page);
    await page.waitForSelector('[data-connection="live"]');
    // Sparklines and the first live values come after the page itself.
    await page.waitForTimeout(1500);
    const file = join(out, `${name}.png`);
    await page.screenshot({path: file});
    console.log(file);
  } finally {
    await close();
  }
}

const browser = await launch();
try {
  const asset = encodeURIComponent(wanted ?? (await urgentAsset()));
  const phone = {viewport: {width: 390, height: 844}};
  await shoot('fleet-light', '/', 'fleet');
  await shoot('fleet-dark', '/', 'fleet', {colorScheme: 'dark'});
  await shoot('asset-light', `/asset/${asset}`, 'asset');
  await shoot('asset-dark', `/asset/${asset}`, 'asset', {
    colorScheme: 'dark',
  });
  await shoot('alerts', '/alerts', 'alerts');
  await shoot('ledger', '/ledger', 'ledger');
  await shoot('phone-fleet', '/', 'fleet', phone);
  await shoot('phone-asset', `/asset/${asset}`, 'asset', phone);
} finally {
  await browser.close();
}
