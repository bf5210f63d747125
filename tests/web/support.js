// The browser, the page, and the checks that the tests are written with.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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

/** The dashboard in a tab. */
export class Dashboard {
  /** Opens the page; `query` is what follows the `?` of its address. */
  static async open(browser, url, { query = '', theme = 'dark', width = 1280, height = 800 } = {}) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
    return Dashboard.start(page, query ? `${url}/?${query}` : url);
  }

  /** Opens the page in a browser profile, whose pages share a list. */
  static async openIn(context, url) {
    return Dashboard.start(await context.newPage(), url);
  }

  static async start(page, url) {
    const dashboard = new Dashboard(page);
    page.on('console', (message) => {
      if (message.type() === 'error') dashboard.consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => dashboard.consoleErrors.push(String(error)));
    await page.goto(url);
    await dashboard.started();
    return dashboard;
  }

  async started() {
    await until('the page has started or failed', () => this.page.evaluate(() =>
      document.getElementById('loading').hidden || !document.getElementById('failure').hidden));
    assert.equal(await this.failure(), null);
  }

  /** Reloads the page; `observe` notes in `window.longTasks` how long the browser's long tasks take. */
  async reload({ observe = false } = {}) {
    if (observe) {
      await this.page.addInitScript(() => {
        window.longTasks = [];
        new PerformanceObserver((list) => {
          window.longTasks.push(...list.getEntries().map((entry) => entry.duration));
        }).observe({ type: 'longtask' });
      });
    }
    await this.page.reload();
    await this.started();
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

  /** What the page says of itself: `{ rows, controls, frames }`. */
  async state() {
    return JSON.parse(await this.page.evaluate(() => window.jobdeck_state()));
  }

  /** The same while the page may be being loaded: null then. */
  async stateIfAny() {
    return this.page.evaluate(() => window.jobdeck_state?.())
      .then((state) => JSON.parse(state ?? 'null'), () => null);
  }

  /** What became of its list, in numbers. */
  async list() {
    return JSON.parse(await this.page.evaluate(() => window.jobdeck_list()));
  }

  /** The row whose name is this. */
  async row(name) {
    const { rows } = await this.state();
    const row = rows.find((candidate) => candidate.name === name);
    assert.ok(row, `no row ${name} among ${rows.map((candidate) => candidate.name).join(', ') || 'none'}`);
    return row;
  }

  /** Waits until the row of this name is as `condition` wants it. */
  until(name, what, condition, patienceMs) {
    let row;
    return until(`${name} ${what}`, async () => {
      row = await this.row(name);
      return condition(row) && row;
    }, patienceMs).catch((error) => {
      error.message += `; it is ${JSON.stringify(row)}`;
      throw error;
    });
  }

  /** Waits for a control of this name that can be used, on the page and standing still. */
  control(name, role = 'Button') {
    return until(`there is a ${role} called ${name}`, async () => {
      const find = async () => (await this.state()).controls
        .find((control) => control.role === role && control.name === name && control.enabled);
      const first = await find();
      await pause(30);
      const second = await find();
      return first && second && first.x === second.x && first.y === second.y && second;
    });
  }

  /** Clicks the middle of a control, as a hand would. */
  async click(name, role = 'Button') {
    const { x, y, width, height } = await this.control(name, role);
    await this.page.mouse.click(x + width / 2, y + height / 2);
  }

  /** Pastes links into the page, which opens the sheet with them. */
  async paste(links) {
    await this.page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }, links.join('\n'));
  }

  /** Types a link into the sheet. */
  async type(link) {
    await this.click('Add…');
    await this.control('Close');
    // The sheet gives its first field the focus.
    await this.page.keyboard.type(link);
  }

  /** Adds what is in the sheet, so many links, to be counted and not kept. */
  async addCounted(count) {
    await this.click('Measure only, save nothing', 'CheckBox');
    await this.click(`Add ${count}`);
  }

  async screenshot(name) {
    // Where the pointer rests, something may be lit: on the status bar nothing is.
    const { width, height } = this.page.viewportSize();
    await this.page.mouse.move(width / 2, height - 4);
    await pause(300);
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  /**
   * Makes a hidden tab of it, as far as a page can tell: a headless browser hides none. No frame comes, and timers come
   * after five seconds at the earliest: later than in any browser, so that what takes its time from them is seen.
   */
  hide() {
    return this.page.evaluate(() => {
      const setTimeout = window.setTimeout;
      window.setTimeout = (callback, delay, ...more) => setTimeout(callback, Math.max(delay ?? 0, 5000), ...more);
      window.requestAnimationFrame = () => 0;
      Object.defineProperty(document, 'hidden', { get: () => true });
      Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
      window.dispatchEvent(new Event('visibilitychange'));
    });
  }

  close() {
    return this.page.close();
  }
}
