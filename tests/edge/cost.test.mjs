// What a request costs, whoever sends it: every route is sent the dearest of what its limits let
// through, and what the rules do for it is counted (tests/support/counted.mjs).
import { startCounted } from '../support/counted.mjs';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../../tools/build.mjs';

const read = (name) => fs.readFileSync(path.join(ROOT, name), 'utf8');

/** Method and path of every route. */
const routes = [...read('tests/golden/routes.txt').matchAll(/^([A-Z]+) +(\/\S*)/gm)].map(([, method, path]) => ({ method, path }));

/** The members that bodies have and their types, as the doors declare them. */
const members = new Map();
for (const door of ['anexus', 'grantex']) {
  for (const file of fs.readdirSync(path.join(ROOT, 'src/doors', door))) {
    const declared = read(`src/doors/${door}/${file}`).matchAll(/^ +(?:pub\(super\) )?\w+: (\S+) = "(\w+)"(?: or default)?,$/gm);
    for (const [, type, name] of declared) members.set(name, type);
  }
}
/** The fields that forms have. */
const fields = 'code email form_token key label name new_password next page password permissions redirect req target token username before'.split(' ');

const MOST = 1 << 20;
const fill = (piece, length) => piece.repeat(Math.max(1, length / piece.length));
const NUMBERS = '1e-300,';

/** A body in which each known member is as long as all of them may be together. */
function body(length, text, list = `[${fill(`"${text}",`, length)}"${text}"]`) {
  const value = (type) => {
    if (/Vec/.test(type)) return list;
    if (/Raw/.test(type)) return `{"x":[${fill(NUMBERS, Math.min(length, 32_000))}0]}`;
    if (/i64|u16|u32/.test(type)) return '1';
    if (/bool/.test(type)) return 'true';
    if (/Value/.test(type)) return 'null';
    return `"${fill(text, length)}"`;
  };
  return `{${[...members].map(([name, type]) => `"${name}":${value(type)}`)}}`;
}
const each = Math.floor(MOST / members.size) - 64;
const bodies = {
  none: '',
  letters: body(each, 'x'),
  escapes: body(each, '\\u0061'),
  'letters beyond ASCII': body(each, '\\ud83d\\ude00'),
  'a few letters': body(100, 'x'),
  'short texts of long lists': body(16, 'x', `[${fill('"",', MOST / 6)}""]`),
  'numbers that nobody asked for': `{"y":[${fill(NUMBERS, MOST - 100)}0]}`,
  'objects that nobody asked for': `{"y":[${fill('{"a":{}},', MOST - 100)}0]}`,
  'a list': `[${fill(`${body(10, 'x')},`, 120_000)}${body(10, 'x')}]`,
  'no JSON': fill('[', MOST),
};
const forms = {
  'a form': fields.map((field) => `${field}=${fill('%C3%A9', 900)}`).join('&'),
  'a short form': fields.map((field) => `${field}=1`).join('&'),
  'a form of many fields': Array.from({ length: 4000 }, (_, i) => `${i}=`).join('&').slice(0, 16_000),
};

const LONG_HEADERS = { cookie: fill('a=b; ', 16_000), accept: fill('a;q=1,', 16_000), 'user-agent': fill('x', 8000), 'idempotency-key': fill('x', 8000) };
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

/** Instructions of a request at most: for any, and for each byte that is sent. */
const ONCE = 2e6;
const PER_BYTE = 250;
/** What hashes a password, behind limits of its own, or spells the doubles of 16 kB twice. */
const PASSWORD = 600e6;
const DOUBLES = 160e6;
/** What it may ask of the platform: a search asks eight objects. */
const MOST_OF = { objects: 8, statements: 16, rows: 8 };

const send = await startCounted();
let visitors = 0;
/** Each request comes from another place: it is not to meet a limit. */
const address = () => ({ 'cf-connecting-ip': `2001:db8:${(visitors++).toString(16)}::1` });

async function post(target, headers, sent) {
  const body = JSON.stringify(sent);
  const answer = await send(target, { method: 'POST', headers: { ...JSON_TYPE, accept: 'application/json', ...address(), ...headers }, body });
  assert.ok(answer.status < 300, answer.text);
  return { ...JSON.parse(answer.text), cost: answer.cost };
}

const PASSPHRASE = 'correct horse battery';
const signUp = (username) => post('/sign-up', {}, { username, email: `${username}@example.com`, password: PASSPHRASE });

/** Somebody of each kind: what some requests do ends their credentials. */
async function everybody() {
  const [person, developer, agent, other] = await Promise.all([
    signUp(`ada${visitors}`),
    post('/grantex/v1/signup', {}, { name: 'D' }),
    ...['Scout', 'Ranger'].map((name) => post('/anexus/api/v1/agents/register', {}, { name })),
  ]);
  const key = { authorization: `Bearer ${developer.apiKey}` };
  const { agentId } = await post('/grantex/v1/agents', key, { name: 'a' });
  const { authRequestId } = await post('/grantex/v1/authorize', key, { agentId, principalId: 'p', scopes: ['a'] });
  const session = { authorization: `Bearer ${person.session_token}`, 'x-session-token': person.session_token };
  const named = { account: developer.developerId.slice(4), number: '0', api_key: agent.api_key, target: other.agent_id };
  return { key, session, agent, agentId, authRequestId, named };
}

/** Asserts that `cost` is within what may be spent on so many bytes. */
function judge(what, { instructions, ...others }, { bytes = 0, once = ONCE, most = MOST_OF } = {}) {
  assert.ok(instructions <= once + PER_BYTE * bytes, `${what}: ${instructions} instructions for ${bytes} bytes`);
  for (const [kind, limit] of Object.entries(most)) assert.ok(others[kind] <= limit, `${what}: ${others[kind]} ${kind}`);
}

// Tables are made when a place is first asked, and keys at the first request for them.
await everybody();
for (const target of ['/grantex/.well-known/jwks.json', '/anexus/api/v1/discover/agents']) await send(target);

test('a request to any route costs what is said at the most, whatever is sent', async (t) => {
  const statuses = new Map();
  for (const { method, path } of routes) {
    const { key, session, agent, agentId, authRequestId, named } = await everybody();
    const credentials = path.startsWith('/grantex') ? key : session;
    const known = { agent_id: agent.agent_id, api_key: agent.api_key, agentId, target: 'shop' };
    const ofSomebody = (text) => text.replaceAll(/"(\w+)":"x{1,100}"/g, (member, name) => (name in known ? `"${name}":"${known[name]}"` : member));
    const at = (id) => path.replaceAll(/\{(\w+)\}/g, (_, name) => named[name] ?? id);
    const places = path.includes('{') ? [at(agentId), at(authRequestId), path.replaceAll(/\{\w+\}/g, fill('%41', 6000))] : [path];
    const inputs = [['nothing', {}], ['a long query', { query: `?${forms['a form'].slice(0, 14_000)}` }], ['long headers', { headers: LONG_HEADERS }]];
    if (!['GET', 'OPTIONS'].includes(method)) {
      for (const [name, body] of Object.entries(bodies)) {
        for (const text of new Set([body, ofSomebody(body)])) inputs.push([name, { headers: JSON_TYPE, body: text }]);
      }
      for (const [name, body] of Object.entries(forms)) inputs.push([name, { headers: FORM_TYPE, body }]);
    }
    for (const place of places) {
      for (const [name, { query = '', headers, body }] of inputs) {
        const all = { ...address(), ...credentials, ...headers };
        const { status, text, cost } = await send(place + query, { method, headers: all, body });
        const what = `${method} ${path}, ${name}`;
        assert.ok(status < 500, `${what}: ${text}`);
        const bytes = [place, query, body ?? '', ...Object.values(all)].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        judge(what, cost, { bytes, ...(path === '/dashboard/password' ? { once: PASSWORD } : {}) });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
  }
  t.diagnostic([...statuses].sort().map(([status, count]) => `${count} were answered ${status}`).join(', '));
  // Nearly all of it is refused; enough has come through to have been worth something.
  assert.ok(statuses.get(200) > 100);
});

test('what a route takes that is dearest costs what is said', async () => {
  const { key, session, agent, agentId } = await everybody();
  judge('a sign-up', (await signUp(`ada${visitors}`)).cost, { once: PASSWORD, most: { objects: 6, statements: 100, rows: 30 } });
  const shop = await post('/dashboard/keys', { accept: 'application/json', ...session }, { target: `shop${visitors}`, label: 'a' });
  judge('a key', shop.cost);

  const grants = async (what, path, body, limits) => judge(what, (await post(path, key, body)).cost, limits);
  const scopes = Array.from({ length: 100 }, (_, number) => 'x'.repeat(120) + number);
  await grants('scopes', '/grantex/v1/authorize', { agentId, principalId: 'p', scopes }, { once: 4e6 });
  await grants('a long token', '/grantex/v1/tokens/verify', { token: fill('a.', MOST - 100) }, { bytes: MOST });

  const entry = (metadata) => `{"agentId":"${agentId}","grantId":"g","principalId":"p","action":"a","metadata":{"x":[${metadata}0]}}`;
  for (const [length, status] of [[16_300, 201], [32_700, 400], [1_000_000, 400]]) {
    const body = entry(fill(NUMBERS, length));
    const answer = await send('/grantex/v1/audit/log', { method: 'POST', headers: { ...key, ...address() }, body });
    assert.equal(answer.status, status);
    judge(`${length} bytes of doubles`, answer.cost, { once: DOUBLES, bytes: length > 32_768 ? length : 0 });
  }

  const calls = Array(100).fill({ agent_id: agent.agent_id, endpoint: 'x'.repeat(500), status_code: 200 });
  const report = await post('/anexus/api/v1/call-history/record', {}, calls);
  assert.equal(report.recorded, 100);
  judge('a report of calls', report.cost, { once: 30e6, most: { objects: 2, statements: 16, rows: 101 } });

  const letter = (number) => String.fromCharCode(97 + number);
  const search = await send(`/anexus/api/v1/discover/agents?query=${Array.from({ length: 100 }, (_, number) => letter(number % 26)).join('+')}`);
  assert.equal(search.status, 200);
  judge('a search', search.cost);
});

test('who guesses has a password hashed ten times, and a name that nobody made leaves an account alone', async () => {
  const name = `eve${visitors}`;
  const { user_id: id } = await signUp(name);
  const guess = async (username) => {
    const body = JSON.stringify({ username, password: 'a wrong password' });
    const headers = { ...JSON_TYPE, accept: 'application/json', ...address() };
    return send('/sign-in', { method: 'POST', headers, body });
  };
  for (let count = 0; count < 10; count++) assert.equal((await guess(name)).status, 401);
  const refused = await guess(name);
  assert.equal(refused.status, 429);
  judge('a guess too many', refused.cost, { most: { objects: 2, statements: 4, rows: 0 } });

  const madeUp = `ses_${[...id.slice(5)].reverse().join('')}${'A'.repeat(43)}`;
  const stranger = await send('/dashboard', { headers: { authorization: `Bearer ${madeUp}`, ...address() } });
  assert.equal(stranger.status, 401);
  judge('a made-up account', stranger.cost, { most: { objects: 1, statements: 1, rows: 0 } });
});

test('who is signed in changes so much in a minute and no more', async () => {
  const { session } = await everybody();
  const change = (from) =>
    send('/dashboard/permissions', {
      method: 'POST',
      headers: { ...FORM_TYPE, accept: 'application/json', ...session, ...from },
      body: 'target=shop&permissions=read',
    });
  // The allowance comes back while it is spent.
  const statuses = new Set();
  for (let count = 0; count < 1200 && !statuses.has(429); count++) {
    const { status, cost } = await change(address());
    statuses.add(status);
    if (status === 429) judge('a change too many', cost, { most: { objects: 1, statements: 2, rows: 0 } });
  }
  assert.deepEqual([...statuses], [200, 429]);
});
