// What a page keeps of its list: over a reload, a closed tab and a crash, and between two tabs.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Dashboard, until } from './support.js';

const KIB = 1024;
/** A build without optimisation takes so much longer than a release. */
const SLACK = 4;

/** All that is in the page's database: `{ rows, secrets, activity, meta }`, each a list of `[key, value]`. */
function dump(page) {
  return page.evaluate(() => new Promise((resolve, reject) => {
    const request = indexedDB.open('jobdeck');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      const names = Array.from(database.objectStoreNames);
      const transaction = database.transaction(names);
      const found = names.map((name) => {
        const store = transaction.objectStore(name);
        return [name, store.getAllKeys(), store.getAll()];
      });
      transaction.oncomplete = () => {
        database.close();
        resolve(Object.fromEntries(found.map(([name, keys, values]) =>
          [name, keys.result.map((key, index) => [key, values.result[index]])])));
      };
      transaction.onabort = () => reject(transaction.error);
    };
  }));
}

/** Waits until all that changed is stored. */
async function isStored(dashboard) {
  await until('all is stored', async () => {
    const list = await dashboard.list();
    return list.is_kept && list.waiting === 0 && list.written > 0;
  });
  // What was taken to be written is counted as waiting no more.
  await pause(300);
}

/** Waits until the rows of the last page are there. */
function isRestored(dashboard) {
  return until('the list is read', async () => !(await dashboard.list()).is_restoring);
}

/** Three downloads under way that take half a minute. */
async function addSlow(dashboard, bodies, prefix) {
  const names = [0, 1, 2].map((number) => `${prefix}_${number}.bin`);
  await dashboard.paste(names.map((name) => `${bodies.url}/bytes/${3000 * KIB}/${name}?rate=${100 * KIB}`));
  await dashboard.addCounted(3);
  for (const name of names) {
    await dashboard.until(name, 'downloads', (row) => row.received > 0);
  }
  await isStored(dashboard);
  return names;
}

/** They are there again, go on from the start, and the page says so. */
async function goesOn(dashboard, bodies, names) {
  await isRestored(dashboard);
  for (const name of names) {
    await dashboard.until(name, 'goes on', (row) => row.state === 'Downloading' && row.received > 0);
    assert.equal(bodies.requests(name).length, 2, 'it is asked for again');
    assert.equal(bodies.requests(name)[1].headers.range, undefined, 'and from the start');
  }
  const { rows } = await dashboard.state();
  assert.equal(rows.length, names.length, 'no row is there twice, and none is the demo’s');
  await dashboard.control('3 unfinished downloads · going on · from the start, a page does not keep their bytes yet', 'Status');
}

/** The sentence of the strip above the table. */
async function strip(dashboard, words) {
  return until(`the strip says ${words}`, async () => {
    const { controls } = await dashboard.state();
    return controls.find((control) => control.role === 'Status' && words.test(control.name))?.name;
  });
}

const profile = (browser) => browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'dark' });

/** Removes all rows, by the keyboard. */
async function removeAll(dashboard) {
  await until('all rows are removed', async () => {
    await dashboard.page.keyboard.press('Control+a');
    // What is selected can be removed in the next frame; a page that has just begun takes no keys yet.
    await pause(300);
    await dashboard.page.keyboard.press('Delete');
    await pause(300);
    return (await dashboard.state()).rows.length === 0;
  });
}

/** Adds so many links with secrets, paused. */
async function addPaused(dashboard, bodies, count) {
  await dashboard.paste(Array.from({ length: count }, (_, i) => `${bodies.url}/bytes/10/row_${i}.bin?token=secret${i}`));
  await dashboard.click('Measure only, save nothing', 'CheckBox');
  await dashboard.click('Add paused');
}

/** A page without the rows of the demo: those are removed, and do not come back. */
async function withoutDemo(context, url) {
  const dashboard = await Dashboard.openIn(context, url);
  await until('the demo has begun', async () => (await dashboard.state()).rows.length === 3);
  await removeAll(dashboard);
  return dashboard;
}

export const listCases = {
  async 'a reload in the middle of three downloads: they are there and go on'({ browser, pageUrl, bodies }) {
    const context = await profile(browser);
    const dashboard = await withoutDemo(context, pageUrl);
    const names = await addSlow(dashboard, bodies, 'reloaded');
    await dashboard.reload();
    await goesOn(dashboard, bodies, names);
    await dashboard.screenshot('goes_on_dark');
    assert.deepEqual(dashboard.consoleErrors, []);
    await context.close();
  },

  async 'a closed page that is opened again has its list'({ browser, pageUrl, bodies }) {
    const context = await profile(browser);
    const before = await withoutDemo(context, pageUrl);
    const names = await addSlow(before, bodies, 'reopened');
    await before.close();
    const dashboard = await Dashboard.openIn(context, pageUrl);
    await goesOn(dashboard, bodies, names);
    await removeAll(dashboard);
    await isStored(dashboard);
    // What can still be taken back is kept, and can still be taken back.
    await dashboard.reload();
    await isRestored(dashboard);
    assert.equal((await dashboard.state()).rows.length, 0);
    await dashboard.click('Undo');
    // All that was removed lately is one step after a reload: the demo's rows come with them.
    await until('they are back', async () => {
      const back = (await dashboard.state()).rows.map((row) => row.name);
      return names.every((name) => back.includes(name));
    });
    assert.deepEqual(dashboard.consoleErrors, []);
    await context.close();
  },

  async 'a page whose renderer is killed has its list when it is opened again'({ browser, pageUrl, bodies }) {
    const context = await profile(browser);
    const before = await withoutDemo(context, pageUrl);
    const names = await addSlow(before, bodies, 'crashed');
    const crashed = before.page.waitForEvent('crash');
    const session = await context.newCDPSession(before.page);
    session.send('Page.crash').catch(() => {});
    await crashed;
    const dashboard = await Dashboard.openIn(context, pageUrl);
    await goesOn(dashboard, bodies, names);
    assert.deepEqual(dashboard.consoleErrors, []);
    await context.close();
  },

  async 'ten thousand rows are stored and restored without holding the page up'({ browser, pageUrl, bodies }) {
    const COUNT = 10_000;
    const context = await profile(browser);
    await context.addInitScript(() => {
      window.timeZonesRead = 0;
      const { DateTimeFormat } = Intl;
      Intl.DateTimeFormat = new Proxy(DateTimeFormat, {
        construct(target, args) { window.timeZonesRead += 1; return new target(...args); },
        apply(target, self, args) { window.timeZonesRead += 1; return target.apply(self, args); },
      });
    });
    const dashboard = await withoutDemo(context, pageUrl);
    await addPaused(dashboard, bodies, COUNT);
    const begun = performance.now();
    const stored = await until('all are stored', async () => {
      const list = await dashboard.list();
      return list.written >= COUNT && list.waiting === 0 && list;
    }, 300_000);
    const stored_s = (performance.now() - begun) / 1000;
    await pause(500);
    const reopened = performance.now();
    await dashboard.reload({ observe: true });
    const first_s = (performance.now() - reopened) / 1000;
    const restored = await until('all are restored', async () => {
      const list = await dashboard.list();
      return !list.is_restoring && list.restored >= COUNT && list;
    }, 300_000);
    const restored_s = (performance.now() - reopened) / 1000;
    const longTasks = await dashboard.page.evaluate(() => window.longTasks.map(Math.round));
    const { rows } = await dashboard.state();
    assert.equal(rows.length, COUNT);
    // To ask the browser for it once for each row takes longer than all the rest.
    const timeZonesRead = await dashboard.page.evaluate(() => window.timeZonesRead);
    assert.ok(timeZonesRead > 0 && timeZonesRead < COUNT / 100, `the time zone was read ${timeZonesRead} times`);
    const own = (list) => Math.max(list.longest_write_ms, list.longest_restore_ms);
    // The bounds are for a build without optimisation on a busy machine.
    assert.ok(own(stored) < 50 * SLACK, JSON.stringify(stored));
    assert.ok(own(restored) < 50 * SLACK, JSON.stringify(restored));
    await context.close();
    const figures = (list) => `write ${list.longest_write_ms}, restore ${list.longest_restore_ms}, tick ${list.longest_tick_ms}, frame without painting ${list.longest_frame_ms}`;
    return `stored in ${stored_s.toFixed(1)} s (${stored.transactions} transactions), reopened in ${first_s.toFixed(1)} s, all restored after ${restored_s.toFixed(1)} s\n`
      + `     longest ms while storing: ${figures(stored)}; while restoring: ${figures(restored)}\n`
      + `     tasks of the browser above 50 ms while restoring, painting by software included: ${longTasks.join(', ') || 'none'}`;
  },

  async 'a page that is left while it adds links asks first, and has those that were stored'({ browser, pageUrl, bodies }) {
    const context = await profile(browser);
    const dashboard = await withoutDemo(context, pageUrl);
    await isStored(dashboard);
    const { written } = await dashboard.list();
    const asked = [];
    dashboard.page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      dialog.accept();
    });
    await addPaused(dashboard, bodies, 20_000);
    const left = dashboard.page.waitForEvent('load');
    await dashboard.page.evaluate(() => {
      const look = () => {
        const list = JSON.parse(window.jobdeck_list());
        if (list.written < 1_000) return setTimeout(look);
        sessionStorage.written = list.written;
        location.reload();
      };
      look();
    });
    await left;
    await dashboard.started();
    await isRestored(dashboard);
    assert.deepEqual(asked, ['beforeunload']);
    const stored = Number(await dashboard.page.evaluate(() => sessionStorage.written)) - written;
    const { rows } = await dashboard.state();
    assert.ok(rows.length >= stored, `${stored} rows were stored, ${rows.length} are there`);
    assert.equal(new Set(rows.map((row) => row.name)).size, rows.length);
    // Nothing is on its way any more.
    await isStored(dashboard);
    await dashboard.reload();
    await isRestored(dashboard);
    assert.deepEqual(asked, ['beforeunload']);
    assert.equal((await dashboard.state()).rows.length, rows.length);
    assert.deepEqual(dashboard.consoleErrors, []);
    await context.close();
    return `left with ${stored} of 20000 stored, ${rows.length} came back`;
  },

  async 'a slow page adds and stores very many links in small parts'({ browser, pageUrl, bodies }) {
    const COUNT = 3_000;
    const context = await profile(browser);
    // Slow by its own clock, so that it is on every machine: a millisecond passes between two looks.
    await context.addInitScript(() => {
      const now = performance.now.bind(performance);
      let looks = 0;
      performance.now = () => {
        looks += 1;
        return now() + looks;
      };
    });
    const dashboard = await withoutDemo(context, pageUrl);
    await addPaused(dashboard, bodies, COUNT);
    const list = await until('all are stored', async () => {
      const { written, waiting, ...parts } = await dashboard.list();
      return written >= COUNT && waiting === 0 && parts;
    });
    // Without a look at the clock each would be 1,000.
    assert.ok(list.most_added > 0 && list.most_added <= 100, JSON.stringify(list));
    assert.ok(list.most_recorded > 0 && list.most_recorded <= 100, JSON.stringify(list));
    await until('all are shown', async () => (await dashboard.state()).rows.length === COUNT);
    assert.deepEqual(dashboard.consoleErrors, []);
    await context.close();
    return `at most ${list.most_added} rows added and ${list.most_recorded} recorded in a tick`;
  },

  async 'of two tabs one has the list, and the other can take it'({ browser, pageUrl, bodies }) {
    const context = await profile(browser);
    const first = await withoutDemo(context, pageUrl);
    const names = await addSlow(first, bodies, 'shared');
    const second = await Dashboard.openIn(context, pageUrl);
    await strip(second, /Another tab has the list/);
    assert.equal((await second.state()).rows.length, 0);
    // What is added meanwhile comes behind the rows of the list.
    await second.paste([`${bodies.url}/bytes/70/mine.bin`]);
    await second.addCounted(1);
    await second.until('mine.bin', 'is done', (row) => row.state === 'Done');
    await second.screenshot('another_tab_dark');
    await second.click('Use it here');
    await strip(first, /used in another tab now/);
    for (const name of names) {
      await first.until(name, 'has ended', (row) => row.state === 'Interrupted');
    }
    await until('the second has the list', async () => (await second.stateIfAny())?.rows.length === 4);
    for (const name of names) {
      await second.until(name, 'goes on', (row) => row.state === 'Downloading' && row.received > 0);
      await until('the connection of the first is closed', () => bodies.requests(name)[0].closed);
      assert.equal(bodies.requests(name).length, 2, 'nothing runs twice');
    }
    const mine = await second.row('mine.bin');
    assert.equal(mine.state, 'Done');
    assert.equal(bodies.requests('mine.bin').length, 1);
    assert.ok((await second.list()).is_kept);
    assert.ok(!(await first.list()).is_kept);
    const stored = (await dump(second.page)).rows.filter(([, row]) => row.listed === 0).map(([id]) => id);
    assert.deepEqual(stored, (await second.state()).rows.map((row) => row.id).sort((a, b) => a - b));
    // And back again.
    await first.click('Use it here');
    await strip(second, /used in another tab now/);
    await until('the first has the list', async () => (await first.stateIfAny())?.rows.length === 4);
    assert.deepEqual([...first.consoleErrors, ...second.consoleErrors], []);
    await context.close();
  },

  async 'a tab that does not answer loses the list, and writes nothing more'({ browser, pageUrl, bodies }) {
    const context = await profile(browser);
    const first = await withoutDemo(context, pageUrl);
    await addSlow(first, bodies, 'silent');
    const second = await Dashboard.openIn(context, pageUrl);
    // Busy until after the other one takes the list by force.
    const busy = first.page.evaluate(() => {
      const end = performance.now() + 9000;
      while (performance.now() < end);
    });
    await second.click('Use it here');
    await until('the second has the list', async () => (await second.stateIfAny())?.rows.length === 3);
    await busy;
    await strip(first, /used in another tab now/);
    assert.ok(!(await first.list()).is_kept);
    await isStored(second);
    const owners = new Set();
    for (let look = 0; look < 5; look += 1) {
      owners.add(Object.fromEntries((await dump(second.page)).meta).owner);
      await pause(300);
    }
    assert.equal(owners.size, 1);
    await context.close();
  },

  async 'a secret of a link is in the secrets alone, and comes back'({ browser, pageUrl, bodies }) {
    const context = await profile(browser);
    const dashboard = await withoutDemo(context, pageUrl);
    const secret = 'hunter2hunter2';
    await dashboard.paste([
      `${bodies.url}/bytes/${3000 * KIB}/secret.bin?rate=${50 * KIB}&token=${secret}`,
      `curl -H 'X-Api-Key: ${secret}' '${bodies.url}/bytes/${3000 * KIB}/marked.bin?rate=${50 * KIB}'`,
    ]);
    await dashboard.addCounted(2);
    await dashboard.until('secret.bin', 'downloads', (row) => row.received > 0);
    await dashboard.until('marked.bin', 'downloads', (row) => row.received > 0);
    await isStored(dashboard);
    const { secrets, ...others } = await dump(dashboard.page);
    assert.equal(secrets.length, 2);
    for (const [, value] of secrets) assert.ok(JSON.stringify(value).includes(secret));
    assert.deepEqual(Object.keys(others).sort(), ['activity', 'meta', 'rows']);
    assert.ok(others.rows.length >= 2 && others.activity.length > 0);
    assert.ok(!JSON.stringify(others).includes(secret), 'nowhere else');
    assert.ok(!JSON.stringify(await dashboard.page.evaluate(() => ({ ...localStorage }))).includes(secret));
    await dashboard.reload();
    await until('both are asked for again', () =>
      ['secret.bin', 'marked.bin'].every((name) => bodies.requests(name).length === 2));
    assert.equal(bodies.requests('marked.bin')[1].headers['x-api-key'], secret);
    assert.ok(bodies.requests('secret.bin')[1].url.includes(secret));
    await context.close();
  },

  async 'a list of a newer version is refused in a sentence and not touched'({ browser, pageUrl }) {
    const context = await profile(browser);
    const page = await context.newPage();
    await page.goto(`${pageUrl}/icon.svg`);
    await page.evaluate(() => new Promise((resolve, reject) => {
      const request = indexedDB.open('jobdeck', 7);
      request.onupgradeneeded = () => request.result.createObjectStore('rows').put({ record: 'of tomorrow' }, 1);
      request.onsuccess = () => { request.result.close(); resolve(); };
      request.onerror = () => reject(request.error);
    }));
    await page.close();
    const dashboard = await Dashboard.openIn(context, pageUrl);
    await strip(dashboard, /newer jobdeck/);
    assert.ok(!(await dashboard.list()).is_kept);
    const { rows } = await dump(dashboard.page);
    assert.deepEqual(rows, [[1, { record: 'of tomorrow' }]]);
    assert.deepEqual(dashboard.consoleErrors, []);
    await context.close();
  },

  async 'records that cannot be read are kept and counted'({ browser, pageUrl, bodies }) {
    const context = await profile(browser);
    const before = await withoutDemo(context, pageUrl);
    const names = await addSlow(before, bodies, 'odd');
    await before.close();
    const page = await context.newPage();
    await page.goto(`${pageUrl}/icon.svg`);
    const odd = await page.evaluate(() => new Promise((resolve) => {
      const request = indexedDB.open('jobdeck');
      request.onsuccess = () => {
        const transaction = request.result.transaction('rows', 'readwrite');
        const cursor = transaction.objectStore('rows').index('order').openCursor();
        let changed;
        cursor.onsuccess = () => {
          if (changed) return;
          changed = cursor.result.primaryKey;
          cursor.result.update({ ...cursor.result.value, version: 2 });
        };
        transaction.oncomplete = () => { request.result.close(); resolve(changed); };
      };
    }));
    await page.close();
    const dashboard = await Dashboard.openIn(context, pageUrl);
    await strip(dashboard, /1 job of the list cannot be read by this version\. They are kept\./);
    await until('the others are there', async () => (await dashboard.state()).rows.length === names.length - 1);
    await isStored(dashboard);
    const kept = Object.fromEntries((await dump(dashboard.page)).rows)[odd];
    assert.equal(kept.version, 2);
    await context.close();
  },

  async 'without locks the page says once that it keeps nothing, and goes on'({ browser, pageUrl }) {
    const context = await profile(browser);
    await context.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
    const dashboard = await Dashboard.openIn(context, pageUrl);
    await strip(dashboard, /not kept/);
    assert.equal((await dashboard.state()).rows.length, 3, 'the demo runs');
    await dashboard.click('Close the notice');
    await until('it is closed', async () => !(await dashboard.state()).controls.some((control) => /not kept/.test(control.name)));
    await context.close();
  },

  async 'a write that fails is said and tried again'({ browser, pageUrl, bodies }) {
    const context = await profile(browser);
    const dashboard = await withoutDemo(context, pageUrl);
    await isStored(dashboard);
    await dashboard.page.evaluate(() => {
      const { put } = IDBObjectStore.prototype;
      window.putAgain = () => { IDBObjectStore.prototype.put = put; };
      IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError'); };
    });
    await dashboard.paste([`${bodies.url}/bytes/33/unsaved.bin`]);
    await dashboard.addCounted(1);
    // It is shown and runs all the same.
    await dashboard.until('unsaved.bin', 'is done', (row) => row.state === 'Done');
    await strip(dashboard, /no more room/);
    await dashboard.screenshot('not_kept_dark');
    await dashboard.page.evaluate(() => window.putAgain());
    await until('it is kept again', async () => (await dashboard.list()).is_kept);
    await isStored(dashboard);
    await dashboard.reload();
    await isRestored(dashboard);
    await dashboard.until('unsaved.bin', 'is there', (row) => row.state === 'Done');
    assert.equal(bodies.requests('unsaved.bin').length, 1);
    await context.close();
  },
};
