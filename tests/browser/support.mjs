// A Worker, a Chromium, and a person at its keyboard.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startWorker } from '../support/workerd.mjs';

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENSHOTS = fileURLToPath(new URL('./screenshots/', import.meta.url));
const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };
export const PASSWORD = 'seven quiet herons';

/** A Worker and a browser; `stop` ends both. */
export async function open() {
  const executablePath = PLACES.find((place) => place && fs.existsSync(place));
  assert.ok(executablePath, 'no Chromium: install one, or say where it is in CHROMIUM');
  // `edge-test` is the same site, quicker to build.
  const worker = await startWorker({ variant: process.env.WORKER_VARIANT ?? 'worker' });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  return {
    origin: worker.origin,
    worker,
    browser,
    visitor: (options) => visitor(browser, worker.origin, options),
    async stop() {
      await browser.close();
      await worker.stop();
    },
  };
}

/** A person with a browser of their own: no cookie is shared with another's. */
async function visitor(browser, origin, { scripts = true, viewport = DESKTOP, scheme = 'light' } = {}) {
  const context = await browser.newContext({
    baseURL: origin,
    javaScriptEnabled: scripts,
    viewport,
    colorScheme: scheme,
  });
  const page = await context.newPage();
  const complaints = [];
  // What the browser says of a 4xx that a test provokes is no complaint.
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { context, page, complaints, close: () => context.close() };
}

let count = 0;
/** Somebody who has just signed up, on their dashboard. */
export async function signUp({ page }, name = `ada-${process.pid}-${++count}`) {
  await page.goto('/sign-up');
  await page.fill('#username', name);
  await page.fill('#name', 'Ada Lovelace');
  await page.fill('#email', `${name}@example.com`);
  await page.fill('#password', PASSWORD);
  await page.click('main button.main');
  await page.waitForURL('**/dashboard');
  return name;
}

/** A program's call of the account API. */
export async function api(origin, method, at, { token, body } = {}) {
  const response = await fetch(origin + at, {
    method,
    headers: {
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** A program that waits for its session: it takes one request, whichever comes first. */
export async function localProgram() {
  const server = http.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const first = new Promise((resolve) => {
    server.on('request', (request, response) => {
      response.end('<!doctype html><title>Done</title>');
      resolve(new URL(request.url, 'http://127.0.0.1'));
    });
  });
  return { redirect: `http://127.0.0.1:${server.address().port}`, first, close: () => server.close() };
}

/** What axe finds, of any weight; empty is what every page has to be. */
export async function axe(page) {
  // Not as a script element: the page's policy would, rightly, refuse it.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  return violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map((node) => node.html).join(' | ')}`);
}

/** Doubles the page's text: nothing may leave the window, nor axe find anything. */
export async function enlarge(page, name) {
  const { content, window } = await page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
    return { content: document.documentElement.scrollWidth, window: innerWidth };
  });
  assert.ok(content <= window, `${name} with large text is ${content} wide in a window of ${window}`);
  assert.deepEqual(await axe(page), [], name);
}

/** A picture to look at; the folder is not kept in git. */
export async function picture(page, name) {
  fs.mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
