// The site as a program sees it: headers, redirects, the account API.
import assert from 'node:assert/strict';
import test from 'node:test';
import { onStage } from './rehearsal.mjs';

const { worker } = await onStage();

const PASSWORD = 'seven quiet herons';

const get = (path, headers = {}) => fetch(worker.origin + path, { headers, redirect: 'manual' });

async function api(method, path, { token, body, headers } = {}) {
  const response = await fetch(worker.origin + path, {
    method,
    redirect: 'manual',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) };
}

let count = 0;
async function person() {
  count += 1;
  const body = { username: `Ada-${count}`, email: `ada-${count}@example.com`, password: PASSWORD };
  const answer = await api('POST', '/sign-up', { body });
  assert.equal(answer.status, 201);
  return answer.body;
}

const PAGES = [
  '/',
  '/sign-up',
  '/sign-in',
  '/sign-in/link',
  '/auth?redirect=http://127.0.0.1:9',
  '/auth',
  '/dev/mail',
  '/consent?req=none',
  '/permissions',
  '/audit',
  '/not/here',
];

test('every page keeps itself to itself', async () => {
  const { session_token: token } = await person();
  const own = ['', '/password', '/keys', '/permissions', '/agents', '/sessions', '/codes', '/log'].map(
    (page) => `/dashboard${page}`,
  );
  for (const path of [...PAGES, ...own, '/device', '/device?code=BCDFGHJK']) {
    const response = await get(path, { cookie: `__Host-session=${token}`, accept: 'text/html' });
    const header = (name) => response.headers.get(name) ?? '';
    assert.match(header('content-type'), /^text\/html; charset=utf-8$/, path);
    let policy = header('content-security-policy');
    // One page runs WebAssembly (tests/browser/audit.test.mjs).
    if (path === '/audit') policy = policy.replace(" 'wasm-unsafe-eval'", '');
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'self';"]) {
      assert.ok(policy.includes(part), `${path}: ${part}`);
    }
    assert.doesNotMatch(policy, /unsafe|\*|https:|data:/, path);
    assert.equal(header('x-content-type-options'), 'nosniff', path);
    assert.equal(header('referrer-policy'), 'no-referrer', path);
    assert.equal(header('cross-origin-opener-policy'), 'same-origin', path);
    assert.match(header('permissions-policy'), /camera=\(\)/, path);
    assert.equal(header('strict-transport-security'), '', 'not over plain HTTP');
    if (path !== '/') assert.equal(header('cache-control'), 'no-store', path);
    const body = await response.text();
    // Nothing inline that the policy would have to allow, nothing from elsewhere.
    assert.doesNotMatch(body, /<style|<script(?! type="module" src="\/)|\sstyle=|\son\w+=/i, path);
    for (const [, address] of body.matchAll(/(?:src|href|action)="([^"]*)"/g)) {
      assert.match(address, /^[/#]/, path);
    }
  }
});

test('over https the browser is told to stay there', async () => {
  await worker.restartWith({ PUBLIC_ORIGIN: 'https://auth.example.com' });
  const response = await get('/sign-in');
  assert.match(response.headers.get('strict-transport-security'), /^max-age=\d{8}/);
  await worker.restartWith({ PUBLIC_ORIGIN: worker.origin });
});

test('a login leads to this computer or nowhere', async () => {
  for (const redirect of [
    'http://127.0.0.1@evil.example',
    'http://127.0.0.1.evil.example:80',
    'https://evil.example',
    '//evil.example',
    'javascript:alert(1)',
  ]) {
    for (const path of ['/auth/login', '/auth/deny']) {
      const response = await fetch(worker.origin + path, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ redirect, username: 'ada', password: PASSWORD }),
      });
      assert.equal(response.status, 400, redirect);
      assert.equal(response.headers.get('location'), null);
    }
    const page = await get(`/auth?redirect=${encodeURIComponent(redirect)}`);
    assert.equal(page.status, 400);
    assert.ok(!(await page.text()).includes(`href="${redirect}`));
    const next = await get(`/sign-in?next=${encodeURIComponent(redirect)}`);
    assert.match(await next.text(), /name="next" value="\/dashboard"/);
  }
});

test('what was typed comes back as text', async () => {
  const marks = `"><script>alert(1)</script>'&`;
  for (const path of [
    `/auth?redirect=${encodeURIComponent(marks)}`,
    `/sign-in?username=${encodeURIComponent(marks)}`,
  ]) {
    const body = await (await get(path)).text();
    assert.ok(!body.includes('<script>alert'), path);
    assert.ok(body.includes('&#60;script&#62;'), path);
  }
});

test('a script plays the person on the login page', async () => {
  const { username } = await person();
  const page = await get('/auth?redirect=http://127.0.0.1:4711');
  const cookie = page.headers.get('set-cookie');
  assert.match(cookie, /^__Host-browser=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
  assert.match(page.headers.get('content-security-policy'), /form-action 'self' http:\/\/127\.0\.0\.1:4711;/);
  const [, token] = (await page.text()).match(/name="form_token" value="([^"]+)"/);
  const send = (headers) =>
    fetch(`${worker.origin}/auth/login`, {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams({
        form_token: token,
        redirect: 'http://127.0.0.1:4711',
        username,
        password: PASSWORD,
      }),
    });
  assert.equal((await send({})).status, 403, 'without the cookie');
  const own = { cookie: cookie.split(';')[0] };
  const answer = await send(own);
  assert.equal(answer.status, 303);
  assert.match(answer.headers.get('location'), /^http:\/\/127\.0\.0\.1:4711\/\?session_token=ses_[\w-]{59}$/);
  assert.equal(answer.headers.get('set-cookie'), null);
  assert.equal((await send(own)).status, 403, 'a second time');
});

test('the account API does what the pages do', async () => {
  const me = await person();
  const token = me.session_token;
  assert.deepEqual([me.username, me.email], [`ada-${count}`, `ada-${count}@example.com`]);
  const profile = await api('GET', '/dashboard', { token });
  assert.equal(profile.body.user_id, me.user_id);
  assert.equal(profile.headers.get('cache-control'), 'no-store');

  const target = `shop-${count}`;
  const made = await api('POST', '/dashboard/keys', { token, body: { target, with_secret: true } });
  assert.equal(made.status, 201);
  assert.match(made.body.api_key, /^nxs6_/);
  assert.match(made.body.api_secret, /^nxss_/);
  const plain = await api('POST', '/dashboard/keys', { token, body: { target } });
  assert.equal(plain.body.api_secret, undefined);
  const strict = await api('POST', `/dashboard/keys/${plain.body.id}/signature`, { token, body: { required: true } });
  assert.deepEqual([strict.status, strict.body.error], [404, 'not_found']);
  const changed = await api('POST', `/dashboard/keys/${made.body.id}/signature`, { token, body: { required: true } });
  assert.deepEqual(changed.body, { id: made.body.id, require_signature: true });
  await api('POST', `/dashboard/keys/${plain.body.id}/revoke`, { token });
  const { body: listed } = await api('GET', '/dashboard/keys', { token });
  assert.deepEqual(listed.keys.map(({ id }) => id), [made.body.id]);
  assert.deepEqual(listed.targets, [target]);
  assert.ok(!JSON.stringify(listed).includes(made.body.api_key.slice(-20)));

  const permissions = ['read', 'write a line'];
  const given = await api('POST', '/dashboard/permissions', { token, body: { target, permissions } });
  assert.deepEqual(given.body, { target, permissions });
  const { body: standing } = await api('GET', '/dashboard/permissions', { token });
  assert.deepEqual(standing.targets[0].permissions, permissions);

  for (let round = 0; round < 52; round += 1) {
    await fetch(`${worker.origin}/anexus/api/v1/codes/generate`, {
      method: 'POST',
      headers: { 'x-session-token': token },
      body: JSON.stringify({ target }),
    });
  }
  for (const [path, name, id] of [
    ['/dashboard/codes', 'codes', 'id'],
    ['/dashboard/log', 'entries', 'sequence'],
  ]) {
    const first = await api('GET', path, { token });
    assert.equal(first.body[name].length, 50);
    const second = await api('GET', `${path}?before=${first.body.next}`, { token });
    assert.equal(second.body.next, null);
    const ids = [...first.body[name], ...second.body[name]].map((entry) => entry[id]);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length >= 52);
  }

  const again = await api('POST', '/sign-in', { body: { username: me.email, password: PASSWORD } });
  const { body: sessions } = await api('GET', '/dashboard/sessions', { token });
  assert.deepEqual(sessions.sessions.map(({ current }) => current).toSorted(), [false, true]);
  assert.deepEqual((await api('POST', '/dashboard/sessions/end-others', { token })).body, { ended: 1 });
  const dead = await api('GET', '/dashboard', { token: again.body.session_token });
  assert.deepEqual([dead.status, dead.body.error], [401, 'credential_rejected']);
  assert.equal(dead.headers.get('www-authenticate'), 'Bearer');
  assert.deepEqual((await api('POST', '/sign-out', { token })).body, { signed_out: true });
  assert.equal((await api('GET', '/dashboard', { token })).status, 401);
});

test('a password is changed by whoever knows it, or by a mailed link', async () => {
  const { session_token: token, username } = await person();
  const { body: other } = await api('POST', '/sign-in', { body: { username, password: PASSWORD } });
  const change = (password, new_password) =>
    api('POST', '/dashboard/password', { token, body: { password, new_password } });
  for (const [password, changed, status, error] of [
    ['not the password', 'a better password', 401, 'sign_in_failed'],
    [PASSWORD, 'short', 400, 'invalid_field'],
    [PASSWORD, undefined, 400, 'invalid_field'],
  ]) {
    const refused = await change(password, changed);
    assert.deepEqual([refused.status, refused.body.error], [status, error]);
  }
  assert.equal((await api('GET', '/dashboard', { token: other.session_token })).status, 200);
  assert.deepEqual((await change(PASSWORD, 'a better password')).body, { changed: true });
  assert.equal((await api('GET', '/dashboard', { token: other.session_token })).status, 401);
  assert.equal((await api('GET', '/dashboard', { token })).status, 200);

  await api('POST', '/sign-in/link', { body: { username } });
  const { body } = await api('GET', '/dev/mail');
  const link = body.mails.find(({ to }) => to === `${username}@example.com`).link.split('token=')[1];
  const follow = (new_password) => api('POST', '/sign-in/link/follow', { body: { token: link, new_password } });
  for (const [password, error] of [['short', 'invalid_field'], ['', 'new_password_required']]) {
    const refused = await follow(password);
    assert.deepEqual([refused.status, refused.body.error], [400, error], 'and the link is not spent');
  }
  const followed = await follow('the best password');
  assert.equal(followed.status, 200);
  assert.equal((await api('GET', '/dashboard', { token })).status, 401);
  for (const [password, status] of [['a better password', 401], ['the best password', 200]]) {
    assert.equal((await api('POST', '/sign-in', { body: { username, password } })).status, status);
  }
});

test('permissions are taken back by an empty list, not by a forgotten one', async () => {
  const { session_token: token } = await person();
  const give = (body) => api('POST', '/dashboard/permissions', { token, body: { target: 'bookshop', ...body } });
  await give({ permissions: ['read'] });
  const refused = await give({});
  assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_field']);
  assert.equal((await api('GET', '/dashboard/permissions', { token })).body.targets.length, 1);
  await give({ permissions: [] });
  assert.deepEqual((await api('GET', '/dashboard/permissions', { token })).body.targets, []);
});

test("one person's session opens nothing of another's", async () => {
  const [mine, theirs] = [await person(), await person()];
  const { body: key } = await api('POST', '/dashboard/keys', {
    token: theirs.session_token,
    body: { target: `theirs-${count}` },
  });
  const token = mine.session_token;
  for (const [path, status] of [
    [`/dashboard/keys/${key.id}/revoke`, 404],
    ['/dashboard/sessions/AAAAAAAAAAAAAAAA/end', 404],
    ['/dashboard/agents/ai_0000000000000000aaaaaaaaaa/remove', 404],
  ]) {
    assert.equal((await api('POST', path, { token })).status, status, path);
  }
  const taken = await api('POST', '/dashboard/keys', { token, body: { target: `theirs-${count}` } });
  assert.deepEqual([taken.status, taken.body.error], [409, 'name_taken']);
});

test('errors have codes, and a browser gets a page', async () => {
  const { session_token: token } = await person();
  for (const [method, path, options, status, error] of [
    ['GET', '/nothing', {}, 404, 'not_found'],
    ['DELETE', '/sign-in', {}, 405, 'method_not_allowed'],
    ['GET', '/dashboard', {}, 401, 'credential_rejected'],
    ['POST', '/sign-up', { body: { username: 'x' } }, 400, 'invalid_field'],
    ['POST', '/sign-in', { body: { username: 'x', password: 'y' } }, 401, 'sign_in_failed'],
    ['POST', '/sign-in/link/follow', { body: { token: 'link_x' } }, 400, 'secret_rejected'],
    ['POST', '/dashboard/keys', { token, body: { target: { a: 1 } } }, 400, 'malformed_body'],
    ['POST', '/device/approve', { token, body: { code: 'BCDFGHJK' } }, 400, 'secret_rejected'],
  ]) {
    const answer = await api(method, path, options);
    assert.deepEqual([answer.status, answer.body.error], [status, error], path);
    assert.ok(answer.body.message.endsWith('.'));
  }
  const page = await get('/nothing', { accept: 'text/html' });
  assert.match(await page.text(), /There is no such page/);
  const turned = await get('/dashboard/log', { accept: 'text/html' });
  assert.deepEqual([turned.status, turned.headers.get('location')], [303, '/sign-in?next=%2Fdashboard%2Flog']);
});

test('mail is shown in development alone', async () => {
  const { username, session_token: session } = await person();
  await api('POST', '/sign-in/link', { body: { username } });
  const { body } = await api('GET', '/dev/mail');
  const mail = body.mails.find(({ to }) => to === `${username}@example.com`);
  const token = new URL(mail.link, worker.origin).searchParams.get('token');
  const followed = await api('POST', '/sign-in/link/follow', { token: session, body: { token } });
  assert.match(followed.body.session_token, /^ses_/);
  assert.equal((await api('POST', '/sign-in/link/follow', { body: { token } })).status, 400);
  await worker.restartWith({ DEVELOPMENT: '' });
  assert.equal((await api('GET', '/dev/mail')).status, 404);
  assert.doesNotMatch(await (await get('/')).text(), /\/dev\/mail/);
});

test('style and script are kept by their version', async () => {
  const body = await (await get('/')).text();
  for (const [, path] of body.matchAll(/"(\/assets\/[^"]+\?v=[0-9a-f]{16})"/g)) {
    const file = await get(path.replaceAll('&amp;', '&'));
    assert.equal(file.status, 200, path);
    assert.match(file.headers.get('cache-control'), /immutable/);
    assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
  }
  assert.equal((await get('/robots.txt')).headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.deepEqual(await (await get('/health')).json(), { status: 'ok' });
});
