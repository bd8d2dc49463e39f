// The verifier that fetches: what it asks for, when, and what it says when nobody answers.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { AUDIENCE, ISSUER, keyPair, load, token } from './under.mjs'

const { createVerifier, KeysUnavailable } = await load('index')

/** An issuer whose answers a test decides on, and a clock that it moves. */
function stage(answers = {}) {
  const asked = []
  let time = Math.floor(Date.now() / 1000)
  const state = { answers, hold: undefined }
  return {
    asked,
    state,
    clock: () => time,
    pass: (seconds) => { time += seconds },
    async fetch(url, { signal }) {
      asked.push(url)
      if (state.hold) await state.hold
      signal.throwIfAborted()
      const answer = state.answers[url]
      if (answer === undefined) return new Response('', { status: 404 })
      if (answer instanceof Error) throw answer
      const { body, status = 200, headers = {} } = answer
      return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })
    },
  }
}

const JWKS = `${ISSUER}/jwks.json`
const old = keyPair('old')
const young = keyPair('young')
const set = (...keys) => ({ body: { keys: keys.map(({ jwk }) => jwk) } })

async function start(given, options = {}) {
  return createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: JWKS, fetch: given.fetch, clock: given.clock, ...options })
}

const at = (given, key, claims = {}) => token(key, { iat: given.clock() - 10, exp: given.clock() + 100_000, ...claims })

test('keys are fetched once and tokens judged by them', async () => {
  const given = stage({ [JWKS]: set(old) })
  const verifier = await start(given)
  for (let i = 0; i < 3; i++) assert.equal((await verifier.verify(at(given, old))).ok, true)
  assert.deepEqual(given.asked, [JWKS])
  assert.equal(verifier.keys.keys[0].kid, 'old')
  assert.equal((await verifier.verify('x')).code, 'token_malformed')
})

test('a time to wait may be no whole milliseconds, or longer than timers hold', async () => {
  for (const timeout of [2.3, 60.0001, 1e9, Number.MAX_SAFE_INTEGER]) {
    const given = stage({ [JWKS]: set(old) })
    const verifier = await start(given, { timeout })
    assert.equal((await verifier.verify(at(given, old))).ok, true, String(timeout))
  }
})

test('the issuer\'s metadata say where the keys are, in either place', async () => {
  const metadata = { body: { issuer: ISSUER, jwks_uri: JWKS } }
  for (const place of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
    const given = stage({ [ISSUER + place]: metadata, [JWKS]: set(old) })
    const verifier = await start(given, { jwksUri: undefined })
    assert.equal((await verifier.verify(at(given, old))).ok, true)
  }
  const path = `${ISSUER}/tenant`
  const given = stage({ [`${ISSUER}/.well-known/oauth-authorization-server/tenant`]: { body: { issuer: path, jwks_uri: JWKS } }, [JWKS]: set(old) })
  await start(given, { issuer: path, jwksUri: undefined })
  assert.deepEqual(given.asked, [`${path}/.well-known/openid-configuration`, `${ISSUER}/.well-known/oauth-authorization-server/tenant`, JWKS])
})

test('metadata of another issuer are refused', async () => {
  for (const body of [{ issuer: `${ISSUER}/`, jwks_uri: JWKS }, { jwks_uri: JWKS }, { issuer: ISSUER }, { issuer: ISSUER, jwks_uri: 'http://issuer.example/jwks' }, 'x', '[]']) {
    const given = stage({ [`${ISSUER}/.well-known/openid-configuration`]: { body }, [JWKS]: set(old) })
    await assert.rejects(start(given, { jwksUri: undefined }), (error) => error instanceof KeysUnavailable && error.code === 'keys_malformed')
  }
})

test('what is wrong with the metadata is said, and where', async () => {
  const [first, second] = ['openid-configuration', 'oauth-authorization-server'].map((name) => `${ISSUER}/.well-known/${name}`)
  for (const [answers, said] of [
    [{ [first]: { body: { issuer: `${ISSUER}/`, jwks_uri: JWKS } } }, `the metadata at ${first} name another issuer: "${ISSUER}/"`],
    [{ [first]: { body: {} } }, `the metadata at ${first} name another issuer: undefined`],
    [{ [first]: { body: '', status: 503 } }, `${first} answered 503, ${second} answered 404`],
    [{ [first]: { body: '', status: 302 } }, `${first} answered with a redirect, which is not followed, ${second} answered 404`],
    [{ [second]: { body: { issuer: ISSUER, jwks_uri: 'https://a:secret@issuer.example/' } } }, 'the `jwks_uri` of the metadata must be an address by https, or on this machine, without a password in it'],
  ]) {
    const { code, message } = await start(stage(answers), { jwksUri: undefined }).then(assert.fail, (error) => error)
    assert.equal(message, `${code}: ${said}`)
  }
})

test('Cache-Control is honoured within bounds', async () => {
  for (const [header, options, lifetime] of [
    [undefined, {}, 300],
    ['public, max-age=900', {}, 900],
    ['max-age=999999', {}, 3600],
    ['max-age=999999', { maxAge: 7200 }, 7200],
    [`max-age=${'9'.repeat(400)}`, {}, 3600],
    ['max-age=1', {}, 30],
    ['no-store', {}, 30],
    ['max-age=600, no-cache', { cooldown: 10 }, 10],
  ]) {
    const given = stage({ [JWKS]: { ...set(old), headers: header ? { 'cache-control': header } : {} } })
    const verifier = await start(given, options)
    given.pass(lifetime - 1)
    await verifier.verify(at(given, old))
    assert.equal(given.asked.length, 1, `${header}: still fresh`)
    given.pass(1)
    await verifier.verify(at(given, old))
    assert.equal(given.asked.length, 2, `${header}: asked again`)
  }
  for (const [age, lifetime] of [['500', 100], ['9'.repeat(400), 30]]) {
    const given = stage({ [JWKS]: { ...set(old), headers: { 'cache-control': 'max-age=600', age } } })
    const verifier = await start(given)
    given.pass(lifetime)
    await verifier.verify(at(given, old))
    assert.equal(given.asked.length, 2, 'what it spent in other caches counts')
  }
})

test('all who wait share one request', async () => {
  const given = stage({ [JWKS]: set(old) })
  let release
  given.state.hold = new Promise((resolve) => { release = resolve })
  const verifier = await start(given, { lazy: true })
  const answers = Array.from({ length: 50 }, () => verifier.verify(at(given, old)))
  release()
  assert.ok((await Promise.all(answers)).every(({ ok }) => ok))
  assert.equal(given.asked.length, 1)
})

test('an unknown kid asks for the keys again, once in a while', async () => {
  const given = stage({ [JWKS]: set(old) })
  const verifier = await start(given)
  given.state.answers[JWKS] = set(old, young)
  assert.equal((await verifier.verify(at(given, young))).code, 'key_unknown', 'too soon')
  given.pass(30)
  assert.equal((await verifier.verify(at(given, young))).ok, true)
  assert.equal(given.asked.length, 2)
  const stranger = keyPair('stranger')
  for (let i = 0; i < 100; i++) assert.equal((await verifier.verify(at(given, stranger))).code, 'key_unknown')
  assert.equal(given.asked.length, 2)
  given.pass(30)
  for (let i = 0; i < 100; i++) await verifier.verify(at(given, stranger))
  assert.equal(given.asked.length, 3)
})

test('a refresh that brings the same keys keeps them, and what was verified by them', async () => {
  const given = stage({ [JWKS]: set(old) })
  const verifier = await start(given, { cache: {} })
  const { keys } = verifier
  const good = at(given, old)
  const verdict = await verifier.verify(good)
  given.pass(300)
  assert.equal(await verifier.verify(good), verdict)
  assert.equal(verifier.keys, keys)
  assert.equal(given.asked.length, 2)
  given.state.answers[JWKS] = set(old, young)
  given.pass(300)
  assert.notEqual(await verifier.verify(good), verdict)
  assert.equal((await verifier.verify(at(given, young))).ok, true)
})

test('a withdrawn key is refused after the next refresh, also where its tokens were cached', async () => {
  const given = stage({ [JWKS]: set(old, young) })
  const verifier = await start(given, { cache: {} })
  const genuine = at(given, old)
  assert.equal((await verifier.verify(genuine)).ok, true)
  assert.equal((await verifier.verify(genuine)).ok, true)
  given.state.answers[JWKS] = set(young)
  given.pass(300)
  assert.equal((await verifier.verify(genuine)).code, 'key_unknown')
})

test('a clock that is set back neither keeps keys from being fetched nor makes them younger', async () => {
  const given = stage({ [JWKS]: set(old) })
  const verifier = await start(given, { maxStale: 1000 })
  given.pass(200)
  assert.equal((await verifier.verify(at(given, old))).ok, true)
  given.pass(-86_400)
  assert.equal((await verifier.verify(at(given, old))).ok, true)
  assert.equal(given.asked.length, 1, 'the keys are as fresh as before')
  given.state.answers[JWKS] = set(old, young)
  assert.equal((await verifier.verify(at(given, young))).ok, true, 'a new key is asked for')
  given.pass(-86_400)
  assert.equal((await verifier.verify(at(given, old))).ok, true)
  given.pass(300)
  assert.equal((await verifier.verify(at(given, old))).ok, true)
  assert.equal(given.asked.length, 3, 'and the keys again when they are old')
  given.state.answers[JWKS] = new TypeError('fetch failed')
  given.pass(-86_400)
  for (let i = 0; i < 13; i++) {
    assert.equal((await verifier.verify(at(given, old))).ok, true)
    given.pass(100)
  }
  assert.equal((await verifier.verify(at(given, old))).unavailable, true, 'they live no longer than they may')
})

test('while the issuer is silent its keys live on, for a bounded time, and then nothing is known', async () => {
  const given = stage({ [JWKS]: set(old) })
  const verifier = await start(given, { maxStale: 1000 })
  const genuine = at(given, old)
  given.state.answers[JWKS] = new TypeError('fetch failed')
  given.pass(300)
  assert.equal((await verifier.verify(genuine)).ok, true, 'stale')
  const asked = given.asked.length
  assert.equal((await verifier.verify(genuine)).ok, true)
  assert.equal(given.asked.length, asked, 'a failure is not asked again at once')
  given.pass(1000)
  const answer = await verifier.verify(genuine)
  assert.deepEqual([answer.ok, answer.unavailable, answer.code, answer.retryAfter], [false, true, 'keys_unreachable', 30])
  given.state.answers[JWKS] = set(old)
  given.pass(30)
  assert.equal((await verifier.verify(genuine)).ok, true, 'and comes back')
})

test('an unknown kid while the issuer is silent is unavailable, not refused', async () => {
  const given = stage({ [JWKS]: set(old) })
  const verifier = await start(given)
  given.state.answers[JWKS] = new TypeError('fetch failed')
  given.pass(30)
  for (let i = 0; i < 3; i++) assert.equal((await verifier.verify(at(given, young))).unavailable, true)
  assert.equal(given.asked.length, 2)
  assert.equal((await verifier.verify(at(given, old))).ok, true)
})

test('what is no key set is unavailable, and says why', async () => {
  const big = JSON.stringify({ keys: [], pad: 'x'.repeat(300_000) })
  for (const [answer, code] of [
    [{ body: '{"keys":[]}' }, 'keys_malformed'],
    [{ body: 'nonsense' }, 'keys_malformed'],
    [{ body: big }, 'keys_malformed'],
    [{ body: '', status: 500 }, 'keys_status'],
    [{ body: '', status: 302, headers: { location: JWKS } }, 'keys_status'],
    [{ ...set(old), status: 206 }, 'keys_status'],
    [new TypeError('no'), 'keys_unreachable'],
  ]) {
    const given = stage({ [JWKS]: answer })
    await assert.rejects(start(given), { name: 'KeysUnavailable', code })
    const lazy = await start(given, { lazy: true })
    assert.equal((await lazy.verify(at(given, old))).code, code)
  }
})

test('what is revoked is refused', async () => {
  const given = stage({ [JWKS]: set(old) })
  const verifier = await start(given, { cache: {}, lazy: true })
  verifier.revoke('early')
  assert.equal((await verifier.verify(at(given, old, { jti: 'early' }))).code, 'token_revoked')
  const later = at(given, old, { jti: 'later' })
  assert.equal((await verifier.verify(later)).ok, true)
  verifier.revoke('later')
  assert.equal((await verifier.verify(later)).code, 'token_revoked')
  given.pass(300)
  assert.equal((await verifier.verify(later)).code, 'token_revoked', 'also after a refresh')
})

test('keys over an open connection are refused, except from this machine', async () => {
  const given = stage({ [JWKS]: set(old) })
  for (const jwksUri of ['http://issuer.example/jwks', 'ftp://issuer.example/jwks', 'jwks', 'http://localhost.evil.example/jwks', 'http://127.0.0.1@evil.example/', 'https://a:secret@issuer.example/jwks', 'https://a@issuer.example/jwks']) {
    await assert.rejects(start(given, { jwksUri }), (error) => error.option === 'jwksUri' && !error.message.includes('secret'), jwksUri)
  }
  await assert.rejects(createVerifier({ audience: AUDIENCE }), TypeError)
  await assert.rejects(start(given, { cooldown: -1 }), TypeError)
  await assert.rejects(start(given, { requiredScope: [] }), TypeError)
})

test('with the fetch of the runtime: bodies, redirects and time limits as they are', async () => {
  const seen = []
  const server = createServer((request, response) => {
    seen.push(request.headers.accept)
    if (request.url === '/slow') return
    if (request.url === '/moved') return response.writeHead(302, { location: '/jwks' }).end()
    if (request.url === '/endless') {
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 1)
      response.on('close', () => clearInterval(timer))
      return
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(set(old).body))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${server.address().port}`
  const verifier = (path) => createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: base + path, timeout: 0.5 })
  try {
    assert.equal((await (await verifier('/jwks')).verify(token(old))).ok, true)
    assert.match(seen[0], /jwk-set\+json/)
    await assert.rejects(verifier('/moved'), { code: 'keys_status' })
    await assert.rejects(verifier('/slow'), { code: 'keys_unreachable' })
    await assert.rejects(verifier('/endless'), { code: 'keys_malformed' })
    assert.equal(seen.length, 4, 'no redirect was followed')
  } finally {
    server.closeAllConnections()
    server.close()
  }
  await assert.rejects(verifier('/jwks'), { code: 'keys_unreachable' })
})

test('the fetch of the runtime is the one that it has when it is called', async () => {
  const given = stage({ [JWKS]: set(old) })
  const verifier = await start(given, { fetch: undefined, lazy: true })
  const own = globalThis.fetch
  try {
    globalThis.fetch = given.fetch
    assert.equal((await verifier.verify(at(given, old))).ok, true)
    assert.deepEqual(given.asked, [JWKS])
    globalThis.fetch = undefined
    given.pass(301)
    const { code, cause } = await (await start(given, { fetch: undefined, lazy: true })).verify(at(given, old))
    assert.equal(code, 'keys_unreachable')
    assert.match(cause.cause.message, /fetch is not a function/)
  } finally {
    globalThis.fetch = own
  }
})

test('a request that comes to no end is given up, and the next one is sent', async () => {
  const given = stage({ [JWKS]: set(old) })
  let isLost = true
  const fetch = (...args) => (isLost ? new Promise(() => {}) : given.fetch(...args))
  const verifier = await start(given, { fetch, lazy: true, timeout: 0.01 })
  const answers = await Promise.all([1, 2].map(() => verifier.verify(at(given, old))))
  assert.deepEqual(answers.map(({ code }) => code), ['keys_unreachable', 'keys_unreachable'])
  isLost = false
  given.pass(30)
  assert.equal((await verifier.verify(at(given, old))).ok, true)
})

test('keys that have moved are found again', async () => {
  const metadata = `${ISSUER}/.well-known/openid-configuration`
  const given = stage({ [metadata]: { body: { issuer: ISSUER, jwks_uri: JWKS } }, [JWKS]: set(old) })
  const verifier = await start(given, { jwksUri: undefined })
  given.state.answers = { [metadata]: { body: { issuer: ISSUER, jwks_uri: `${JWKS}2` } }, [`${JWKS}2`]: set(young) }
  given.pass(300)
  assert.equal((await verifier.verify(at(given, old))).ok, true, 'the old ones live on for a while')
  given.pass(30)
  assert.equal((await verifier.verify(at(given, young))).ok, true)
  assert.deepEqual(given.asked, [metadata, JWKS, JWKS, metadata, `${JWKS}2`])
})
