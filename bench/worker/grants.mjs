// Delegated grants: what each step costs, and what it costs with much behind it.
//
//   node bench/worker/grants.mjs [steps] [cascade] [trail]
import { request, load } from './load.mjs';
import { median, medians, table } from './figures.mjs';
import { columns, withAccount } from './growth.mjs';
import { ours } from './serve.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const OPERATIONS = Number(process.env.OPERATIONS ?? 400);
const CONNECTIONS = 8;
const SCOPES = ['calendar:read', 'email:send'];

/** A developer of their own, in the sandbox, which approves at once. */
async function developer(worker) {
  const base = `${worker.origin}/grantex`;
  const call = async (path, body, key) => {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  };
  const { apiKey } = await call('/v1/signup', { name: 'Bench', mode: 'sandbox' });
  const post = (path, body) => call(path, body, apiKey);
  const agent = (await post('/v1/agents', { name: 'Planner' })).id;
  const ask = { agentId: agent, principalId: 'usr_1', scopes: SCOPES };
  const grant = async () => post('/v1/token', { code: (await post('/v1/authorize', ask)).code, agentId: agent });
  return { base, apiKey, agent, ask, post, grant };
}

/** The load of one kind of call: bodies are taken one after another, around and around. */
function drive(worker, { apiKey }, path, bodies, { connections = CONNECTIONS, most = OPERATIONS, seen = () => {} } = {}) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };
  const requests = bodies.map((body) => request('POST', 'localhost', `/grantex${path}`, headers, JSON.stringify(body)));
  let sent = 0;
  return load({
    host: '127.0.0.1',
    port: worker.port,
    connections,
    milliseconds: 120_000,
    next: () => (sent < most ? requests[sent++ % requests.length] : null),
    seen(status, answer) {
      seen(JSON.parse(answer));
      return status < 300;
    },
  });
}

async function steps() {
  const worker = await ours();
  const rounds = {};
  try {
    const dev = await developer(worker);
    const parent = await dev.grant();
    const run = async (name, path, bodies, options) => {
      const figures = await drive(worker, dev, path, bodies, options);
      if (figures.other) throw new Error(`${name}: ${figures.other} of ${OPERATIONS} were refused`);
      (rounds[name] ??= []).push(figures);
    };
    for (let round = 0; round <= ROUNDS; round++) {
      if (round === 1) for (const name of Object.keys(rounds)) rounds[name] = []; // the first warms up
      const codes = [];
      const tokens = [];
      await run('authorize', '/v1/authorize', [dev.ask], { seen: ({ code }) => codes.push({ code, agentId: dev.agent }) });
      await run('code for a token', '/v1/token', codes, { most: codes.length, seen: ({ grantToken }) => tokens.push({ token: grantToken }) });
      await run('online verification', '/v1/tokens/verify', tokens);
      const child = { parentGrantToken: parent.grantToken, subAgentId: dev.agent, scopes: SCOPES.slice(0, 1) };
      await run('delegate', '/v1/grants/delegate', [child]);
      await run('append to the trail', '/v1/audit/log', [
        { agentId: dev.agent, grantId: parent.grantId, action: 'email.sent', metadata: { to: 'ada', count: 1 } },
      ]);
    }
  } finally {
    await worker.stop();
  }
  console.log(`\nGrants: ${ROUNDS} rounds of ${OPERATIONS} calls, ${CONNECTIONS} connections, one developer; medians\n`);
  const rows = Object.entries(rounds).map(([name, figures]) => {
    const { rate, p50, p99 } = medians(figures);
    return [name, Math.round(rate), Math.round(p50), Math.round(p99)];
  });
  table(['step', 'per second', 'p50 us', 'p99 us'], rows);
}

/** One revocation that ends this many grants, by how deep they lie. */
async function cascade() {
  const worker = await ours();
  const rows = [];
  try {
    for (const count of [1, 100, 10_000]) {
      const dev = await developer(worker);
      const times = [];
      for (let round = 0; round < 3; round++) {
        const root = await dev.grant();
        const child = { parentGrantToken: root.grantToken, subAgentId: dev.agent, scopes: SCOPES.slice(0, 1) };
        const figures = await drive(worker, dev, '/v1/grants/delegate', [child], { most: count });
        if (figures.other) throw new Error(`${figures.other} delegations were refused`);
        const started = performance.now();
        const response = await fetch(`${dev.base}/v1/grants/${root.grantId}`, {
          method: 'DELETE',
          headers: { authorization: `Bearer ${dev.apiKey}` },
        });
        if (response.status !== 204) throw new Error(`a revocation was answered ${response.status}`);
        times.push(performance.now() - started);
      }
      rows.push([count.toLocaleString('en'), median(times).toFixed(1)]);
    }
  } finally {
    await worker.stop();
  }
  console.log('\nOne revocation, one transaction, median of 3\n');
  table(['grants that it ends', 'ms'], rows);
}

const NUMBERS = 'WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)';

/** Appending to a trail by its length. */
async function trail() {
  const worker = await ours();
  const rows = [];
  try {
    const dev = await developer(worker);
    const { grantId } = await dev.grant();
    const entry = { agentId: dev.agent, grantId, action: 'email.sent', metadata: { to: 'ada', count: 1 } };
    const append = (most) => drive(worker, dev, '/v1/audit/log', [entry], { connections: 1, most });
    let behind = 0;
    for (const length of [1, 10_000, 1_000_000]) {
      if (length > 1) {
        await worker.end();
        const has = (database) =>
          database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'trail'").get().n > 0 &&
          database.prepare('SELECT count(*) AS n FROM trail').get().n > 0;
        withAccount(worker, has, (database) => {
          const rest = columns(database, 'trail', ['sequence', 'id']);
          database
            .prepare(`${NUMBERS} INSERT INTO trail (id, ${rest}) SELECT id || '-' || n, ${rest}
              FROM numbers, (SELECT * FROM trail ORDER BY sequence DESC LIMIT 1)`)
            .run({ count: length - behind });
        });
        await worker.start();
      }
      behind = length;
      await append(OPERATIONS);
      const rounds = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push((await append(OPERATIONS)).p50);
      rows.push([length.toLocaleString('en'), Math.min(...rounds)]);
    }
  } finally {
    await worker.stop();
  }
  for (const row of rows) row.push((row[1] / rows[0][1]).toFixed(2));
  console.log(`\nAppending to a trail: us, the best median of ${ROUNDS} rounds of ${OPERATIONS}, one connection\n`);
  table(['entries before', 'append', 'x'], rows);
}

const PARTS = { steps, cascade, trail };
const wanted = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) if (!wanted.length || wanted.includes(name)) await part();
