// A principal decides on an agent's request for a grant.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { DESKTOP, PHONE, axe, enlarge, localProgram, open, picture } from './support.mjs';

let house;
let key;
let agent;

const grantex = async (path, body) => {
  const response = await fetch(`${house.origin}/grantex/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.json();
};

before(async () => {
  house = await open();
  key = (await grantex('/signup', { name: 'Travel Desk' })).apiKey;
  agent = await grantex('/agents', {
    name: 'Planner',
    description: 'Books <i>what</i> you ask it to book.',
    scopes: ['calendar:read', 'payments:initiate:max_100'],
  });
});
after(() => house?.stop());

const ask = (more) =>
  grantex('/authorize', {
    agentId: agent.agentId,
    principalId: 'user-7',
    scopes: ['calendar:read', 'payments:initiate:max_100', 'a:scope:of:their:own'],
    ...more,
  });

for (const view of [
  { name: 'desktop', viewport: DESKTOP, scheme: 'light' },
  { name: 'phone', viewport: PHONE, scheme: 'dark' },
]) {
  test(`the decision is shown whole, ${view.name}`, async () => {
    const { page, complaints, close } = await house.visitor(view);
    await page.goto((await ask({ redirectUri: 'https://travel.example/cb?x=1' })).consentUrl);
    const text = await page.locator('main').innerText();
    for (const part of [
      'Planner',
      'Travel Desk',
      'Books <i>what</i> you ask',
      'user-7',
      'calendar:read',
      'payments:initiate:max_100',
      'a:scope:of:their:own',
      'https://travel.example',
    ]) {
      assert.ok(text.includes(part), part);
    }
    assert.deepEqual(await axe(page), []);
    assert.equal(await page.locator('h1').count(), 1);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= view.viewport.width);
    await picture(page, `consent-${view.name}`);
    await enlarge(page, 'consent');
    await page.goto('/permissions');
    assert.deepEqual(await axe(page), []);
    assert.deepEqual(complaints, []);
    await close();
  });
}

for (const scripts of [true, false]) {
  for (const [button, parameter] of [
    ['Approve', 'code'],
    ['Deny', 'error'],
  ]) {
    test(`${button}, with scripts ${scripts ? 'on' : 'off'}`, async () => {
      const { page, close } = await house.visitor({ scripts });
      const program = await localProgram();
      const { consentUrl } = await ask({ redirectUri: `${program.redirect}/cb?kept=1`, state: 's&t' });
      await page.goto(consentUrl);
      await page.click(`main button:has-text("${button}")`);
      const url = await program.first;
      program.close();
      assert.deepEqual([...url.searchParams.keys()], ['kept', parameter, 'state']);
      assert.equal(url.searchParams.get('state'), 's&t');
      const again = await page.goto(consentUrl);
      assert.equal(again.status(), 200);
      await page.getByText('This request is over').waitFor();
      await close();
    });
  }
}

test('without an address to go on to, the page says how it ended', async () => {
  const { page, close } = await house.visitor();
  await page.goto((await ask()).consentUrl);
  await page.click('main button:has-text("Deny")');
  await page.getByRole('heading', { name: 'Denied' }).waitFor();
  await close();
});
