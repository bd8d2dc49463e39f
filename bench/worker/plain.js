// The same two operations as the Worker's one-time codes, in plain JavaScript on the same
// Durable Object storage, written as one would write them for speed: what our own answers
// are measured against. Same objects, same hops, same rows, same audit entries, same
// signature on each code; no HTML, no other protocol.
import { DurableObject } from 'cloudflare:workers';

const HOUR = 3_600_000;
const encoder = new TextEncoder();
const json = (body, status = 200) => Response.json(body, { status });
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const random = (length) => base64url(crypto.getRandomValues(new Uint8Array(length)));
const sha256 = async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
const accountOf = (credential, prefix) =>
  typeof credential === 'string' && credential.startsWith(prefix) && credential.length >= prefix.length + 16
    ? credential.slice(prefix.length, prefix.length + 16)
    : null;

let signingKey;
async function sign(text) {
  signingKey ??= await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  return base64url(new Uint8Array(await crypto.subtle.sign(algorithm, signingKey.privateKey, encoder.encode(text))));
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const account = (id) => env.ACCOUNT.getByName(id);
    if (request.method !== 'POST') return json({ error: 'not found' }, 404);
    switch (pathname) {
      case '/setup': {
        const { person, platform } = await request.json();
        return json({
          session_token: await account(person).openSession(person),
          platform_api_key: await account(platform).createKey(platform, 'shopify'),
        });
      }
      case '/anexus/api/v1/codes/generate': {
        const session = request.headers.get('x-session-token');
        const id = accountOf(session, 'ses_');
        if (!id) return json({ success: false, error: 'not signed in' });
        const { target } = await request.json();
        return json(await account(id).issue(session, target, id));
      }
      case '/anexus/api/v1/codes/verify': {
        const { code, api_key: apiKey } = await request.json();
        const platformId = accountOf(apiKey, 'nxs6_');
        const person = /^anx:\/\/[a-z0-9._-]+\/user_([a-z0-9]{16})\?/.exec(code)?.[1];
        if (!platformId || !person) return json({ verified: false, error: 'malformed' });
        const platform = await account(platformId).authenticate(apiKey);
        if (!platform) return json({ verified: false, error: 'unknown key' });
        return json(await account(person).redeem(code, platform));
      }
      default:
        return json({ error: 'not found' }, 404);
    }
  },
};

export class Account extends DurableObject {
  #sql;
  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS sessions (hash BLOB PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS keys (hash BLOB PRIMARY KEY, id TEXT NOT NULL, target TEXT NOT NULL, revoked_at INTEGER) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS codes (hash BLOB PRIMARY KEY, target TEXT NOT NULL, expires_at INTEGER NOT NULL, spent_at INTEGER) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS codes_expiry ON codes (expires_at);
      CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT)`);
  }

  #first(statement, ...parameters) {
    return this.#sql.exec(statement, ...parameters).toArray()[0];
  }

  #record(kind, subject) {
    this.#sql.exec('INSERT INTO audit (at, kind, subject) VALUES (?, ?, ?)', Date.now(), kind, subject);
  }

  async openSession(id) {
    const token = `ses_${id}${random(32)}`;
    this.#sql.exec('INSERT INTO sessions VALUES (?, ?)', await sha256(token), Date.now() + 30 * 24 * HOUR);
    return token;
  }

  async createKey(id, target) {
    const key = `nxs6_${id}${random(32)}`;
    this.#sql.exec('INSERT INTO keys VALUES (?, ?, ?, NULL)', await sha256(key), random(8), target);
    return key;
  }

  async issue(session, target, id) {
    const now = Date.now();
    const sessionHash = await sha256(session);
    if (!this.#first('SELECT 1 FROM sessions WHERE hash = ? AND expires_at > ?', sessionHash, now)) {
      return { success: false, error: 'not signed in' };
    }
    const text = `anx://${target}/user_${id}?exp=3600&ts=${Math.floor(now / 1000)}&n=${random(16)}&k=00000000`;
    const code = `${text}&sig=${await sign(text)}`;
    const hash = await sha256(code);
    return this.ctx.storage.transactionSync(() => {
      this.#sql.exec('INSERT INTO codes VALUES (?, ?, ?, NULL)', hash, target, now + HOUR);
      this.#record('code.issued', target);
      return { success: true, code, target, expires_in: '1 hour', geo_location: '' };
    });
  }

  async authenticate(key) {
    return this.#first('SELECT id, target FROM keys WHERE hash = ? AND revoked_at IS NULL', await sha256(key));
  }

  async redeem(code, platform) {
    const now = Date.now();
    const hash = await sha256(code);
    return this.ctx.storage.transactionSync(() => {
      const spent = this.#first(
        'UPDATE codes SET spent_at = ? WHERE hash = ? AND spent_at IS NULL AND expires_at > ? AND target = ? RETURNING target',
        now, hash, now, platform.target,
      );
      this.#record(spent ? 'code.redeemed' : 'code.refused', platform.id);
      return spent
        ? { verified: true, username: 'alice', user_id: 'user_x', name: 'Alice', target_platform: spent.target, identity_type: 'human', permissions: [], geo_location: '' }
        : { verified: false, error: 'Code expired or already used' };
    });
  }
}
