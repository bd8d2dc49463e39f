#!/usr/bin/env node
// A person at a browser: opens a page in headless Chromium, reads it, signs in where it asks
// for that, and presses the button.
//
//   person.mjs login URL [deny]                lets in the program that waits at the loopback
//   person.mjs device URL CODE approve|deny    types what an agent shows
//   person.mjs consent URL approve|deny        answers what an agent asks for
//
// Who they are is in PERSON_USERNAME and PERSON_PASSWORD. Prints one JSON object: `url`, where
// the browser is at the end; `text`, what the page on which they decided said; and `headings`.
// A page that runs into an error, or loads what its policy refuses, fails the task.
import fs from 'node:fs';
import { chromium } from 'playwright-core';

const BINARIES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** More pages than any of these tasks has. */
const MOST_PAGES = 8;

const [task, url, ...words] = process.argv.slice(2);
const decision = { login: words[0] ?? 'allow', device: words[1], consent: words[0] }[task];
const BUTTONS = {
  allow: /^(allow|sign in and allow)$/i,
  approve: /^approve$/i,
  deny: /^deny$/i,
};
const button = BUTTONS[decision];
if (!url || !button) {
  console.error('person: login URL [deny] | device URL CODE approve|deny | consent URL approve|deny');
  process.exit(2);
}

const executablePath = process.env.CHROMIUM ?? BINARIES.find((binary) => fs.existsSync(binary));
if (!executablePath) {
  console.error('person: no Chromium (Debian: apt-get install chromium), or name it with CHROMIUM=…');
  process.exit(2);
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const complaints = [];
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text());
  });
  const headings = [];
  let text;
  await page.goto(url);
  for (let pages = 0; text === undefined; pages++) {
    if (pages === MOST_PAGES) throw new Error(`nothing to ${decision} at ${page.url()}: ${headings.join(' > ')}`);
    headings.push(((await page.locator('h1').first().textContent()) ?? '').trim());
    const field = (name) => page.locator(`main input[name="${name}"]:visible`);
    const signIn = page.getByRole('main').getByRole('link', { name: 'Sign in', exact: true });
    const main = page.locator('main .button.main:visible').first();
    const decides = page.getByRole('button', { name: button });
    // The loopback's page has both: the way out needs no password.
    if ((await field('password').count()) && !(task === 'login' && decision === 'deny')) {
      await field('username').fill(process.env.PERSON_USERNAME);
      await field('password').fill(process.env.PERSON_PASSWORD);
      if (decision === 'allow') text = await page.locator('main').innerText();
      await Promise.all([page.waitForNavigation(), main.click()]);
    } else if (await decides.count()) {
      text = await page.locator('main').innerText();
      await Promise.all([page.waitForNavigation(), decides.click()]);
    } else if (await field('code').count()) {
      await field('code').fill(words[0]);
      await Promise.all([page.waitForNavigation(), main.click()]);
    } else if (await signIn.count()) {
      await Promise.all([page.waitForNavigation(), signIn.click()]);
    } else {
      throw new Error(`nothing to ${decision} at ${page.url()}: ${await page.locator('main').innerText()}`);
    }
  }
  if (complaints.length) throw new Error(complaints.join('\n'));
  process.stdout.write(`${JSON.stringify({ url: page.url(), text, headings })}\n`);
} catch (error) {
  console.error(`person: ${[error.message, ...complaints].join('\n')}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
