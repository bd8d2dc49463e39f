// A grant from the request to its revocation, in plain JavaScript on the same Durable Object
// storage: what our own answers are measured against. Same calls, same hops, same rows and
// indexes, same claims under the same signature, same hash over each entry of the trail, same
// status lists; no pages, no other protocol, and of the checks those that the calls need.
import { DurableObject } from 'cloudflare:workers';
import { createHash } from 'node:crypto';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CAPACITY = 65_536;
const encoder = new TextEncoder();
const json = (body, status = 200) => Response.json(body, { status });
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const random = (length) => base64url(crypto.getRandomValues(new Uint8Array(length)));
const sha256 = (text) => createHash('sha256').update(text).digest();

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const HEADER = base64url(encoder.encode('{"alg":"RS256","typ":"at+jwt","kid":"0123456789abcdef"}'));
let signingKey;
async function signed(claims) {
  const parameters = { ...ALGORITHM, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  signingKey ??= await crypto.subtle.generateKey(parameters, false, ['sign', 'verify']);
  const text = `${HEADER}.${base64url(encoder.encode(JSON.stringify(claims)))}`;
  const signature = await crypto.subtle.sign(ALGORITHM, signingKey.privateKey, encoder.encode(text));
  return `${text}.${base64url(new Uint8Array(signature))}`;
}

/** JSON with the members of every object in the order of their names (RFC 8785). */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const body = request.method === 'POST' ? await request.json() : undefined;
    if (pathname === '/grantex/v1/signup') {
      const id = random(12);
      return json(await env.ACCOUNT.getByName(id).signUp(id), 201);
    }
    const key = request.headers.get('authorization')?.replace(/^Bearer /i, '');
    if (!key?.startsWith('gx_test_')) return json({ code: 'UNAUTHORIZED' }, 401);
    const account = env.ACCOUNT.getByName(key.slice(8, 24));
    const [status, answer] = await account.call(key, request.method, pathname.slice('/grantex'.length), body);
    return status === 204 ? new Response(null, { status }) : json(answer, status);
  },
};

const TABLES = `
  CREATE TABLE IF NOT EXISTS developer (id TEXT NOT NULL, key_hash BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS limits (name TEXT PRIMARY KEY, full_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS agents (id TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS requests (id TEXT PRIMARY KEY, agent_id TEXT NOT NULL, principal TEXT NOT NULL,
    scopes TEXT NOT NULL, lifetime INTEGER NOT NULL, decision TEXT, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS requests_expiry ON requests (expires_at);
  CREATE INDEX IF NOT EXISTS requests_agent ON requests (agent_id);
  CREATE TABLE IF NOT EXISTS secrets (hash BLOB PRIMARY KEY, kind TEXT NOT NULL, binding TEXT NOT NULL, payload TEXT NOT NULL,
    expires_at INTEGER NOT NULL, spent_at INTEGER) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS secrets_kind ON secrets (kind, expires_at);
  CREATE TABLE IF NOT EXISTS grants (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent_id TEXT, agent_id TEXT NOT NULL,
    principal TEXT NOT NULL, scopes TEXT NOT NULL, issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER);
  CREATE INDEX IF NOT EXISTS grants_parent ON grants (parent_id) WHERE parent_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS grants_principal ON grants (principal, sequence);
  CREATE INDEX IF NOT EXISTS grants_agent ON grants (agent_id, sequence);
  CREATE INDEX IF NOT EXISTS grants_active ON grants (principal, expires_at) WHERE revoked_at IS NULL;
  CREATE TABLE IF NOT EXISTS tokens (id TEXT PRIMARY KEY, hash BLOB NOT NULL, grant_id TEXT NOT NULL, place INTEGER NOT NULL,
    issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER) WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS tokens_hash ON tokens (hash);
  CREATE INDEX IF NOT EXISTS tokens_grant ON tokens (grant_id);
  CREATE UNIQUE INDEX IF NOT EXISTS tokens_place ON tokens (place);
  CREATE INDEX IF NOT EXISTS tokens_expiry ON tokens (expires_at);
  CREATE TABLE IF NOT EXISTS lists (number INTEGER PRIMARY KEY, bits BLOB NOT NULL, token TEXT);
  CREATE TABLE IF NOT EXISTS trail (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, agent_id TEXT NOT NULL, grant_id TEXT NOT NULL,
    principal TEXT NOT NULL, action TEXT NOT NULL, metadata TEXT NOT NULL, at INTEGER NOT NULL, status TEXT NOT NULL,
    previous TEXT, hash TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS trail_agent ON trail (agent_id, sequence);
  CREATE INDEX IF NOT EXISTS trail_grant ON trail (grant_id, sequence);
  CREATE INDEX IF NOT EXISTS trail_principal ON trail (principal, sequence);
  CREATE INDEX IF NOT EXISTS trail_action ON trail (action, sequence);
  CREATE INDEX IF NOT EXISTS trail_time ON trail (at)`;

const REFUSED = [400, { code: 'BAD_REQUEST' }];
const NOT_FOUND = [404, { code: 'NOT_FOUND' }];

export class Account extends DurableObject {
  #sql;
  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(TABLES);
  }

  #run(statement, ...parameters) {
    return this.#sql.exec(statement, ...parameters).toArray();
  }

  #first(statement, ...parameters) {
    return this.#run(statement, ...parameters)[0];
  }

  #atomically(act) {
    return this.ctx.storage.transactionSync(act);
  }

  #count(name) {
    this.#run('INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1', name);
  }

  /** One call against the developer's budget. */
  #spend(now) {
    const full = Math.max(now, this.#first("SELECT full_at FROM limits WHERE name = 'calls'")?.full_at ?? 0) + 1;
    if (full - now > MINUTE) return false;
    this.#run("INSERT INTO limits VALUES ('calls', ?) ON CONFLICT (name) DO UPDATE SET full_at = excluded.full_at", full);
    return true;
  }

  signUp(id) {
    const apiKey = `gx_test_${id}${random(32)}`;
    this.#run('INSERT INTO developer VALUES (?, ?)', id, sha256(apiKey));
    return { developerId: `dev_${id}`, apiKey };
  }

  async call(key, method, path, body) {
    const developer = this.#first('SELECT id FROM developer WHERE key_hash = ?', sha256(key));
    if (!developer) return [401, { code: 'UNAUTHORIZED' }];
    const now = Date.now();
    switch (path) {
      case '/v1/agents':
        return this.#register(body);
      case '/v1/authorize':
        return this.#authorize(body, developer.id, now);
      case '/v1/token':
        return this.#exchange(body, developer.id, now);
      case '/v1/tokens/verify':
        return this.#verify(body, now);
      case '/v1/audit/log':
        return this.#append(body, developer.id, now);
      default:
        return method === 'DELETE' && path.startsWith('/v1/grants/') ? this.#revoke(path.slice('/v1/grants/'.length), now) : NOT_FOUND;
    }
  }

  #register({ name }) {
    const id = `ag_${random(18)}`;
    this.#run("INSERT INTO agents VALUES (?, ?, 'active')", id, name);
    return [201, { id, name }];
  }

  #isActive(agentId) {
    return this.#first("SELECT 1 FROM agents WHERE id = ? AND status = 'active'", agentId) !== undefined;
  }

  #issueSecret(kind, text, binding, payload, expiresAt) {
    this.#run('INSERT INTO secrets VALUES (?, ?, ?, ?, ?, NULL)', sha256(text), kind, binding, payload, expiresAt);
    return text;
  }

  #authorize({ agentId, principalId, scopes }, developer, now) {
    return this.#atomically(() => {
      if (!this.#spend(now)) return [429, { code: 'RATE_LIMITED' }];
      if (!this.#isActive(agentId)) return NOT_FOUND;
      const id = `areq_${developer}${random(16)}`;
      const expiresAt = now + 15 * MINUTE;
      this.#run("INSERT INTO requests VALUES (?, ?, ?, ?, ?, 'approved', ?, ?)", id, agentId, principalId, JSON.stringify(scopes), DAY, now, expiresAt);
      const code = this.#issueSecret('code', random(20), agentId, id, expiresAt);
      return [201, { authRequestId: id, status: 'approved', code, expiresAt: new Date(expiresAt).toISOString() }];
    });
  }

  /** A place in the status lists that no token has or had. */
  #drawPlace() {
    const issued = this.#first("SELECT value FROM counters WHERE name = 'tokens'")?.value ?? 0;
    const number = Math.floor(issued / (CAPACITY / 2));
    for (;;) {
      const place = crypto.getRandomValues(new Uint16Array(1))[0];
      const index = number * CAPACITY + place;
      const byte = this.#first('SELECT substr(bits, ?, 1) AS byte FROM lists WHERE number = ?', (place >> 3) + 1, number)?.byte;
      const isSet = byte && (new Uint8Array(byte)[0] >> (place & 7)) & 1;
      if (!isSet && !this.#first('SELECT 1 FROM tokens WHERE place = ?', index)) return index;
    }
  }

  async #exchange({ code, agentId }, developer, now) {
    const hash = sha256(code);
    const asked = this.#first(
      `SELECT requests.* FROM secrets JOIN requests ON requests.id = secrets.payload
       WHERE hash = ? AND kind = 'code' AND binding = ? AND spent_at IS NULL AND secrets.expires_at > ?`,
      hash, agentId, now,
    );
    if (asked?.decision !== 'approved' || !this.#isActive(agentId)) return REFUSED;
    const scopes = JSON.parse(asked.scopes);
    const [id, tokenId, place] = [`grnt_${developer}${random(8)}`, `tok_${developer}${random(8)}`, this.#drawPlace()];
    const exp = Math.floor((now + asked.lifetime) / 1000);
    const did = `did:grantex:${agentId}`;
    const grantToken = await signed({
      iss: 'http://127.0.0.1:8787/grantex', sub: asked.principal, agt: did, dev: `dev_${developer}`, scp: scopes, scope: scopes.join(' '),
      grnt: id, jti: tokenId, iat: Math.floor(now / 1000), exp, 'urn:grantex:grant': { agent_did: did, developer_id: `dev_${developer}`, grant_id: id },
      status: { status_list: { idx: place % CAPACITY, uri: `http://127.0.0.1:8787/grantex/status/${developer}/${Math.floor(place / CAPACITY)}` } },
    });
    return this.#atomically(() => {
      if (!this.#spend(now)) return [429, { code: 'RATE_LIMITED' }];
      if (!this.#first('UPDATE secrets SET spent_at = ? WHERE hash = ? AND spent_at IS NULL RETURNING 1', now, hash)) return REFUSED;
      const expiresAt = exp * 1000;
      this.#run(
        'INSERT INTO grants (id, agent_id, principal, scopes, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
        id, agentId, asked.principal, asked.scopes, now, expiresAt,
      );
      this.#count('grants');
      this.#run('INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, NULL)', tokenId, sha256(grantToken), id, place, now, expiresAt);
      this.#count('tokens');
      const refreshToken = this.#issueSecret('refresh', `ref_${random(32)}`, agentId, id, expiresAt);
      return [201, { grantToken, refreshToken, grantId: id, scopes, expiresAt: new Date(expiresAt).toISOString() }];
    });
  }

  #verify({ token }, now) {
    const found = this.#first(
      `SELECT grants.*, tokens.expires_at AS until FROM tokens JOIN grants ON grants.id = tokens.grant_id
       WHERE tokens.hash = ? AND tokens.revoked_at IS NULL AND grants.revoked_at IS NULL`,
      sha256(token),
    );
    if (!found || now >= found.until) return [200, { valid: false }];
    const { id, scopes, principal, agent_id: agent, until } = found;
    return [200, { valid: true, grantId: id, scopes: JSON.parse(scopes), principal, agent: `did:grantex:${agent}`, expiresAt: new Date(until).toISOString() }];
  }

  #append({ agentId, grantId, action, metadata = {}, status = 'success' }, developer, now) {
    return this.#atomically(() => {
      if (!this.#spend(now)) return [429, { code: 'RATE_LIMITED' }];
      const principal = this.#first('SELECT principal FROM grants WHERE id = ?', grantId)?.principal;
      if (principal === undefined || !this.#first('SELECT 1 FROM agents WHERE id = ?', agentId)) return REFUSED;
      const head = this.#first('SELECT hash, at FROM trail ORDER BY sequence DESC LIMIT 1');
      const at = Math.max(now, head?.at ?? 0);
      const entry = {
        id: `alog_${developer}${random(8)}`, agentId, agentDid: `did:grantex:${agentId}`, grantId, principalId: principal,
        developerId: `dev_${developer}`, action, metadata, timestamp: new Date(at).toISOString(), prevHash: head?.hash ?? null, status,
      };
      const said = canonical(metadata);
      const members = Object.entries(entry).map(([name, value]) => `"${name}":${name === 'metadata' ? said : JSON.stringify(value)}`);
      const hash = sha256(`{${members.join()}}`).toString('hex');
      this.#run(
        'INSERT INTO trail VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        entry.id, agentId, grantId, principal, action, said, at, status, entry.prevHash, hash,
      );
      return [201, { ...entry, entryId: entry.id, hash }];
    });
  }

  #revoke(id, now) {
    return this.#atomically(() => {
      if (!this.#spend(now)) return [429, { code: 'RATE_LIMITED' }];
      if (!this.#first('SELECT 1 FROM grants WHERE id = ? AND revoked_at IS NULL', id)) return NOT_FOUND;
      const ended = this.#run(
        `WITH RECURSIVE below (id) AS (SELECT ? UNION SELECT grants.id FROM below CROSS JOIN grants
           WHERE grants.parent_id = below.id AND grants.revoked_at IS NULL)
         UPDATE grants SET revoked_at = ? WHERE id IN below AND revoked_at IS NULL RETURNING id`,
        id, now,
      );
      const lists = new Map();
      for (const { id: grant } of ended) {
        for (const { place } of this.#run('SELECT place FROM tokens WHERE grant_id = ? AND expires_at > ? AND revoked_at IS NULL', grant, now)) {
          const number = Math.floor(place / CAPACITY);
          if (!lists.has(number)) {
            const bits = this.#first('SELECT bits FROM lists WHERE number = ?', number)?.bits;
            lists.set(number, new Uint8Array(bits ?? CAPACITY / 8));
          }
          lists.get(number)[(place % CAPACITY) >> 3] |= 1 << (place & 7);
        }
      }
      for (const [number, bits] of lists) {
        this.#run('INSERT INTO lists VALUES (?, ?, NULL) ON CONFLICT (number) DO UPDATE SET bits = excluded.bits, token = NULL', number, bits);
      }
      return [204];
    });
  }
}
