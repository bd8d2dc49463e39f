// Each page, on a desktop in light and on a phone in dark: nothing that axe finds, nothing
// wider than its window, no word from the browser about a broken policy.
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { DESKTOP, PHONE, api, axe, enlarge, open, picture, signUp } from './support.mjs';

let house;
before(async () => {
  house = await open();
});
after(() => house?.stop());

const VIEWS = [
  { name: 'desktop', viewport: DESKTOP, scheme: 'light' },
  { name: 'phone', viewport: PHONE, scheme: 'dark' },
];

const STRANGERS = {
  home: '/',
  'sign-up': '/sign-up',
  'sign-in': '/sign-in',
  'sign-in-device': '/sign-in?next=/device',
  link: '/sign-in/link',
  loopback: '/auth?redirect=http://127.0.0.1:8400',
  'loopback-refused': '/auth?redirect=http://127.0.0.1@evil.example:80',
  mail: '/dev/mail',
  'not-found': '/nothing/here',
};

const OWNERS = {
  dashboard: '/dashboard',
  'dashboard-password': '/dashboard/password',
  'dashboard-keys': '/dashboard/keys',
  'dashboard-permissions': '/dashboard/permissions',
  'dashboard-agents': '/dashboard/agents',
  'dashboard-sessions': '/dashboard/sessions',
  'dashboard-codes': '/dashboard/codes',
  'dashboard-log': '/dashboard/log',
  'device-enter': '/device',
  'loopback-confirm': '/auth?redirect=http://127.0.0.1:8400',
};

async function inspect(visitor, name) {
  const { page, complaints } = visitor;
  assert.deepEqual(await axe(page), [], name);
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: innerWidth,
  }));
  assert.ok(content <= window, `${name} is ${content} wide in a window of ${window}`);
  assert.equal(await page.locator('h1').count(), 1, `${name} has one first heading`);
  assert.deepEqual(complaints, [], name);
  await picture(page, name);
}

/** Somebody who owns a little of everything. */
async function furnished(visitor) {
  const { page } = visitor;
  await signUp(visitor);
  const [cookie] = (await visitor.context.cookies()).filter(({ name }) => name === '__Host-session');
  const token = cookie.value;
  const post = (path, body) => api(house.origin, 'POST', path, { token, body });
  const target = `bookshop-${token.slice(4, 12)}`;
  const { body: key } = await post('/dashboard/keys', { target, label: 'Shop backend', with_secret: true });
  await post('/dashboard/keys', { target, label: 'Warehouse', require_signature: true });
  await post('/dashboard/keys', { target, label: 'A label that is as long as a label may be, sixty-four letters' });
  await post('/dashboard/permissions', { target, permissions: ['read_orders', 'manage_wishlist'] });
  await post('/dashboard/permissions', { target: 'news-desk', permissions: ['a permission in words of its own'] });
  await api(house.origin, 'POST', '/sign-in', { body: { username: 'nobody', password: 'wrong password' } });
  const codes = `${house.origin}/anexus/api/v1/codes`;
  const json = { 'content-type': 'application/json' };
  const code = await fetch(`${codes}/generate`, {
    method: 'POST',
    headers: { ...json, 'x-session-token': token },
    body: JSON.stringify({ target }),
  }).then((answer) => answer.json());
  for (let round = 0; round < 2; round += 1) {
    await fetch(`${codes}/verify`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ code: code.code, api_key: key.api_key }),
    });
  }
  await fetch(`${codes}/generate`, {
    method: 'POST',
    headers: { ...json, 'x-session-token': token },
    body: JSON.stringify({ target: 'news-desk' }),
  });
  const device = await askAsDevice('Claude, on the machine in the cellar');
  await page.goto(`/device?code=${device.user_code}`);
  await page.click('text=Approve');
  const polled = await fetch(`${house.origin}/anexus/api/v1/device/poll`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ device_code: device.device_code }),
  }).then((answer) => answer.json());
  assert.equal(polled.status, 'authorized');
}

function askAsDevice(name) {
  return fetch(`${house.origin}/anexus/api/v1/device/authorize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  }).then((answer) => answer.json());
}

for (const view of VIEWS) {
  describe(`${view.name}, ${view.scheme}`, () => {
    for (const [name, path] of Object.entries(STRANGERS)) {
      test(name, async () => {
        const visitor = await house.visitor(view);
        await visitor.page.goto(path);
        await inspect(visitor, `${name}-${view.name}`);
        await visitor.close();
      });
    }

    test('what a form says back', async () => {
      const visitor = await house.visitor(view);
      const { page } = visitor;
      await page.goto('/sign-in');
      await page.fill('#username', 'nobody');
      await page.fill('#password', 'a wrong password');
      await page.click('main button.main');
      await page.getByRole('alert').waitFor();
      await inspect(visitor, `sign-in-wrong-${view.name}`);
      await page.goto('/sign-in/link');
      await page.fill('#username', 'nobody@example.com');
      await page.click('main button.main');
      await page.getByText('Look into your mail').waitFor();
      await inspect(visitor, `link-sent-${view.name}`);
      await visitor.close();
    });

    test("an owner's pages", async () => {
      const visitor = await house.visitor(view);
      const { page } = visitor;
      await furnished(visitor);
      for (const [name, path] of Object.entries(OWNERS)) {
        await page.goto(path);
        await inspect(visitor, `${name}-${view.name}`);
      }
      await page.goto('/dashboard/keys');
      await page.locator('details.act summary').first().click();
      await page.fill('#target', `other-${Date.now()}`);
      await page.check('[name=with_secret]');
      await inspect(visitor, `dashboard-keys-open-${view.name}`);
      await page.click('text=Make the key');
      await page.getByText('Copy it now').waitFor();
      await inspect(visitor, `key-created-${view.name}`);
      const device = await askAsDevice('An agent <b>with marks</b> in its name');
      await page.goto(`/device?code=${device.user_code}`);
      await inspect(visitor, `device-decide-${view.name}`);
      await visitor.close();
    });

    test('an owner with nothing yet', async () => {
      const visitor = await house.visitor(view);
      await signUp(visitor);
      for (const name of ['keys', 'permissions', 'agents', 'codes']) {
        await visitor.page.goto(`/dashboard/${name}`);
        await inspect(visitor, `empty-${name}-${view.name}`);
      }
      await visitor.close();
    });
  });
}

test('a phone in light and a desktop in dark differ in nothing but looks', async () => {
  for (const view of [
    { name: 'desktop-dark', viewport: DESKTOP, scheme: 'dark' },
    { name: 'phone-light', viewport: PHONE, scheme: 'light' },
  ]) {
    const visitor = await house.visitor(view);
    await visitor.page.goto('/');
    await inspect(visitor, `home-${view.name}`);
    await signUp(visitor);
    await inspect(visitor, `dashboard-${view.name}`);
    await visitor.close();
  }
});

test('a page is usable at four times its size', async () => {
  const visitor = await house.visitor({ viewport: { width: 320, height: 256 } });
  for (const path of ['/', '/sign-up', '/auth?redirect=http://127.0.0.1:8400']) {
    await visitor.page.goto(path);
    const width = await visitor.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 320, `${path} is ${width} wide`);
  }
  await visitor.close();
});

// WCAG 2.2, 1.4.4: what a person decides with must not leave a phone's window.
test('a page is usable on a small phone with its text at twice the size', async () => {
  const visitor = await house.visitor({ viewport: { width: 360, height: 740 } });
  const { page } = visitor;
  await furnished(visitor);
  const device = await askAsDevice('Claude, on the machine in the cellar');
  const decide = new URL(device.verification_uri_complete);
  for (const path of [...Object.values(STRANGERS), ...Object.values(OWNERS), decide.pathname + decide.search]) {
    await page.goto(path);
    await enlarge(page, path);
  }
  await visitor.close();
});

test('a page is small', async () => {
  const visitor = await house.visitor();
  let bytes = 0;
  visitor.page.on('response', async (response) => {
    bytes += (await response.body().catch(() => '')).length;
  });
  await visitor.page.goto('/', { waitUntil: 'networkidle' });
  assert.ok(bytes < 60_000, `${bytes} bytes before compression`);
  await visitor.close();
});

