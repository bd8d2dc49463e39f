// A trail is verified before one's eyes: by the browser, with the module of the npm package.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test, { after, before } from 'node:test';
import { DESKTOP, PHONE, axe, open, picture } from './support.mjs';

const ENTRIES = 7;
let house;
let key;
let session;
let entries;

async function grantex(method, path, body) {
  const response = await fetch(`${house.origin}/grantex/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: body && JSON.stringify(body),
  });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.json();
}

before(async () => {
  house = await open();
  key = (await grantex('POST', '/signup', { name: 'Travel Desk', mode: 'sandbox' })).apiKey;
  const { agentId } = await grantex('POST', '/agents', { name: 'Planner', scopes: ['calendar:read'] });
  const { code } = await grantex('POST', '/authorize', { agentId, principalId: 'user-7', scopes: ['calendar:read'] });
  const { grantId } = await grantex('POST', '/token', { code, agentId });
  for (let i = 0; i < ENTRIES; i++) {
    const metadata = { n: i / 7, 'über <i>alles</i>': [1e21, '\u2028\ud83d\ude00', { z: null, a: true }] };
    await grantex('POST', '/audit/log', { agentId, grantId, action: `calendar.read.${i}`, status: i === 3 ? 'blocked' : 'success', metadata });
  }
  ({ entries } = await grantex('GET', '/audit/entries'));
  ({ sessionToken: session } = await grantex('POST', '/principal-sessions', { principalId: 'user-7' }));
});
after(() => house?.stop());

const tags = (page) => page.locator('#trail .rows > li > div > .tag').allInnerTexts();
const word = (page) => page.locator('#trail > .word strong');

/** Gives the page a file, and waits until something has come of it. */
async function give(page, content) {
  const buffer = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  await page.setInputFiles('#file', { name: 'trail.json', mimeType: 'application/json', buffer });
  await page.locator('#trail[aria-busy=false]').waitFor();
}

for (const view of [
  { name: 'desktop', viewport: DESKTOP, scheme: 'light' },
  { name: 'phone', viewport: PHONE, scheme: 'dark' },
]) {
  test(`a developer's whole trail, then one that was tampered with, ${view.name}`, async () => {
    const { page, complaints, close } = await house.visitor(view);
    const inspect = async (name) => {
      assert.deepEqual(await axe(page), [], name);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= view.viewport.width, name);
      await picture(page, `audit-${name}-${view.name}`);
    };
    await page.goto('/audit');
    await inspect('empty');
    await page.fill('#key', key);
    await page.click('text=Show the trail');
    await page.getByText(`${ENTRIES} entries, each as it was written.`).waitFor();
    assert.deepEqual(await tags(page), Array(ENTRIES).fill('recomputed'));
    assert.ok((await page.locator('#trail .word').innerText()).includes(entries.at(-1).hash));
    await page.locator('#trail details summary').first().click();
    assert.ok((await page.locator('#trail pre').first().innerText()).includes('<i>alles</i>'));
    await inspect('whole');

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Save as a file')]);
    const saved = JSON.parse(fs.readFileSync(await download.path(), 'utf8'));
    assert.deepEqual(saved.entries, entries);
    await give(page, saved);
    assert.equal(await word(page).innerText(), `${ENTRIES} entries, each as it was written.`);

    saved.entries[4].principalId = 'user-8';
    await give(page, saved);
    assert.equal(await word(page).innerText(), `Broken at entry 5, ${entries[4].entryId}.`);
    assert.deepEqual(await tags(page), [...Array(4).fill('recomputed'), 'changed', 'after the break', 'after the break']);
    assert.match(await page.locator('#trail .rows > li').nth(4).innerText(), /Its hash is not that of what it says/);
    await inspect('changed');
    assert.deepEqual(complaints, []);
    await close();
  });
}

test('each way to tamper is shown at its entry', async () => {
  const { page, complaints, close } = await house.visitor();
  await page.goto('/audit');
  const broken = async (content, place, tag) => {
    await give(page, content);
    assert.match(await word(page).innerText(), new RegExp(`^Broken at entry ${place}\\b`));
    assert.equal((await tags(page))[place - 1], tag);
  };
  await broken(entries.toSpliced(2, 1), 3, 'does not follow');
  await broken(entries.toSpliced(3, 0, entries[1]), 4, 'does not follow');
  await broken([entries[0], entries[2], entries[1]], 2, 'does not follow');
  await broken(entries.with(1, { ...entries[1], metadata: {} }), 2, 'changed');
  await broken([entries[0], { ...entries[1], hash: undefined }], 2, 'no entry');
  await broken([entries[0], 7], 2, 'no entry');

  await give(page, { entries: entries.slice(2) });
  assert.equal(await word(page).innerText(), `${ENTRIES - 2} entries, each as it was written.`);
  assert.ok((await page.locator('#trail .word').innerText()).includes(`after the entry with the hash ${entries[1].hash}`));

  await give(page, JSON.stringify(entries).replace('"action":', '"action":"x","action":'));
  assert.match(await word(page).innerText(), /not JSON with one meaning only/);
  await give(page, '{"items":[]}');
  assert.match(await word(page).innerText(), /neither a list of entries/);
  await give(page, []);
  assert.equal(await word(page).innerText(), 'There is no entry.');
  assert.deepEqual(complaints, []);
  await close();
});

test('a long trail is verified page by page, and broken where the server lies', async () => {
  const { page, complaints, close } = await house.visitor();
  let lie = (text) => text;
  await page.route('**/audit/entries?*', async (route) => {
    const answer = await route.fetch({ url: route.request().url().replace(/pageSize=\d+/, 'pageSize=3') });
    await route.fulfill({ response: answer, body: lie(await answer.text()) });
  });
  await page.goto('/audit');
  await page.fill('#key', key);
  await page.click('text=Show the trail');
  await page.getByText(`${ENTRIES} entries, each as it was written.`).waitFor();
  assert.deepEqual(await tags(page), Array(ENTRIES).fill('recomputed'));
  lie = (text) => text.replace('calendar.read.5', 'calendar.read.6');
  await page.click('text=Show the trail');
  await page.getByText(`Broken at entry 6, ${entries[5].entryId}.`).waitFor();
  assert.deepEqual(await tags(page), [...Array(5).fill('recomputed'), 'changed', 'after the break']);
  assert.deepEqual(complaints, []);
  await close();
});

test('a principal sees their own entries recomputed', async () => {
  const { page, complaints, close } = await house.visitor();
  await page.goto(`/permissions#session=${session}`);
  await page.click('text=Verify it all');
  await page.getByText(`${ENTRIES} entries, each as it was written.`).waitFor();
  assert.ok(page.url().includes('/audit#session='));
  assert.deepEqual(await tags(page), Array(ENTRIES).fill('recomputed'));
  assert.deepEqual(complaints, []);
  await close();
});

test('a key that opens nothing is told', async () => {
  const { page, close } = await house.visitor();
  await page.goto('/audit');
  await page.fill('#key', `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`);
  await page.click('text=Show the trail');
  await page.getByText('That key or session opens no trail.').waitFor();
  await close();
});

test('with scripts off the trail is a plain list', async () => {
  const { page, close } = await house.visitor({ scripts: false });
  await page.goto('/audit');
  await page.fill('#key', key);
  assert.ok((await page.locator('main').innerText()).includes('Scripts are off'));
  await page.click('text=Show the trail');
  const text = await page.locator('main').innerText();
  assert.ok(text.includes('nothing of it was recomputed'));
  for (const { action, hash } of entries) assert.ok(text.includes(action) && text.includes(hash), action);
  assert.ok(!text.includes('recomputed\n'));
  assert.ok(!(await page.content()).includes(key), 'the key is not said back');
  assert.equal(await page.locator('#drop').isVisible(), false);
  await page.fill('#key', 'gx_live_nonsense');
  await page.click('text=Show the trail');
  assert.equal(await page.locator('#trail').count(), 0);
  await close();
});

// Blocked by a network, say: the list must not pass for a verified one.
test('where the module does not load, the list says that nothing was recomputed', async () => {
  const { page, close } = await house.visitor();
  await page.route('**/*.wasm*', (route) => route.abort());
  await page.goto('/audit');
  await page.fill('#key', key);
  await page.click('text=Show the trail');
  await page.getByText('nothing of it was recomputed').waitFor();
  await close();
});

test('WebAssembly is allowed on this page alone, and no other evaluation', async () => {
  const { page, close } = await house.visitor();
  const response = await page.goto('/audit');
  const policy = response.headers()['content-security-policy'];
  assert.ok(policy.includes("script-src 'self' 'wasm-unsafe-eval';"), policy);
  assert.ok(policy.includes("connect-src 'self';"), policy);
  assert.doesNotMatch(policy.replace("'wasm-unsafe-eval'", ''), /unsafe|\*|https:|data:/);
  // In a task of the page's own: what the test itself evaluates, no policy holds back.
  const refused = await page.evaluate(
    () =>
      new Promise((resolve) => {
        setTimeout(() => {
          try {
            resolve(globalThis.eval('1'));
          } catch (error) {
            resolve(error.name);
          }
        });
      }),
  );
  assert.equal(refused, 'EvalError');
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto('/permissions');
  assert.ok(!asked.some((url) => url.includes('.wasm')));
  await close();
});
