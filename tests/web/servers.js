// The two servers of the web test, both on 127.0.0.1: one for the page, one for what its jobs fetch.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const MIME_TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

function listen(server) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
}

/** Serves the files of a folder. */
export async function servePage(folder) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://page').pathname));
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    const found = await stat(file).catch(() => null);
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': MIME_TYPES[extname(file)] ?? 'application/octet-stream', 'content-length': found.size });
    createReadStream(file).pipe(response);
  });
  return { url: await listen(server), close: () => server.closeAllConnections() || server.close() };
}

/** What every body is made of, over and over. */
export const CHUNK = Buffer.alloc(64 * 1024, 'jobdeck ');

/**
 * Serves bodies of an exact length, with the addresses of the demo's own server, and keeps a log of what it handed to
 * its sockets.
 *
 * `/bytes/LENGTH/NAME` is a body; the query says how: `rate` in bytes per second (default: as fast as the browser
 * reads), `cors=no` to leave out the header that lets the page read the answer, `length=no` to announce no length,
 * `status`, `to` for a redirect.
 *
 * An entry of the log: `{ name, method, port, bytes, sent, finished, closed, headers, url }`; `port` is the browser's end of the
 * connection, `sent` the body bytes that the operating system has taken, `closed` whether the connection ended
 * before the body did.
 */
export async function serveBodies() {
  const log = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://bodies');
    const [, bytesText, name] = /^\/bytes\/(\d+)\/(.*)$/.exec(url.pathname) ?? [];
    if (bytesText === undefined) {
      response.writeHead(404, { 'access-control-allow-origin': '*' }).end();
      return;
    }
    if (request.method === 'OPTIONS') {
      // The browser's question whether the page may send headers of its own.
      response.writeHead(204, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*, authorization' }).end();
      return;
    }
    const query = url.searchParams;
    const bytes = Number(bytesText);
    const rate = Number(query.get('rate') ?? 0);
    const entry = {
      name, method: request.method, port: request.socket.remotePort, bytes, sent: 0, finished: false, closed: false,
      headers: request.headers, url: request.url,
    };
    log.push(entry);
    if (query.has('to')) {
      response.writeHead(302, { 'access-control-allow-origin': '*', location: query.get('to') }).end();
      return;
    }

    const headers = { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' };
    if (query.get('cors') !== 'no') headers['access-control-allow-origin'] = '*';
    if (query.get('length') !== 'no') headers['content-length'] = bytes;
    response.writeHead(Number(query.get('status') ?? 200), headers);
    response.on('close', () => { entry.closed = !entry.finished; });
    if (request.method === 'HEAD') {
      entry.finished = true;
      response.end();
      return;
    }

    const started = performance.now();
    while (entry.sent < bytes && !entry.closed) {
      const size = Math.min(CHUNK.length, bytes - entry.sent);
      const due = rate > 0 ? started + ((entry.sent + size) / rate) * 1000 : 0;
      const wait = due - performance.now();
      if (wait > 0) await pause(wait);
      // The callback comes when the operating system has taken it: so `sent` does not count what waits in here.
      const failed = await new Promise((resolve) => response.write(CHUNK.subarray(0, size), (error) => resolve(error)));
      if (failed) break;
      entry.sent += size;
    }
    if (entry.sent === bytes) {
      entry.finished = true;
      response.end();
    }
  });
  return {
    url: await listen(server),
    log,
    /** The log of one name, oldest first. */
    requests: (name) => log.filter((entry) => entry.name === name),
    close: () => server.closeAllConnections() || server.close(),
  };
}
