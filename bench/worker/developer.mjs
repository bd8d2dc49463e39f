// A developer of delegated grants, as a load: the same calls to either Worker.
import { inflateSync } from 'node:zlib';
import { columns, withAccount } from './growth.mjs';
import { load, request } from './load.mjs';

export const SCOPES = ['calendar:read', 'email:send'];

/** One in the sandbox, where requests are approved at once, with an agent. */
export async function developer(worker) {
  const base = `${worker.origin}/grantex`;
  const call = async (method, path, body, key) => {
    const response = await fetch(base + path, {
      method,
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  };
  const { apiKey, developerId } = await call('POST', '/v1/signup', { name: 'Bench', mode: 'sandbox' });
  const post = (path, body) => call('POST', path, body, apiKey);
  const agent = (await post('/v1/agents', { name: 'Planner' })).id;
  const ask = { agentId: agent, principalId: 'usr_1', scopes: SCOPES };
  return {
    base,
    account: developerId.slice('dev_'.length),
    apiKey,
    agent,
    ask,
    post,
    revoke: (grantId) => call('DELETE', `/v1/grants/${grantId}`, null, apiKey),
    grant: async () => post('/v1/token', { code: (await post('/v1/authorize', ask)).code, agentId: agent }),
    delegate: (parent) => post('/v1/grants/delegate', { parentGrantToken: parent.grantToken, subAgentId: agent, scopes: SCOPES.slice(0, 1) }),
  };
}

/** The load of some calls, `[method, path, body]` each: once each, or `most` of them around and around. */
export function drive(worker, { apiKey }, calls, { connections = 8, most = calls.length, seen = () => {} } = {}) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };
  const requests = calls.map(([method, path, body]) => request(method, 'localhost', `/grantex${path}`, headers, body ? JSON.stringify(body) : ''));
  let sent = 0;
  return load({
    host: '127.0.0.1',
    port: worker.port,
    connections,
    milliseconds: 120_000,
    next: () => (sent < most ? requests[sent++ % requests.length] : null),
    seen(status, answer) {
      const wanted = status < 300;
      if (wanted && answer.length) seen(JSON.parse(answer));
      return wanted;
    },
  });
}

const NUMBERS = 'WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)';

/** Runs `write` on the database of this developer; the Worker is stopped. */
export function withDeveloper(worker, { agent }, write) {
  const has = (database) =>
    database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'grant_agents'").get() !== undefined &&
    database.prepare('SELECT 1 FROM grant_agents WHERE id = ?').get(agent) !== undefined;
  withAccount(worker, has, write);
}

/** Lengthens the trail by copies of its last entry. */
export function lengthenTrail(database, count) {
  const rest = columns(database, 'trail', ['sequence', 'id']);
  database
    .prepare(`${NUMBERS} INSERT INTO trail (id, ${rest}) SELECT id || '-' || n, ${rest}
      FROM numbers, (SELECT * FROM trail ORDER BY sequence DESC LIMIT 1)`)
    .run({ count });
}

/** So many tokens are put in one list, of so many places. */
const IN_A_LIST = 32_768;
const PLACES = 65_536;

/**
 * Copies of grants that were delegated, `{child, count}` each, with their tokens: the first
 * hundred as siblings of `child`, the rest a level deeper. Tokens of all of them were issued
 * in any order, each to a place drawn at random, as the rule has it.
 */
export function addGrants(database, trees) {
  const grants = columns(database, 'grants', ['sequence', 'id', 'parent_id']);
  const copies = database.prepare(`${NUMBERS} INSERT INTO grants (id, parent_id, ${grants})
    SELECT id || '-' || n, CASE WHEN n <= 100 THEN parent_id ELSE id || '-' || (n % 100 + 1) END, ${grants}
    FROM numbers, (SELECT * FROM grants WHERE id = :child)`);
  const tokens = columns(database, 'grant_tokens', ['id', 'hash', 'grant_id', 'status_index']);
  const copy = database.prepare(`INSERT INTO grant_tokens (id, hash, grant_id, status_index, ${tokens})
    SELECT id || '-' || CAST(:n AS INTEGER), randomblob(32), grant_id || '-' || CAST(:n AS INTEGER), :place, ${tokens}
    FROM (SELECT * FROM grant_tokens WHERE grant_id = :child LIMIT 1)`);
  const order = [];
  for (const { child, count } of trees) {
    copies.run({ child, count });
    for (let n = 1; n <= count; n++) order.push({ at: Math.random(), child, n });
  }
  order.sort((a, b) => a.at - b.at);
  let issued = database.prepare("SELECT value FROM counters WHERE name = 'grant_tokens_issued'").get().value;
  const taken = new Set(database.prepare('SELECT status_index FROM grant_tokens').all().map((row) => row.status_index));
  for (const { child, n } of order) {
    const list = Math.floor(issued++ / IN_A_LIST);
    let place;
    do place = list * PLACES + Math.floor(Math.random() * PLACES);
    while (taken.has(place));
    taken.add(place);
    copy.run({ child, n, place });
  }
  const add = database.prepare('UPDATE counters SET value = value + ? WHERE name = ?');
  for (const name of ['grants', 'grant_tokens_issued']) add.run(order.length, name);
}

/** The status lists of so many tokens: signed, compressed, and how many places are revoked. */
export async function statusLists({ base, account }, tokens) {
  const lists = [];
  for (let number = 0; number * IN_A_LIST < tokens; number++) {
    const response = await fetch(`${base}/status/${account}/${number}`);
    if (response.status !== 200) throw new Error(`list ${number}: ${response.status}`);
    const token = await response.text();
    const { status_list: list } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    const compressed = Buffer.from(list.lst, 'base64url');
    let revoked = 0;
    for (let byte of inflateSync(compressed)) for (; byte; byte &= byte - 1) revoked++;
    lists.push({ token, compressed, revoked });
  }
  return lists;
}
