// Options that are misspelt, of another type or out of place: each throws, wherever it is given,
// says which one it is, and nothing is judged.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expect, keyPair, load, oneTimeCode, token } from './under.mjs'

const { CachedVerifier, createVerifier, importJwks, verifyDetached, verifyEcdsaDer, verifyJws, verifyJwt, verifySignature } = await load('index')
const { checkCode } = await load('code')
const { signRequest } = await load('hmac')
const { createGrantVerifier, verifyDelegationChain, verifyGrantToken, verifyStatusList } = await load('grants')
const { verifyAuditChain } = await load('audit')
const { checkLogin, verifyCode } = await load('anexus')
const { Grantex } = await load('grantex')
const { decide, guardFetch } = await load('guard')
const { guard: guardExpress } = await load('express')
const { guard: guardHono } = await load('hono')

const key = keyPair('k')
const keys = importJwks({ keys: [key.jwk] })
const given = token(key)
const never = async () => assert.fail('nobody is asked')
const issuer = 'https://issuer.example'
const grants = await createGrantVerifier({ issuer, onUnknown: 'refuse', lazy: true, fetch: never })

const grantex = new Grantex({ baseUrl: issuer, apiKey: 'k', retries: 0, fetch: never })

/** Each function, the options that it takes, and what else they may not be. */
const calls = {
  verifyJwt: [(o) => verifyJwt(given, keys, o), expect, { allow: [true, null, 'untyped', () => {}], issuer: [7, null], audience: [null, 7, [7], new Set()], typ: [null], clockTolerance: ['5', null], requiredScopes: ['a', null], 'allow.untyped': ['yes', 1, null], 'allow.untypd': [true] }],
  verifyJws: [(o) => verifyJws(given, keys, o), {}, { typ: [5, null], type: ['JWT'] }],
  verifyDetached: [(o) => verifyDetached(given, '', keys, o), {}, { typ: [5] }],
  CachedVerifier: [(o) => new CachedVerifier(keys, o), expect, { allow: [true], now: [1], requiredScopes: ['a'] }],
  'CachedVerifier, its cache': [(o) => new CachedVerifier(keys, expect, o), {}, { maxTokens: [1, NaN, '9'], isRevoked: [true, new Set()], maxToken: [9] }],
  createVerifier: [(o) => createVerifier(o), { ...expect, lazy: true, fetch: never }, { cooldwn: [5], now: [1], cooldown: [NaN, '5', -1], requiredScopes: ['a'], allow: [true], cache: [true], 'cache.maxToken': [9], 'cache.maxTokens': [1], lazy: ['yes'], fetch: [7], clock: [7], jwksUri: [new URL(issuer), 'x', 'http://issuer.example/'], issuer: [undefined, 'x', 7] }],
  createGrantVerifier: [(o) => createGrantVerifier(o), { issuer, onUnknown: 'refuse', lazy: true, fetch: never }, { onUnknown: [undefined, 'ignore'], requiredScopes: ['a'], developer: [7, [7], null], untyped: ['no'], maxListAge: [NaN, 0], maxLists: [0], issuer: [undefined, '', 'http://issuer.example'], clock: [7], scopes: [[]] }],
  'GrantVerifier.verify': [(o) => grants.verify('x', o), {}, { scopes: [['a']], requiredScopes: ['a'] }],
  verifyGrantToken: [(o) => verifyGrantToken(given, keys, o), { issuer }, { scopes: [['a']], untyped: ['no'], requiredScopes: ['a'], developer: [7, [7], null] }],
  verifyDelegationChain: [(o) => verifyDelegationChain([given], keys, o), { issuer }, { scopes: [['a']] }],
  verifyStatusList: [(o) => verifyStatusList(given, keys, o), { issuer, uri: issuer }, { url: [issuer], uri: [undefined], fetchedAt: ['5', NaN] }],
  checkCode: [(o) => checkCode('anx://', keys, o), { target: 'shop' }, { clockTolerence: [5], clockTolerance: ['5'], target: [undefined] }],
  verifyAuditChain: [(o) => verifyAuditChain([], o), {}, { strat: ['anywhere'], start: ['here', null], 'start.before': ['0'.repeat(64)], 'start.after': ['0'] }],
  'anexus, its connection': [(o) => checkLogin(o, 's'), { base: issuer, fetch: never }, { timout: [1], timeout: [NaN], base: [undefined, 'x', 'http://issuer.example', new URL(issuer)] }],
  'anexus, its key': [(o) => verifyCode({ base: issuer, fetch: never }, 'c', o), { apiKey: 'k' }, { secret: ['s'], apiKey: [undefined] }],
  Grantex: [(o) => new Grantex(o), { baseUrl: issuer, apiKey: 'k' }, { retrys: [1], retries: [-1], timeout: ['1'], apiKey: ['', undefined, 'k\n', 'a b', '\u00fc'], baseUrl: [undefined, 'http://issuer.example'], fetch: [1] }],
  'Grantex.signup': [(o) => Grantex.signup(o), { baseUrl: issuer, name: 'n', fetch: never, retries: 0 }, { nmae: ['n'], apiKey: ['k'] }],
  'Grantex.authorize': [(o) => grantex.authorize(o), { agentId: 'a', principalId: 'p', scopes: ['s'] }, { audiance: ['x'], expires: ['1h'] }],
  'Grantex.tokens.exchange': [(o) => grantex.tokens.exchange(o), { code: 'c', agentId: 'a' }, { verifier: ['v'] }],
  'Grantex.grants.delegate': [(o) => grantex.grants.delegate(o), { parentGrantToken: 't', subAgentId: 'a', scopes: ['s'] }, { expires: ['1h'] }],
  'Grantex.grants.list': [(o) => grantex.grants.list(o), {}, { agent: ['a'] }],
  'Grantex.agents.update': [(o) => grantex.agents.update('a', o), {}, { state: ['suspended'] }],
  ...Object.fromEntries(Object.entries({ express: guardExpress, hono: guardHono, guardFetch: (o) => guardFetch(never, o), decide: (o) => decide('Bearer x', o) }).map(([name, guard]) =>
    [name, [guard, { verifier: grants, scopes: ['a'] }, { scope: [['a']], scopes: ['a', ['a b'], [7]], realm: ['"', 7], onRefused: [true], verifier: [undefined, 'x'] }]])),
}

for (const [name, [call, good, wrong]] of Object.entries(calls)) {
  test(`${name}: an option that is none throws, and says which`, async () => {
    for (const [option, values] of Object.entries(wrong)) {
      const [outer, inner] = option.split('.')
      for (const value of values) {
        const options = { ...good, [outer]: inner === undefined ? value : { ...good[outer], [inner]: value } }
        await assert.rejects(async () => call(options), (error) => {
          assert.ok(error instanceof TypeError, String(error))
          assert.match(error.code, /^option_(unknown|invalid)$/)
          assert.equal(error.option, option)
          assert.ok(error.message.includes(`\`${option}\``))
          return true
        }, `${option}: ${String(value)}`)
      }
    }
    for (const none of [null, 'x']) await assert.rejects(async () => call(none), TypeError)
  })
}

test('keys that were not imported throw, and say how to', async () => {
  const code = await oneTimeCode(key, 'shop')
  for (const set of [undefined, null, {}, [], { keys: [key.jwk] }, JSON.stringify({ keys: [key.jwk] })]) {
    for (const call of [
      () => verifyJwt(given, set, expect), () => verifyJws(given, set), () => verifyDetached(given, '', set),
      () => verifySignature(new Uint8Array(64), new Uint8Array(), set), () => verifyEcdsaDer(new Uint8Array(64), new Uint8Array(), set, 'k'),
      () => verifyGrantToken(given, set, { issuer }), () => verifyDelegationChain([given], set, { issuer }),
      () => verifyStatusList(given, set, { issuer, uri: issuer }), () => checkCode(code, set, { target: 'shop' }),
    ]) assert.throws(call, (error) => error.code === 'option_invalid' && error.option === 'keys' && error.message.includes('importJwks'))
  }
})

test('a time that is none is not signed', () => {
  assert.equal(signRequest('s', 'POST', '/', 1_767_225_600).length, 64)
  for (const time of [undefined, NaN, Infinity, -1, 1.5, '5', Date.now()]) assert.throws(() => signRequest('s', 'POST', '/', time), TypeError)
  for (const text of [undefined, 7]) {
    assert.throws(() => signRequest('s', text, '/', 5), TypeError)
    assert.throws(() => signRequest('s', 'POST', text, 5), TypeError)
  }
})

test('a misspelt option is not excused by a good code', async () => {
  const code = await oneTimeCode(key, 'shop')
  assert.equal(checkCode(code, keys, { target: 'shop' }).ok, true)
  assert.throws(() => checkCode(code, keys, { target: 'shop', clock: 5 }), { code: 'option_unknown', option: 'clock' })
})

test('a guard lets nobody in by another verifier, which judges no scopes', async () => {
  const verifier = await createVerifier({ ...expect, jwksUri: `${issuer}/jwks`, fetch: async () => Response.json({ keys: [key.jwk] }) })
  const handler = guardFetch(never, { verifier, scopes: ['admin'] })
  const request = new Request('https://api.example', { headers: { authorization: `Bearer ${given}` } })
  await assert.rejects(handler(request), { code: 'option_invalid', option: 'verifier' })
})

test('a guard keeps to the scopes that it was made with', async () => {
  const scopes = ['a']
  const options = { verifier: { verify: async (_, { requiredScopes }) => ({ ok: false, unavailable: false, code: requiredScopes.join() }) }, scopes, onRefused: ({ code }) => asked.push(code) }
  const asked = []
  const handler = guardFetch(never, options)
  scopes.length = 0
  options.scopes = []
  await handler(new Request('https://api.example', { headers: { authorization: 'Bearer x' } }))
  assert.deepEqual(asked, ['a'])
})

test('whoever says whether a token was revoked says true or false, and at once', () => {
  for (const said of [Promise.resolve(true), Promise.resolve(false), 1, undefined]) {
    const cached = new CachedVerifier(keys, expect, { isRevoked: () => said })
    assert.throws(() => cached.verify(given), { option: 'isRevoked' })
  }
})
