// The browser, the page, and the checks that the tests are written with.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// scripts/test_web says where: the packages are cached outside the clone.
const { chromium } = createRequire(join(process.env.JOBDECK_NODE_MODULES, 'any'))('playwright-core');

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
export const SCREENSHOTS = join(REPOSITORY, 'test-output/web/');

/** How long a test waits for what must come. Generous: a busy machine without a graphics card draws slowly. */
const PATIENCE_MS = 60_000;

export async function startBrowser() {
  await mkdir(SCREENSHOTS, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-quic',
      '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

/** Asks again until `question` gives something truthy, which is returned. */
export async function until(what, question, patienceMs = PATIENCE_MS) {
  const end = performance.now() + patienceMs;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (performance.now() > end) assert.fail(`waited ${patienceMs} ms in vain until ${what}`);
    await pause(20);
  }
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The dashboard in a tab. */
export class Dashboard {
  /** Opens the page; `query` is what follows the `?` of its address. */
  static async open(browser, url, { query = '', theme = 'dark', width = 1280, height = 800 } = {}) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
    const dashboard = new Dashboard(page);
    page.on('console', (message) => {
      if (message.type() === 'error') dashboard.consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => dashboard.consoleErrors.push(String(error)));
    await page.goto(query ? `${url}/?${query}` : url);
    await until('the page has started or failed', () => page.evaluate(() =>
      document.getElementById('loading').hidden || !document.getElementById('failure').hidden));
    assert.equal(await dashboard.failure(), null);
    return dashboard;
  }

  constructor(page) {
    this.page = page;
    this.consoleErrors = [];
  }

  /** The text of the page's failure panel, or null while it is hidden. */
  failure() {
    return this.page.evaluate(() => {
      const panel = document.getElementById('failure');
      return panel.hidden ? null : panel.innerText;
    });
  }

  screenshot(name) {
    return this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  close() {
    return this.page.close();
  }
}
