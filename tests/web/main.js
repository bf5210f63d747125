// The web page in a real browser. Run by scripts/test_web.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { servePage } from './servers.js';
import { Dashboard, REPOSITORY, startBrowser } from './support.js';

const cases = {
  async 'the page starts and reports no errors'({ browser, pageUrl }) {
    const dashboard = await Dashboard.open(browser, pageUrl);
    assert.deepEqual(dashboard.consoleErrors, []);
    await dashboard.close();
  },

  async 'a browser without WebGL gets a readable reason and a way to try again'({ browser, pageUrl }) {
    const page = await browser.newPage();
    await page.addInitScript(() => { HTMLCanvasElement.prototype.getContext = () => null; });
    await page.goto(pageUrl);
    const panel = page.locator('#failure');
    await panel.waitFor();
    assert.match(await panel.innerText(), /no WebGL/);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.close();
  },
};

const browser = await startBrowser();
const pageServer = await servePage(join(REPOSITORY, 'dist'));
let failed = 0;
for (const [name, run] of Object.entries(cases)) {
  const started = performance.now();
  try {
    await run({ browser, pageUrl: pageServer.url });
    console.log(`ok   ${name} (${Math.round(performance.now() - started)} ms)`);
  } catch (error) {
    failed += 1;
    console.error(`FAIL ${name}\n${error?.stack ?? error}`);
  }
}
await browser.close();
pageServer.close();
console.log(failed ? `${failed} of ${Object.keys(cases).length} failed` : `all ${Object.keys(cases).length} passed`);
process.exitCode = failed ? 1 : 0;
