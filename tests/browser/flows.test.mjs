// What people come for, as they do it: with scripts and without, in a browser that holds the
// pages to their policy.
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { PASSWORD, api, localProgram, open, signUp } from './support.mjs';

let house;
before(async () => {
  house = await open();
});
after(() => house?.stop());

const SESSION = /^ses_[0-9a-z]{16}[\w-]{43}$/;

const check = (token) =>
  fetch(`${house.origin}/anexus/api/v1/session/check`, { headers: { 'x-session-token': token } }).then(
    (answer) => answer.json(),
  );

const anexus = (path, body) =>
  fetch(`${house.origin}/anexus/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).then((answer) => answer.json());

async function signIn(page, name, password = PASSWORD) {
  await page.fill('#username', name);
  await page.fill('#password', password);
  await page.click('main button.main');
}

const sessionOf = async ({ context }) =>
  (await context.cookies()).find(({ name }) => name === '__Host-session');

for (const scripts of [true, false]) {
  describe(scripts ? 'with scripts' : 'with scripts off', () => {
    let visitor;
    let page;
    before(async () => {
      visitor = await house.visitor({ scripts });
      page = visitor.page;
    });
    after(async () => {
      assert.deepEqual(visitor.complaints, []);
      await visitor.close();
    });

    test('signing up, out, and in again', async () => {
      const name = await signUp(visitor);
      const cookie = await sessionOf(visitor);
      assert.match(cookie.value, SESSION);
      assert.ok(cookie.secure && cookie.httpOnly && cookie.sameSite === 'Lax' && cookie.path === '/');
      assert.equal(cookie.domain, new URL(house.origin).hostname);
      await page.click('text=Sign out');
      await page.waitForURL(`${house.origin}/`);
      assert.equal(await sessionOf(visitor), undefined);
      assert.equal((await check(cookie.value)).logged_in, false, 'the session itself is over');
      await page.goto('/dashboard/keys');
      assert.equal(new URL(page.url()).search, '?next=%2Fdashboard%2Fkeys');
      await signIn(page, name, 'not the password');
      assert.match(await page.getByRole('alert').textContent(), /wrong/);
      assert.equal(await page.inputValue('#username'), name, 'what was typed stays');
      assert.equal(await page.inputValue('#password'), '');
      await signIn(page, name);
      await page.waitForURL('**/dashboard/keys');
    });

    test('a name that is taken', async () => {
      const other = await house.visitor({ scripts });
      const name = await signUp(other);
      await other.context.clearCookies();
      await other.page.goto('/sign-up');
      await other.page.fill('#username', name);
      await other.page.fill('#email', `${name}-2@example.com`);
      await other.page.fill('#password', PASSWORD);
      await other.page.click('main button.main');
      assert.match(await other.page.getByRole('alert').textContent(), /taken/);
      assert.equal(await other.page.getAttribute('#username', 'aria-invalid'), 'true');
      await other.page.locator('#username:focus').waitFor();
      await other.page.fill('#username', `${name}-2`);
      await other.page.fill('#password', 'short');
      await other.page.evaluate(() => document.querySelector('main form').setAttribute('novalidate', ''));
      await other.page.click('main button.main');
      assert.match(await other.page.getByRole('alert').textContent(), /^Password has fewer than 10/);
      await other.page.locator('#password:focus').waitFor();
      await other.close();
    });

    test('signing in by a mailed link, once', async () => {
      const other = await house.visitor({ scripts });
      const name = await signUp(other);
      await other.context.clearCookies();
      await other.page.goto('/sign-in?next=/dashboard/log');
      await other.page.click('text=Mail me a link');
      await other.page.fill('#username', name);
      await other.page.click('main button.main');
      await other.page.getByText('Look into your mail').waitFor();
      await other.page.goto('/dev/mail');
      const link = await other.page
        .locator('article', { hasText: `${name}@example.com` })
        .locator('a.button')
        .getAttribute('href');
      await other.page.goto(link);
      await other.page.goto(link); // looking does not spend it
      // Nobody has shown yet that the address is theirs: the password of whoever made the account ends.
      await other.page.click('main button.main');
      await other.page.locator('#new_password:invalid').waitFor();
      await other.page.fill('#new_password', 'a better password');
      await other.page.click('main button.main');
      await other.page.waitForURL('**/dashboard/log');
      await other.page.goto(link);
      await other.page.getByText('This link is over').waitFor();
      await other.page.goto('/dashboard');
      await other.page.getByText('verified', { exact: true }).waitFor();
      await other.close();
    });

    test('a password is changed, and a forgotten one replaced by a mailed link', async () => {
      const other = await house.visitor({ scripts });
      const { page: its } = other;
      const name = await signUp(other);
      await its.click('text=Change it');
      await its.fill('#password', 'not the password');
      await its.fill('#new_password', 'a better password');
      await its.click('main button.main');
      assert.match(await its.getByRole('alert').textContent(), /present password is wrong/);
      await its.fill('#password', PASSWORD);
      await its.fill('#new_password', 'a better password');
      await its.click('main button.main');
      await its.getByRole('heading', { name: 'Your password is changed' }).waitFor();
      await its.click('text=Sign out');
      await its.goto('/sign-in/link');
      await its.fill('#username', name);
      await its.click('main button.main');
      await its.click('text=Show the mail');
      await its.locator('article', { hasText: `${name}@example.com` }).locator('a.button').click();
      await its.fill('#new_password', 'the best password');
      await its.click('main button.main');
      await its.waitForURL('**/dashboard');
      await its.click('text=Sign out');
      await its.goto('/sign-in');
      await signIn(its, name, 'the best password');
      await its.waitForURL('**/dashboard');
      assert.deepEqual(other.complaints, []);
      await other.close();
    });

    test('a local program gets its session by password', async () => {
      const other = await house.visitor({ scripts });
      const name = await signUp(other);
      await other.context.clearCookies();
      const program = await localProgram();
      await other.page.goto(`/auth?redirect=${program.redirect}`);
      await other.page.getByText(program.redirect, { exact: true }).waitFor();
      await signIn(other.page, name, 'not the password');
      assert.match(await other.page.getByRole('alert').textContent(), /wrong/);
      await signIn(other.page, name);
      const url = await program.first;
      program.close();
      assert.equal(url.pathname, '/');
      assert.deepEqual([...url.searchParams.keys()], ['session_token']);
      const who = await check(url.searchParams.get('session_token'));
      assert.deepEqual([who.logged_in, who.username], [true, name]);
      assert.equal(await sessionOf(other), undefined, 'the browser keeps none');
      await other.close();
    });

    test('a local program gets its session by one click, or learns of a no', async () => {
      const other = await house.visitor({ scripts });
      const name = await signUp(other);
      const mine = await sessionOf(other);
      let program = await localProgram();
      await other.page.goto(`/auth?redirect=${program.redirect}/`);
      await other.page.getByText(`${name}, who is signed in here`).waitFor();
      await other.page.click('text=Allow');
      const token = (await program.first).searchParams.get('session_token');
      program.close();
      assert.match(token, SESSION);
      assert.notEqual(token, mine.value, "not the browser's own");
      assert.equal((await check(token)).username, name);
      program = await localProgram();
      await other.page.goto(`/auth?redirect=${program.redirect}`);
      await other.page.click('text=Deny');
      const denied = await program.first;
      program.close();
      assert.deepEqual(Object.fromEntries(denied.searchParams), { error: 'access_denied' });
      await other.page.goto('/dashboard/sessions');
      await other.page.locator('.name', { hasText: 'Local program on port' }).waitFor();
      await other.close();
    });

    test('a program without a browser is approved, and another denied', async () => {
      const other = await house.visitor({ scripts });
      const name = await signUp(other);
      await other.context.clearCookies();
      const device = await anexus('device/authorize', { name: 'Night watch' });
      await other.page.goto('/device');
      await signIn(other.page, name);
      await other.page.waitForURL('**/device');
      await other.page.fill('#code', device.user_code.toLowerCase());
      await other.page.click('main button.main');
      await other.page.getByText('Night watch').first().waitFor();
      await other.page.click('text=Approve');
      await other.page.getByRole('heading', { name: 'Approved' }).waitFor();
      const polled = await anexus('device/poll', { device_code: device.device_code });
      assert.equal(polled.status, 'authorized');
      await other.page.goto('/dashboard/agents');
      await other.page.getByText(polled.agent_id).waitFor();
      await other.page.locator('summary').click();
      await other.page.click('text=Remove for good');
      await other.page.getByText('No agent is connected').waitFor();
      assert.equal((await anexus('identity/verify', { api_key: polled.api_key })).verified, false);

      const second = await anexus('device/authorize', { name: 'Stranger' });
      await other.page.goto(second.verification_uri_complete);
      await other.page.click('text=Deny');
      await other.page.getByRole('heading', { name: 'Denied' }).waitFor();
      assert.notEqual((await anexus('device/poll', { device_code: second.device_code })).status, 'authorized');
      await other.page.goto('/device?code=BCDFGHJK');
      assert.match(await other.page.getByRole('alert').textContent(), /Nothing waits/);
      await other.close();
    });

    test('a key is made, seen once, changed and revoked', async () => {
      const other = await house.visitor({ scripts });
      const name = await signUp(other);
      const { page } = other;
      await page.goto('/dashboard/keys');
      assert.equal(await page.locator('[type=checkbox]:checked').count(), 0, 'nothing is pre-selected');
      await page.fill('#target', `shop-${name}`);
      await page.check('[name=with_secret]');
      await page.click('text=Make the key');
      const [key, secret] = await page.locator('.secret').allTextContents();
      assert.match(key, /^nxs6_[0-9a-z]{16}[\w-]{43}$/);
      assert.match(secret, /^nxss_[\w-]{43}$/);
      await page.goto('/dashboard/keys');
      assert.ok(!(await page.content()).includes(key.slice(21)));
      await page.locator('summary').click();
      await page.click('text=Require signed requests');
      await page.getByText('signed requests only').waitFor();
      const unsigned = await anexus('codes/verify', { code: 'anx://x', api_key: key });
      assert.equal(unsigned.reason, 'signature_required');
      await page.locator('summary').click();
      await page.click('text=Revoke for good');
      await page.getByText('No key yet').waitFor();
      const revoked = await anexus('codes/verify', { code: 'anx://x', api_key: key });
      assert.equal(revoked.reason, 'credential_rejected');
      await other.close();
    });

    test('permissions are given, changed and taken back', async () => {
      const other = await house.visitor({ scripts });
      await signUp(other);
      const { page } = other;
      await page.goto('/dashboard/permissions');
      await page.fill('#target', 'bookshop');
      await page.fill('#permissions', 'read_orders\n<script>alert(1)</script>\n');
      await page.locator('form button.main', { hasText: 'Permit' }).click();
      await page.locator('.rows .tag').first().waitFor();
      assert.deepEqual(await page.locator('.rows .tag').allTextContents(), [
        'read_orders',
        '<script>alert(1)</script>',
      ]);
      await page.locator('summary').click();
      await page.locator('.rows textarea').fill('read_orders\nmanage_products');
      await page.locator('.rows button', { hasText: 'Save' }).click();
      await page.getByText('manage_products').first().waitFor();
      await page.locator('summary').click();
      await page.click('text=Take all back');
      await page.getByText('You have permitted nothing yet').waitFor();
      await other.close();
    });

    test('sessions are listed and ended', async () => {
      const other = await house.visitor({ scripts });
      const name = await signUp(other);
      const tokens = [];
      for (let round = 0; round < 3; round += 1) {
        const { body } = await api(house.origin, 'POST', '/sign-in', {
          body: { username: name, password: PASSWORD },
        });
        tokens.push(body.session_token);
      }
      const { page } = other;
      await page.goto('/dashboard/sessions');
      assert.equal(await page.locator('.rows > li').count(), 4);
      await page.locator('li:not(:has(.tag))').first().getByRole('button').click();
      await page.waitForURL('**/dashboard/sessions');
      assert.equal(await page.locator('.rows > li').count(), 3);
      await page.click('text=End all others');
      await page.waitForURL('**/dashboard/sessions');
      assert.equal(await page.locator('.rows > li').count(), 1);
      for (const token of tokens) assert.equal((await check(token)).logged_in, false);
      await page.locator('li .button.no').click();
      await page.waitForURL(`${house.origin}/`);
      assert.equal(await sessionOf(other), undefined);
      await other.close();
    });
  });
}

test('a form is sent once', async () => {
  const visitor = await house.visitor();
  await signUp(visitor);
  const { page } = visitor;
  await page.goto('/dashboard/keys');
  const token = await page.inputValue('main form:last-of-type [name=form_token]');
  const send = () =>
    visitor.context.request.post(`${house.origin}/dashboard/keys`, {
      form: { form_token: token, target: `twice-${Date.now()}` },
      headers: { accept: 'text/html' },
    });
  assert.equal((await send()).status(), 201);
  const again = await send();
  assert.equal(again.status(), 403);
  assert.match(await again.text(), /was sent before/);
  await visitor.close();
});

test('a form of one browser is of no use in another, nor from another site', async () => {
  const [mine, theirs] = [await house.visitor(), await house.visitor()];
  await signUp(mine);
  await signUp(theirs);
  await theirs.page.goto('/dashboard/keys');
  const token = await theirs.page.inputValue('main form:last-of-type [name=form_token]');
  const post = (form, headers = {}) =>
    mine.context.request.post(`${house.origin}/dashboard/keys`, {
      form: { target: 'stolen', ...form },
      headers: { accept: 'text/html', ...headers },
    });
  assert.equal((await post({ form_token: token })).status(), 403);
  assert.equal((await post({})).status(), 403);
  await mine.page.goto('/dashboard/keys');
  const own = await mine.page.inputValue('main form:last-of-type [name=form_token]');
  const elsewhere = await post({ form_token: own }, { 'sec-fetch-site': 'cross-site' });
  assert.equal(elsewhere.status(), 403);
  const { body } = await api(house.origin, 'GET', '/dashboard/keys', {
    token: (await sessionOf(mine)).value,
  });
  assert.deepEqual(body.keys, []);
  await mine.close();
  await theirs.close();
});

test('the way out comes before the way in', async () => {
  const visitor = await house.visitor();
  await signUp(visitor);
  const { page } = visitor;
  const device = await anexus('device/authorize', { name: 'Order' });
  for (const [path, no, yes] of [
    ['/auth?redirect=http://127.0.0.1:8400', 'Deny', 'Allow'],
    [`/device?code=${device.user_code}`, 'Deny', 'Approve'],
  ]) {
    await page.goto(path);
    const order = [];
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate(() => document.activeElement.textContent.trim()));
    }
    assert.ok(order.indexOf(no) >= 0 && order.indexOf(no) < order.indexOf(yes), order.join(', '));
    assert.equal(await page.evaluate(() => document.querySelector('[autofocus]')), null);
  }
  await visitor.close();
});

test('by keyboard alone', async () => {
  const visitor = await house.visitor();
  const name = await signUp(visitor);
  await visitor.context.clearCookies();
  const { page } = visitor;
  await page.goto('/sign-in');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.type(name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, 'solid', 'focus is seen');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/dashboard');
  await visitor.close();
});

test('no page can be framed', async () => {
  const visitor = await house.visitor();
  await visitor.page.route('**/frame', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<iframe src="/sign-in"></iframe>' }),
  );
  await visitor.page.goto('/frame');
  await visitor.page.waitForTimeout(500);
  const inside = visitor.page.frames()[1];
  assert.ok(!(await inside.content()).includes('Sign in'));
  await visitor.close();
});
