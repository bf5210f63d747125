// The web page in a real browser. Run by scripts/test_web; an argument chooses the cases whose name holds it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { listCases } from './lists.js';
import { CHUNK, serveBodies, servePage } from './servers.js';
import { Dashboard, REPOSITORY, SCREENSHOTS, startBrowser, until } from './support.js';

const MIB = 1024 * 1024;

/** What the system may take from a server on behalf of a browser that does not read. Linux's default is 6 MiB. */
const SYSTEM_BUFFER = await readFile('/proc/sys/net/ipv4/tcp_rmem', 'utf8')
  .then((text) => Number(text.trim().split(/\s+/)[2]), () => 6 * MIB);
/** How far a server may get ahead of a paused job: the buffers of page, browser and sending side, and the system's. */
const MOST_AHEAD = 10 * MIB + SYSTEM_BUFFER;
/** A body that is certainly held up by a pause. */
const BIG = Math.max(64 * MIB, 2 * MOST_AHEAD);

/** Waits until the server hands nothing more to the browser, and says how much it did. */
async function sentAtRest(entry) {
  let before = -1;
  await until(`the server stops sending ${entry.name}`, async () => {
    const unchanged = entry.sent === before;
    before = entry.sent;
    // Several times as long as the pace of any body here needs for the next chunk.
    await pause(1500);
    return unchanged && entry.sent === before;
  });
  return entry.sent;
}

const cases = {
  async 'the page starts and reports no errors'({ browser, pageUrl }) {
    const dashboard = await Dashboard.open(browser, pageUrl);
    assert.deepEqual(dashboard.consoleErrors, []);
    await dashboard.close();
  },

  async 'the demo runs: one is paused and resumed, one cancelled, and every byte is counted'({ browser, pageUrl, bodies }) {
    const dashboard = await Dashboard.open(browser, pageUrl, { query: `server=${encodeURIComponent(bodies.url)}` });
    const downloading = (row) => row.state === 'Downloading' && row.received > 0;
    const [[csv], [tar], [pdf]] = await until('all three are asked for', () => {
      const asked = ['measurements.csv', 'photos.tar', 'manual.pdf'].map(bodies.requests);
      return asked.every((entries) => entries.length > 0) && asked;
    });

    await dashboard.until('photos.tar', 'downloads', downloading);
    await dashboard.click('Pause photos.tar');
    const paused = await dashboard.until('photos.tar', 'is paused', (row) => row.state === 'Paused');

    await dashboard.until('manual.pdf', 'downloads', downloading);
    const clicked = performance.now();
    await dashboard.click('Cancel manual.pdf');
    await until('the server sees manual.pdf cancelled', () => pdf.closed);
    const closed_ms = Math.round(performance.now() - clicked);
    const cancelled = await dashboard.until('manual.pdf', 'is cancelled', (row) => row.state === 'Cancelled');
    assert.ok(cancelled.received < pdf.bytes, JSON.stringify(cancelled));
    await dashboard.screenshot('demo_dark');

    await dashboard.until('measurements.csv', 'is done', (row) => row.state === 'Done');
    const sent = await sentAtRest(tar);
    const still = await dashboard.row('photos.tar');
    assert.equal(still.received, paused.received, 'a paused job counts no bytes');
    assert.equal(still.state, 'Paused');
    // The system may have taken all of it from the server by now; what counts is that nobody hung up.
    assert.ok(!tar.closed, 'the connection stays open while paused');
    await dashboard.click('Resume photos.tar');
    await dashboard.until('photos.tar', 'is done', (row) => row.state === 'Done');

    for (const [entry, count] of [[csv, 4_200_000], [tar, 18_350_080]]) {
      const row = await dashboard.row(entry.name);
      assert.equal(row.received, count);
      assert.equal(row.total, count);
      assert.equal(entry.sent, count);
      assert.equal(bodies.requests(entry.name).length, 1, 'the same connection went on');
    }
    assert.equal(await dashboard.failure(), null);
    assert.deepEqual(dashboard.consoleErrors, []);
    await dashboard.close();
    return `cancel to closed connection ${closed_ms} ms, click included; paused at ${paused.received}, the server stopped at ${sent}`;
  },

  async 'a pause of a big body stops the server, and resuming goes on over the same connection'({ browser, pageUrl, bodies }) {
    const dashboard = await Dashboard.open(browser, pageUrl);
    await dashboard.type(`${bodies.url}/bytes/${BIG}/big.iso?rate=${4 * MIB}`);
    await dashboard.addCounted(1);
    await dashboard.until('big.iso', 'downloads', (row) => row.received > 4 * MIB);
    await dashboard.click('Pause big.iso');
    const paused = await dashboard.until('big.iso', 'is paused', (row) => row.state === 'Paused');
    const [entry] = bodies.requests('big.iso');
    const sentWhenPaused = entry.sent;
    const sent = await sentAtRest(entry);
    assert.ok(sent - paused.received <= MOST_AHEAD, `${sent} sent, ${paused.received} received`);
    assert.ok(sent < entry.bytes, 'the server was stopped before the end');
    assert.equal((await dashboard.row('big.iso')).received, paused.received);
    await dashboard.click('Resume big.iso');
    const done = await dashboard.until('big.iso', 'is done', (row) => row.state === 'Done');
    assert.equal(done.received, BIG);
    assert.equal(entry.sent, BIG);
    assert.equal(bodies.requests('big.iso').length, 1, 'the same connection went on');
    await dashboard.close();
    const mib = (bytes) => (bytes / MIB).toFixed(1);
    return `paused at ${mib(paused.received)} MiB, the server had sent ${mib(sentWhenPaused)}, and stopped at ${mib(sent)} (at most ${mib(MOST_AHEAD)} ahead are allowed here)`;
  },

  async 'three links with exact byte counts, and a refusal that is explained'({ browser, pageUrl, bodies }) {
    const dashboard = await Dashboard.open(browser, pageUrl, { theme: 'light', width: 800, height: 600 });
    await dashboard.paste([
      `${bodies.url}/bytes/1/one.bin`,
      `${bodies.url}/bytes/5000017/many.bin`,
      `${bodies.url}/bytes/300001/unannounced.bin?length=no`,
      `${bodies.url}/bytes/1000/refused.bin?cors=no`,
      `${bodies.url}/bytes/1000/missing.bin?status=404`,
    ]);
    await dashboard.addCounted(5);
    for (const [name, count] of [['one.bin', 1], ['many.bin', 5_000_017], ['unannounced.bin', 300_001]]) {
      const row = await dashboard.until(name, 'is done', (candidate) => candidate.state === 'Done');
      assert.equal(row.received, count);
      assert.equal(bodies.requests(name).length, 1);
      assert.equal(bodies.requests(name)[0].sent, count);
    }
    const unannounced = await dashboard.row('unannounced.bin');
    assert.match(unannounced.note, /length not announced/);
    const refused = await dashboard.until('refused.bin', 'has failed', (row) => row.state === 'Failed');
    assert.match(refused.detail, /does not allow this page/);
    const missing = await dashboard.until('missing.bin', 'has failed', (row) => row.state === 'Failed');
    assert.match(missing.detail, /404/);
    await dashboard.screenshot('links_light');
    await dashboard.close();
  },

  async 'headers of its own are not taken along to another server'({ browser, pageUrl, bodies }) {
    const other = await serveBodies();
    const dashboard = await Dashboard.open(browser, pageUrl);
    const from = (name, to) => `${bodies.url}/bytes/0/${name}?to=${encodeURIComponent(to)}`;
    await dashboard.paste([
      `curl -H 'X-Api-Key: hunter2' '${from('marked.bin', `${other.url}/bytes/10/stolen.bin`)}'`,
      `curl -H 'X-Api-Key: hunter2' '${bodies.url}/bytes/20/direct.bin'`,
      `curl -H 'Accept-Language: de' '${from('plain.bin', `${other.url}/bytes/30/fetched.bin`)}'`,
    ]);
    await dashboard.addCounted(3);
    const marked = await dashboard.until('marked.bin', 'has failed', (row) => row.state === 'Failed');
    assert.match(marked.detail, /redirects/);
    assert.equal(other.requests('stolen.bin').length, 0, 'the other server is not asked');
    await dashboard.until('direct.bin', 'is done', (row) => row.state === 'Done');
    assert.equal(bodies.requests('direct.bin')[0].headers['x-api-key'], 'hunter2');
    await dashboard.until('plain.bin', 'is done', (row) => row.state === 'Done');
    assert.equal(other.requests('fetched.bin').length, 1, 'without secrets redirects are followed');
    await dashboard.close();
    other.close();
  },

  async 'a link that is saved becomes one of the downloads of the browser'({ browser, pageUrl, bodies }) {
    const dashboard = await Dashboard.open(browser, pageUrl);
    await dashboard.paste([`${bodies.url}/bytes/3000001/gr%C3%BC%C3%9Fe.txt`]);
    const [download] = await Promise.all([dashboard.page.waitForEvent('download'), dashboard.click('Add 1')]);
    assert.equal(download.suggestedFilename(), 'grüße.txt');
    const bytes = await readFile(await download.path());
    assert.equal(bytes.length, 3_000_001);
    assert.ok(bytes.subarray(0, CHUNK.length).equals(CHUNK), 'the bytes are those that were sent');
    const row = await dashboard.until('grüße.txt', 'is done', (candidate) => candidate.state === 'Done');
    assert.equal(row.received, 3_000_001);
    await dashboard.close();
  },

  async 'downloads go on in a hidden tab as fast as in one that is seen'({ browser, pageUrl, bodies }) {
    const COUNT = 60;
    const dashboard = await Dashboard.open(browser, pageUrl);
    // Half a second each, and six at once: five seconds together.
    await dashboard.paste(Array.from({ length: COUNT }, (_, i) => `${bodies.url}/bytes/5000/hidden_${i}.bin?rate=10000`));
    await dashboard.addCounted(COUNT);
    const isOurs = (entry) => entry.name.startsWith('hidden_');
    await until('the first is asked for', () => bodies.log.some(isOurs));
    await dashboard.hide();
    const begun = performance.now();
    const asked_before = bodies.log.filter(isOurs).length;
    assert.ok(asked_before < COUNT / 2, `${asked_before} were asked for before the tab was hidden`);
    const frames_before = (await dashboard.state()).frames;
    await until('all of them are done', async () => {
      const rows = (await dashboard.state()).rows.filter(isOurs);
      return rows.length === COUNT && rows.every((row) => row.state === 'Done');
    });
    const took_s = (performance.now() - begun) / 1000;
    // With a timer for each step of a job it would be more than a minute.
    assert.ok(took_s < 30, `${took_s} s`);
    assert.ok((await dashboard.state()).frames - frames_before < 10, 'a hidden tab paints nothing');
    assert.deepEqual(dashboard.consoleErrors, []);
    await dashboard.close();
    return `${COUNT - asked_before} of ${COUNT} took ${took_s.toFixed(1)} s in a hidden tab`;
  },

  async 'without a server the demo only takes time, and says so; then the page rests'({ browser, pageUrl, bodies }) {
    const before = bodies.log.length;
    const dashboard = await Dashboard.open(browser, pageUrl);
    const { rows } = await until('the demo has begun', async () => {
      const state = await dashboard.state();
      return state.rows.length === 3 && state;
    });
    for (const { name } of rows) {
      assert.match(name, /timed only/);
      await dashboard.until(name, 'is done', (row) => row.state === 'Done');
    }
    assert.equal(bodies.log.length, before);
    assert.deepEqual(dashboard.consoleErrors, []);
    await until('nothing is painted any more', async () => {
      const { frames } = await dashboard.state();
      await pause(2000);
      return (await dashboard.state()).frames === frames;
    });
    await dashboard.screenshot('timed_dark');
    await dashboard.close();
  },

  async 'an address that names a server which cannot be one is explained'({ browser, pageUrl }) {
    const page = await browser.newPage();
    await page.goto(`${pageUrl}/?server=nonsense`);
    const panel = page.locator('#failure');
    await panel.waitFor();
    assert.match(await panel.innerText(), /\?server=/);
    await page.screenshot({ path: join(SCREENSHOTS, 'failure_light.png') });
    await page.close();
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

  ...listCases,
};

const browser = await startBrowser();
const pageServer = await servePage(join(REPOSITORY, 'dist'));
const wanted = process.argv[2] ?? '';
let ran = 0;
let failed = 0;
for (const [name, run] of Object.entries(cases)) {
  if (!name.includes(wanted)) continue;
  ran += 1;
  const started = performance.now();
  const bodies = await serveBodies();
  try {
    const figures = await run({ browser, pageUrl: pageServer.url, bodies });
    console.log(`ok   ${name} (${Math.round(performance.now() - started)} ms)${figures ? `\n     ${figures}` : ''}`);
  } catch (error) {
    failed += 1;
    console.error(`FAIL ${name}\n${error?.stack ?? error}`);
    for (const page of browser.contexts().flatMap((context) => context.pages())) {
      // One that has crashed has no picture.
      await page.screenshot({ path: join(SCREENSHOTS, `failed_${failed}.png`) }).catch(() => {});
      await page.close();
    }
  }
  bodies.close();
}
await browser.close();
pageServer.close();
console.log(failed ? `${failed} of ${ran} failed` : `all ${ran} passed`);
process.exitCode = failed || ran === 0 ? 1 : 0;
