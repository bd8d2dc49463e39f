// What the vectors do not show of verification: results, options, misuse, the cache.

import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { test } from 'node:test'
import { AUDIENCE, expect, forge, ISSUER, keyPair, load, loadCjs, now, token } from './under.mjs'

const main = await load('index')
const { CachedVerifier, importJwk, importJwks, KeyError, verifyJwt } = main
const key = keyPair('es')
const rsa = keyPair('rs', 'RS256')
const keys = importJwks({ keys: [key.jwk, rsa.jwk] })

test('a verdict has claims, header and the key', () => {
  for (const pair of [key, rsa]) {
    const verdict = verifyJwt(token(pair, { nested: { a: [1, 'ü'] } }), keys, expect)
    assert.equal(verdict.ok, true)
    assert.deepEqual(verdict.claims.nested, { a: [1, 'ü'] })
    assert.deepEqual(verdict.header, { alg: pair.alg, typ: 'JWT', kid: pair.kid })
    assert.equal(verdict.kid, pair.kid)
  }
})

test('claims belong to the caller, headers are shared and hence frozen', () => {
  const given = token(key)
  const [first, second] = [verifyJwt(given, keys, expect), verifyJwt(given, keys, expect)]
  first.claims.sub = 'somebody else'
  assert.equal(second.claims.sub, 'user-1')
  assert.throws(() => { first.header.alg = 'none' }, TypeError)
})

test('a claim named __proto__ is a claim', () => {
  const signed = token(key, JSON.parse('{"__proto__":{"admin":true}}'))
  const { claims } = verifyJwt(signed, keys, expect)
  assert.equal(claims.admin, undefined)
  assert.ok(Object.hasOwn(claims, '__proto__'))
})

test('a refusal has a code, a message, and by how much', () => {
  const verdict = verifyJwt(token(key, { exp: now() - 17, iat: now() - 60 }), keys, { ...expect, now: now() })
  assert.equal(verdict.code, 'expired')
  assert.equal(verdict.unavailable, false)
  assert.equal(verdict.blame, 'bearer')
  assert.ok(Math.abs(verdict.seconds - 17) <= 1)
  assert.match(verdict.message, /\(by 1[78] s\)/)
  assert.equal(verifyJwt(token(key), keys, { ...expect, requiredScopes: ['a'] }).index, 0)
})

test('what is no token is refused and never throws', () => {
  for (const given of [undefined, null, 7, {}, [], '', '.', '..', 'a.b.c', '\ud800.\ud800.\ud800', 'x'.repeat(1e6), '\0']) {
    const verdict = verifyJwt(given, keys, expect)
    assert.equal(verdict.ok, false)
    assert.equal(typeof verdict.code, 'string')
  }
  assert.equal(verifyJwt('x'.repeat(1e6), keys, expect).code, 'token_too_large')
})

test('an option that is misspelt or of another type throws, as its check would not be made', () => {
  const given = token(key)
  assert.equal(verifyJwt(given, keys, expect).ok, true)
  for (const options of [
    { ...expect, requiredScope: ['admin'] },
    { ...expect, audiences: ['x'] },
    { ...expect, allow: { untypd: true } },
    { ...expect, allow: { untyped: 'yes' } },
    { ...expect, requiredScopes: 'admin' },
    { ...expect, issuer: new RegExp('.*') },
    { ...expect, audience: [1] },
    { ...expect, clockTolerance: '5' },
    { ...expect, issuer: '\ud800' },
  ]) {
    assert.throws(() => verifyJwt(given, keys, options), TypeError, JSON.stringify(options))
  }
})

test('a time that is no number is refused', () => {
  for (const at of [NaN, Infinity, -1, 1e15]) {
    assert.equal(verifyJwt(token(key), keys, { ...expect, now: at }).code, 'expected_time_out_of_range')
  }
})

test('options that change are other options, also where the object is the same', () => {
  const given = token(key)
  const options = { issuer: ISSUER, audience: [AUDIENCE] }
  assert.equal(verifyJwt(given, keys, options).ok, true)
  options.audience[0] = 'https://other.example'
  assert.equal(verifyJwt(given, keys, options).code, 'audience_mismatch')
  options.audience = AUDIENCE
  assert.equal(verifyJwt(given, keys, options).ok, true)
  options.requiredClaims = ['email']
  assert.equal(verifyJwt(given, keys, options).code, 'claim_missing')
})

test('more policies than are kept are all obeyed', () => {
  const given = token(key)
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 40; i++) {
      const verdict = verifyJwt(given, keys, { issuer: ISSUER, audience: i === 33 ? AUDIENCE : `https://${i}.example` })
      assert.equal(verdict.ok, i === 33)
    }
  }
})

test('an error of a key names the key and the member', () => {
  const { y: _, ...half } = key.jwk
  assert.throws(() => importJwks({ keys: [rsa.jwk, half] }), (error) => {
    assert.ok(error instanceof KeyError)
    assert.deepEqual([error.code, error.index, error.kid, error.member], ['key_member_missing', 1, 'es', 'y'])
    return true
  })
  assert.throws(() => importJwks('{"keys":[],"keys":[]}'), { code: 'json_duplicate_member' })
  assert.throws(() => importJwk({ kty: 'oct', k: 'AAAA' }), { code: 'key_symmetric' })
  assert.throws(() => importJwks(7), TypeError)
})

test('keys for others are passed over and listed', () => {
  const set = importJwks({ keys: [key.jwk, { kty: 'OKP', crv: 'Ed25519', x: 'AA', kid: 'ed' }] })
  assert.deepEqual(set.keys.map(({ kid, alg }) => [kid, alg]), [['es', 'ES256']])
  assert.deepEqual(set.skipped.map(({ index, code }) => [index, code]), [[1, 'key_type_unsupported']])
})

test('import and require share one instance', () => {
  assert.equal(loadCjs('countersign').verifyJwt, verifyJwt)
  assert.equal(loadCjs('countersign').KeyError, KeyError)
})

test('the cache: a hit is the same verdict, frozen', () => {
  const cached = new CachedVerifier(keys, expect)
  const given = token(key, { jti: 'a' })
  const first = cached.verify(given)
  assert.equal(first.ok, true)
  assert.equal(cached.verify(given), first)
  assert.throws(() => { first.claims.sub = 'x' }, TypeError)
  assert.equal(cached.size, 1)
})

test('the cache: no other token hits, not even one with the same signature', () => {
  const cached = new CachedVerifier(keys, expect)
  const given = token(key)
  assert.equal(cached.verify(given).ok, true)
  const [header, , signature] = given.split('.')
  const other = Buffer.from(JSON.stringify({ iss: ISSUER, aud: AUDIENCE, sub: 'admin', exp: now() + 300 })).toString('base64url')
  assert.equal(cached.verify(`${header}.${other}.${signature}`).code, 'signature_invalid')
  assert.equal(cached.verify(`x${given}`).ok, false)
  assert.equal(cached.verify(forge(given)).code, 'signature_invalid')
  assert.equal(cached.verify(given).ok, true)
})

test('the cache: times are judged at each hit, as without it', () => {
  const start = now()
  const given = token(key, { iat: start, nbf: start, exp: start + 100 })
  for (const options of [expect, { ...expect, clockTolerance: 7 }, { ...expect, maxTokenAge: 50 }, { ...expect, maxTokenAge: 50, clockTolerance: 3 }]) {
    const cached = new CachedVerifier(keys, options)
    assert.equal(cached.verify(given, start).ok, true)
    for (const at of [-8, -7, -6, -4, -3, -2, -1, 0, 1, 49, 50, 51, 53, 54, 99, 100, 101, 106, 107, 108]) {
      const plain = verifyJwt(given, keys, { ...options, now: start + at })
      assert.deepEqual(cached.verify(given, start + at), plain, `${JSON.stringify(options)} at ${at}`)
    }
  }
})

test('the cache: what is revoked is refused, at a hit and at a miss', () => {
  const banned = new Set()
  const cached = new CachedVerifier(keys, expect, { isRevoked: ({ sub }) => banned.has(sub) })
  const given = token(key, { jti: 'a', sub: 'x' })
  assert.equal(cached.verify(given).ok, true)
  cached.revoke('a')
  assert.equal(cached.verify(given).code, 'token_revoked')
  cached.clear()
  assert.equal(cached.verify(given).code, 'token_revoked')
  const other = token(key, { jti: 'b', sub: 'y' })
  assert.equal(cached.verify(other).ok, true)
  banned.add('y')
  assert.equal(cached.verify(other).code, 'token_revoked')
})

test('the cache: bounded, and of what is used', () => {
  const cached = new CachedVerifier(keys, expect, { maxTokens: 20 })
  const hot = token(key, { jti: 'hot' })
  const first = cached.verify(hot)
  for (let i = 0; i < 100; i++) {
    assert.equal(cached.verify(token(key, { jti: `${i}` })).ok, true)
    assert.equal(cached.verify(hot), first, 'what is used stays')
    assert.ok(cached.size <= 20)
  }
})

test('the cache: other keys forget all, and later changes of the options change nothing', () => {
  const options = { issuer: ISSUER, audience: [AUDIENCE] }
  const cached = new CachedVerifier(keys, options)
  const given = token(key)
  options.audience.push('https://other.example')
  assert.equal(cached.verify(token(key, { aud: 'https://other.example' })).code, 'audience_mismatch')
  assert.equal(cached.verify(given).ok, true)
  cached.use(importJwks({ keys: [rsa.jwk] }))
  assert.equal(cached.verify(given).code, 'key_unknown')
})

test('what is decoded without verifying says so by its module alone', async () => {
  const { decodeUnverified } = await load('unverified')
  const decoded = decodeUnverified(forge(token(key)))
  assert.equal(decoded.ok, true)
  assert.equal(decoded.claims.sub, 'user-1')
  assert.equal(decodeUnverified('x').code, 'token_malformed')
  assert.equal('decodeUnverified' in main, false)
})

test('what is no bytes throws, verifies nothing, and leaves the verifier as it was', async () => {
  const { verifyDetached, verifyEcdsaDer, verifyJws, verifySignature } = main
  const one = importJwk(key.jwk)
  const [header, , signature] = token(key).split('.')
  // Letters written into a byte array are zeros: over those is this signature genuine.
  const overZeros = sign('sha256', new Uint8Array(3), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  for (const message of ['abc', undefined, [0, 0, 0], new ArrayBuffer(3), new Uint16Array(3)]) {
    assert.throws(() => verifySignature(overZeros, message, one), TypeError)
    assert.throws(() => verifyEcdsaDer(message, overZeros, one), TypeError)
    if (typeof message !== 'string') assert.throws(() => verifyDetached(`${header}..${signature}`, message, one), TypeError)
  }
  assert.throws(() => verifyJws(token(key), one, { typ: 5 }), TypeError)
  assert.equal(verifyJwt(token(key), keys, expect).ok, true)
})

test('equal compares text by its bytes, and throws on what is neither', async () => {
  const { equal, hmacSha256 } = await load('hmac')
  assert.equal(equal('abcdef', 'fedcba'), false)
  assert.equal(equal('abcdef', 'abcdef'), true)
  assert.equal(equal('abc', Buffer.from('abc')), true)
  for (const none of [undefined, ['a'], new ArrayBuffer(1)]) {
    assert.throws(() => equal(none, none), TypeError)
    assert.throws(() => hmacSha256(none, 'message'), TypeError)
  }
})

test('half of a surrogate pair is no character, and stands for none', async () => {
  const { equal, hmacSha256 } = await load('hmac')
  const one = importJwk(key.jwk)
  const header = Buffer.from('{"alg":"ES256","kid":"es"}').toString('base64url')
  const signature = sign('sha256', `${header}.${Buffer.from('\ufffd').toString('base64url')}`, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  const jws = `${header}..${signature.toString('base64url')}`
  assert.equal(main.verifyDetached(jws, '\ufffd', one).ok, true)
  assert.equal(main.verifyDetached(jws, '\ud83d\ude00', one).code, 'signature_invalid')
  for (const half of ['\ud83d', '\ude00', '\ude00\ud83d']) {
    assert.throws(() => main.verifyDetached(jws, half, one), TypeError)
    assert.throws(() => importJwk(JSON.stringify(key.jwk).replace('"es"', `"${half}"`)), TypeError)
    assert.throws(() => equal(half, '\ufffd'), TypeError)
    assert.throws(() => hmacSha256(half, ''), TypeError)
  }
})

test('a byte order mark in the name of a key is part of its name', () => {
  const kids = ['es', '\ufeffes']
  const both = importJwks({ keys: kids.map((kid) => ({ ...key.jwk, kid })) })
  assert.deepEqual(both.keys.map(({ kid }) => kid), kids)
  for (const kid of kids) assert.equal(verifyJwt(token(key, {}, { kid }), both, expect).kid, kid)
})

test('RFC 9068 section 4: at+jwt is the same type in each of its spellings', () => {
  const claims = { jti: 'j', client_id: 'c' }
  const { client_id: _, ...without } = claims
  for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt']) {
    assert.equal(verifyJwt(token(key, claims, { typ: 'at+jwt' }), keys, { ...expect, typ }).ok, true)
    assert.equal(verifyJwt(token(key, without, { typ: 'at+jwt' }), keys, { ...expect, typ }).code, 'client_id_missing')
  }
})

test('the cache: to revoke one of many costs as much as one of few, and the past are forgotten', () => {
  const { [Symbol.iterator]: entries } = Map.prototype
  /** How many there were each time that all were looked at. */
  const revoke = (until) => {
    const lengths = []
    Map.prototype[Symbol.iterator] = function () {
      lengths.push(this.size)
      return entries.call(this)
    }
    try {
      const cached = new CachedVerifier(keys, expect)
      for (let i = 0; i < 4000; i++) cached.revoke(`${i}`, until(i), i)
    } finally {
      Map.prototype[Symbol.iterator] = entries
    }
    return lengths
  }
  assert.ok(revoke(() => Infinity).reduce((sum, length) => sum + length) < 2 * 4000)
  assert.ok(Math.max(...revoke((i) => i + 1)) < 100)
})

test('the cache: a time that is none hits nothing, and what revokes nothing throws', () => {
  const cached = new CachedVerifier(keys, { issuer: ISSUER, audience: AUDIENCE, clockTolerance: 5, allow: { withoutExpiry: true } })
  const given = token(key, { iat: undefined, exp: undefined })
  assert.equal(cached.verify(given, now()).ok, true)
  for (const none of [NaN, -1, now() * 1000]) assert.equal(cached.verify(given, none).code, 'expected_time_out_of_range')
  const then = token(key, { iat: 1000, exp: 2000, jti: 'then' })
  cached.revoke('then', 2005, 1500)
  cached.revoke('another', 2005, 1500)
  assert.equal(cached.verify(then, 1500).code, 'token_revoked')
  assert.throws(() => cached.revoke('id', NaN), TypeError)
  assert.throws(() => cached.revoke(undefined), TypeError)
})
