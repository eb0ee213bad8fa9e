// Headless Chromium, with a profile of its own that is removed afterwards.
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const {chromium} = require('playwright-core');

/** What axe-core needs in a page, as source text. */
export const axeSource = () => require('axe-core').source;

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export function chromiumPath() {
  const wanted = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(wanted)) throw new Error(`${wanted} is missing: install chromium, or name it in CHROMIUM`);
  return wanted;
}

export async function openBrowser({viewport = {width: 1440, height: 900}, colorScheme = 'light', scale = 1, userAgent} = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'wayside-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(), headless: true, args: flags, viewport, colorScheme, deviceScaleFactor: scale,
    ...(userAgent === undefined ? {} : {userAgent}),
  });
  return {
    context,
    async newPage() {
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      return page;
    },
    async close() {
      await context.close();
      rmSync(profile, {recursive: true, force: true, maxRetries: 5, retryDelay: 100});
    },
  };
}
