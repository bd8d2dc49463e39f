// A verifier of grants that fetches: keys, lists, and what it says while it cannot.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forge, issuer, keyPair, now, statusList } from './grants.mjs'
import { load } from './under.mjs'

const { createGrantVerifier, KeysUnavailable } = await load('grants')
const code = (answer) => (answer.ok ? `valid, ${answer.revocation}` : `${answer.unavailable ? 'unavailable' : 'refused'}: ${answer.code}`)

/** An issuer, and a verifier of its grants with a clock that the test moves. */
async function pair(options = {}, prepare = () => {}) {
  const at = await issuer()
  // A little ahead, as what a slow test issues must not be from the future.
  let time = now() + 5
  at.now = () => time
  prepare(at)
  const verifier = await createGrantVerifier({ issuer: at.issuer, onUnknown: 'refuse', clock: () => time, ...options })
  return { at, verifier, pass: (seconds) => (time += seconds), end: (result) => at.close().then(() => result) }
}

test('a grant that is good, with one request for keys and one for its list', async () => {
  const { at, verifier, end } = await pair()
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => verifier.verify(at.grant(i))))
  assert.deepEqual(new Set(answers.map(code)), new Set(['valid, valid']))
  assert.deepEqual(at.requests, { jwks: 1, list: 1 })
  assert.equal(answers[7].claims.status.index, 7)
  await end()
})

test('what is expected is what was said when the verifier was made', async () => {
  const requiredScopes = ['calendar:write']
  const { at, verifier, end } = await pair({ requiredScopes })
  requiredScopes.pop()
  assert.equal(code(await verifier.verify(at.grant(0, { scp: ['calendar:read'], scope: 'calendar:read' }))), 'refused: scope_missing')
  await end()
})

test('a revocation is seen within the time that the list may be relied upon', async () => {
  const { at, verifier, pass, end } = await pair()
  const token = at.grant(3, { exp: now() + 3600 })
  assert.equal(code(await verifier.verify(token)), 'valid, valid')
  at.revoked = [3]
  pass(44)
  assert.equal(code(await verifier.verify(token)), 'valid, valid')
  pass(1)
  assert.equal(code(await verifier.verify(token)), 'refused: token_revoked')
  assert.equal(at.requests.list, 2)
  await end()
})

test('what the list has spent in caches is taken off', async () => {
  const { at, verifier, pass, end } = await pair({}, (at) => (at.listHeaders = { age: '15' }))
  const token = at.grant(3, { exp: now() + 3600 })
  assert.equal(code(await verifier.verify(token)), 'valid, valid')
  pass(29)
  await verifier.verify(token)
  assert.equal(at.requests.list, 1)
  pass(1)
  await verifier.verify(token)
  assert.equal(at.requests.list, 2)
  await end()
})

test('a request for a list that comes to no end is given up, and the next one is sent', async () => {
  let isLost = false
  const lost = (url, init) => (isLost && !url.endsWith('jwks.json') ? new Promise(() => {}) : fetch(url, init))
  const { at, verifier, end } = await pair({ fetch: lost, timeout: 0.5 })
  const token = at.grant(3)
  isLost = true
  const answers = await Promise.all([1, 2].map(() => verifier.verify(token)))
  assert.deepEqual(answers.map(code), Array(2).fill('unavailable: status_list_unreachable'))
  isLost = false
  assert.equal(code(await verifier.verify(token)), 'valid, valid')
  await end()
})

test('a clock that is set back leaves no list valid for longer', async () => {
  const { at, verifier, pass, end } = await pair()
  const token = at.grant(3, { iat: now() - 7200, exp: now() + 3600 })
  assert.equal(code(await verifier.verify(token)), 'valid, valid')
  at.revoked = [3]
  pass(-3600)
  assert.equal(code(await verifier.verify(token)), 'refused: token_revoked')
  await end()
})

test('no list vouches for longer than the verifier lets it, whatever it says itself', async () => {
  for (const [ttl, options, age] of [[undefined, {}, 300], [86_400, {}, 300], [45, { maxListAge: 10 }, 10]]) {
    const { at, verifier, pass, end } = await pair(options, (at) => {
      at.list = () => statusList({ uri: at.uri, issuer: at.issuer, iat: at.now(), ttl })
    })
    const token = at.grant(3, { exp: now() + 3600 })
    assert.equal(code(await verifier.verify(token)), 'valid, valid')
    at.fails.list = 503
    pass(age - 1)
    assert.equal(code(await verifier.verify(token)), 'valid, valid', `${ttl}: still fresh`)
    pass(1)
    assert.equal(code(await verifier.verify(token)), 'unavailable: status_list_status', `${ttl}: no longer`)
    await end()
  }
})

for (const [onUnknown, wanted] of [['refuse', 'unavailable: status_list_status'], ['accept', 'valid, unknown']]) {
  test(`a list that cannot be had: ${onUnknown}`, async () => {
    const { at, verifier, pass, end } = await pair({ onUnknown })
    const [good, bad] = [3, 4].map((index) => at.grant(index, { exp: now() + 3600 }))
    at.revoked = [4]
    assert.equal(code(await verifier.verify(good)), 'valid, valid')
    at.fails.list = 503
    pass(45)
    assert.equal(code(await verifier.verify(good)), wanted)
    // What was revoked stays so, however old the list.
    assert.equal(code(await verifier.verify(bad)), 'refused: token_revoked')
    assert.equal(at.requests.list, 2, 'a failure is not asked about again at once')
    delete at.fails.list
    pass(5)
    assert.equal(code(await verifier.verify(good)), 'valid, valid')
    await end()
  })

  test(`a token without a list, or with a list elsewhere: ${onUnknown}`, async () => {
    const { at, verifier, end } = await pair({ onUnknown })
    const other = onUnknown === 'refuse' ? 'refused: revocation_unknown' : 'valid, unknown'
    assert.equal(code(await verifier.verify(at.grant(null))), other)
    assert.equal(code(await verifier.verify(at.grant(null, { status: { status_list: { idx: 1, uri: 'http://127.0.0.1:1/x' } } }))), other)
    assert.equal(at.requests.list, 0)
    await end()
  })
}

test('a list that lies about itself is none', async () => {
  for (const list of [
    (at) => forge(statusList({ uri: at.uri, issuer: at.issuer })),
    (at) => statusList({ uri: `${at.uri}1`, issuer: at.issuer }),
    (at) => statusList({ uri: at.uri, issuer: at.issuer, exp: now() - 1 }),
    (at) => statusList({ uri: at.uri, issuer: 'https://other.example' }),
    () => 'x'.repeat(20_000),
    () => '<html>',
  ]) {
    const { at, verifier, end } = await pair({}, (at) => (at.list = () => list(at)))
    assert.equal(code(await verifier.verify(at.grant())), 'unavailable: status_list_unusable')
    await end()
  }
})

test('a place beyond the end of its list is refused, whatever unknown means', async () => {
  const { at, verifier, end } = await pair({ onUnknown: 'accept' })
  assert.equal(code(await verifier.verify(at.grant(5000))), 'refused: status_index_out_of_range')
  await end()
})

test('a list that does not answer is waited for so long and no longer', async () => {
  const { at, verifier, end } = await pair({ timeout: 0.2 })
  at.fails.list = 'silent'
  const started = Date.now()
  const answers = await Promise.all([verifier.verify(at.grant(1)), verifier.verify(at.grant(2))])
  assert.deepEqual(answers.map(code), Array(2).fill('unavailable: status_list_unreachable'))
  assert.equal(answers[0].retryAfter, 5)
  assert.ok(Date.now() - started < 2000)
  await end()
})

test('new keys are found, for tokens and for lists', async () => {
  const { at, verifier, pass, end } = await pair()
  assert.equal(code(await verifier.verify(at.grant())), 'valid, valid')
  at.keys = [keyPair('grantex-2', 'RS256'), ...at.keys]
  pass(45)
  assert.equal(code(await verifier.verify(at.grant(3, {}, at.keys[1]))), 'valid, valid', 'the list is signed by the new key')
  assert.equal(code(await verifier.verify(at.grant(3, {}, at.keys[0]))), 'valid, valid')
  assert.equal(at.requests.jwks, 2)
  await end()
})

test('whoever signs up with the issuer is no developer of ours', async () => {
  const developer = ['dev_1']
  const { at, verifier, end } = await pair({ developer })
  developer[0] = 'dev_2'
  assert.equal(code(await verifier.verify(at.grant())), 'valid, valid')
  assert.equal(code(await verifier.verify(at.grant(3, { dev: 'dev_2' }))), 'refused: grant_developer_mismatch')
  await end()
})

test('a token that is refused asks for no list', async () => {
  const { at, verifier, end } = await pair({ requiredScopes: ['calendar:read'] })
  assert.equal(code(await verifier.verify(forge(at.grant()))), 'refused: signature_invalid')
  assert.equal(code(await verifier.verify(at.grant(), { requiredScopes: ['files:read'] })), 'refused: scope_missing')
  assert.equal(code(await verifier.verify(at.grant(3, { scp: ['email:send'] }))), 'refused: scope_missing')
  assert.equal(at.requests.list, 0)
  await end()
})

test('keys that cannot be had: it says so at the start, or with each token', async () => {
  const at = await issuer()
  at.fails.jwks = 500
  const options = { issuer: at.issuer, onUnknown: 'refuse' }
  await assert.rejects(createGrantVerifier(options), (error) => error instanceof KeysUnavailable && error.code === 'keys_status')
  const lazy = await createGrantVerifier({ ...options, lazy: true, cooldown: 0 })
  assert.equal(code(await lazy.verify(at.grant())), 'unavailable: keys_status')
  delete at.fails.jwks
  assert.equal(code(await lazy.verify(at.grant())), 'valid, valid')
  await at.close()
})

test('as many lists are kept as was said', async () => {
  const at = await issuer()
  const verifier = await createGrantVerifier({ issuer: at.issuer, onUnknown: 'refuse', maxLists: 2 })
  at.list = undefined
  const use = (number) => {
    at.uri = `${at.issuer}/status/acc/${number}`
    return verifier.verify(at.grant())
  }
  for (const number of [0, 1, 0, 2, 0]) assert.equal(code(await use(number)), 'valid, valid')
  assert.equal(at.requests.list, 3)
  await use(1)
  assert.equal(at.requests.list, 4, 'the one least recently used was forgotten')
  await at.close()
})

test('what unknown means must be said', async () => {
  await assert.rejects(createGrantVerifier({ issuer: 'https://i.example' }), /onUnknown/)
  await assert.rejects(createGrantVerifier({ issuer: 'https://i.example', onUnknown: 'ignore' }), /onUnknown/)
  await assert.rejects(createGrantVerifier({ onUnknown: 'refuse' }), /issuer/)
  await assert.rejects(createGrantVerifier({ issuer: 'http://i.example', onUnknown: 'refuse' }), /https/)
  await assert.rejects(createGrantVerifier({ issuer: 'https://i.example', onUnknown: 'refuse', scopes: [] }), /unknown option/)
})
