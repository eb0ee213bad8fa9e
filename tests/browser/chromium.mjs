// Headless Chromium from the system, with a fresh profile that Playwright removes afterwards.
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const {chromium} = require('playwright-core');

/** What axe-core needs in a page, as source text. */
export const axeSource = () => require('axe-core').source;

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Long, for a machine that compiles at the same time. */
const actionTimeoutMs = 30_000;

function chromiumPath() {
  const wanted = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(wanted)) throw new Error(`${wanted} is missing: install chromium, or name it in CHROMIUM`);
  return wanted;
}

/** One browser for many `open`s: each is a window with storage of its own. */
export async function launch() {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: flags,
  });
  return {
    async open({viewport = {width: 1440, height: 900}, colorScheme = 'light', scale = 1} = {}) {
      const context = await browser.newContext({
        viewport,
        colorScheme,
        deviceScaleFactor: scale,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(actionTimeoutMs);
      return {page, close: () => context.close()};
    },
    close: () => browser.close(),
  };
}
