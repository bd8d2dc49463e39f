// Grants offline: tokens, chains, status lists.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bits, delegated, forge, grant, GRANTEX, key, keyPair, LIST, now, statusList } from './grants.mjs'
import { load, loadCjs } from './under.mjs'

const { importJwks } = await load('index')
const grants = await load('grants')
const { revocationOf, verifyDelegationChain, verifyGrantToken, verifyStatusList } = grants
const keys = importJwks({ keys: [key.jwk] })
const expected = { issuer: GRANTEX }
const verify = (token, options = {}) => verifyGrantToken(token, keys, { ...expected, ...options })
const code = (verdict) => (verdict.ok ? 'valid' : verdict.code)

test('a grant says who acts for whom, and may do what', () => {
  const [iat, exp] = [now(), now() + 300]
  const verdict = verify(grant({ iat, exp, aud: 'https://api.example', bdg: 12, status: { status_list: { idx: 7, uri: LIST } } }))
  assert.equal(verdict.ok, true)
  const { raw, ...claims } = verdict.claims
  assert.deepEqual(claims, {
    issuer: GRANTEX, principal: 'usr_1', agent: 'did:grantex:ag_1', developer: 'dev_1', scopes: ['calendar:read', 'email:send'],
    grantId: 'grnt_1', tokenId: 'tok_1', audience: ['https://api.example'], issuedAt: iat, expiresAt: exp, status: { index: 7, uri: LIST },
  })
  assert.equal(raw.bdg, 12)
  assert.equal(verdict.kid, 'grantex-1')
})

test('a delegated grant says from whom, typed', () => {
  const { claims } = verify(delegated(2))
  assert.deepEqual(claims.delegation, { parentAgent: 'did:grantex:ag_2', parentGrantId: 'grnt_2', depth: 2 })
})

test('without `grnt` the token is its own grant', () => {
  assert.equal(verify(grant({ grnt: undefined })).claims.grantId, 'tok_1')
})

test('each fault of a token has its code', () => {
  const stranger = keyPair('grantex-1', 'RS256')
  const cases = {
    signature_invalid: verify(forge(grant())),
    expired: verify(grant({ exp: now() - 1 })),
    issued_in_future: verify(grant({ iat: now() + 60 })),
    issuer_mismatch: verify(grant({ iss: `${GRANTEX}/` })),
    scope_missing: verify(grant(), { requiredScopes: ['calendar:read', 'calendar:write'] }),
    grant_developer_mismatch: verify(grant(), { developer: ['dev_2', 'dev_11'] }),
    audience_missing: verify(grant(), { audience: 'https://api.example' }),
    audience_mismatch: verify(grant({ aud: 'https://other.example' }), { audience: 'https://api.example' }),
    type_mismatch: verify(grant({}, { typ: 'JWT' })),
    type_missing: verify(grant({}, { typ: undefined })),
    key_unknown: verify(grant({}, { kid: 'another' })),
    token_malformed: verify('garbage'),
    expected_issuer_missing: verify(grant(), { issuer: undefined }),
    expected_audience_missing: verify(grant(), { audience: [] }),
  }
  for (const [wanted, verdict] of Object.entries(cases)) assert.equal(code(verdict), wanted)
  assert.equal(code(verify(grant({}, {}, stranger))), 'signature_invalid')
  assert.equal(cases.scope_missing.index, 1)
  for (const developer of ['dev_1', ['dev_2', 'dev_1']]) assert.equal(code(verify(grant(), { developer })), 'valid')
  for (const developer of [[], '', 'dev_']) assert.equal(code(verify(grant(), { developer })), 'grant_developer_mismatch')
  assert.equal(code(verify(grant({}, { typ: undefined }), { untyped: true })), 'valid')
  assert.equal(code(verify(grant({}, { typ: 'JWT' }), { untyped: true })), 'type_mismatch')
  assert.equal(code(verify(grant({ exp: now() - 5 }), { clockTolerance: 30 })), 'valid')
  assert.equal(code(verify(grant({ aud: ['a', 'https://api.example'] }), { audience: 'https://api.example' })), 'valid')
})

test('each claim of a grant is needed, and an alias must agree', () => {
  for (const claim of ['agt', 'dev', 'scp', 'jti', 'sub', 'iat']) assert.equal(code(verify(grant({ [claim]: undefined }))), 'grant_claim_invalid', claim)
  assert.equal(code(verify(grant({ scope: 'calendar:read' }))), 'grant_claim_invalid')
  assert.equal(code(verify(grant({ delegationDepth: 1 }))), 'grant_claim_invalid')
  assert.equal(code(verify(delegated(1, { delegationDepth: 0 }))), 'grant_claim_invalid')
  assert.equal(code(verify(grant({ status: { status_list: { idx: -1, uri: LIST } } }))), 'grant_claim_invalid')
})

test('a scope implies no other', () => {
  for (const scope of ['calendar', 'calendar:*', 'calendar:rea', 'calendar:READ', 'calendar:read ']) {
    assert.notEqual(code(verify(grant({ scp: [scope] }), { requiredScopes: ['calendar:read'] })), 'valid', scope)
  }
})

test('a misspelt option is no check that is not made', () => {
  assert.throws(() => verify(grant(), { requiredScope: ['x'] }), TypeError)
  assert.throws(() => verifyDelegationChain([grant()], keys, { ...expected, scopes: ['x'] }), TypeError)
  assert.throws(() => verifyStatusList('', keys, { ...expected, url: LIST }), TypeError)
})

const chainOf = (tokens, options = {}) => verifyDelegationChain(tokens, keys, { ...expected, ...options })

test('a chain within its root is good, and the last token acts', () => {
  const chain = [grant(), delegated(1, { scp: ['calendar:read'] }), delegated(2, { scp: ['calendar:read'] })]
  const verdict = chainOf(chain, { requiredScopes: ['calendar:read'] })
  assert.equal(verdict.ok, true)
  assert.deepEqual(verdict.chain.map((claims) => claims.delegation?.depth ?? 0), [0, 1, 2])
  assert.equal(verdict.claims.agent, 'did:grantex:ag_3')
  assert.equal(code(chainOf(chain, { requiredScopes: ['email:send'] })), 'scope_missing')
  assert.equal(code(chainOf([grant()])), 'valid')
})

test('audience is asked of the last token alone', () => {
  const audience = 'https://api.example'
  assert.equal(code(chainOf([grant(), delegated(1, { aud: audience })], { audience })), 'valid')
  assert.equal(code(chainOf([grant({ aud: audience }), delegated(1)], { audience })), 'audience_missing')
})

test('a chain that is wider than its root is refused, with the place', () => {
  const exp = now() + 300
  const refused = {
    delegation_scope_wider: [grant({ exp }), delegated(1, { exp, scp: ['calendar:read', 'files:write'] })],
    delegation_outlives_parent: [grant({ exp }), delegated(1, { exp: exp + 1 })],
    delegation_depth_invalid: [grant({ exp }), delegated(1, { exp, delegationDepth: 2 })],
    delegation_link_broken: [grant({ exp }), delegated(1, { exp, parentGrnt: 'grnt_other' })],
    signature_invalid: [grant({ exp }), forge(delegated(1, { exp }))],
    grant_claim_invalid: [grant({ exp }), delegated(1, { exp, dev: undefined })],
  }
  for (const [wanted, chain] of Object.entries(refused)) {
    const verdict = chainOf(chain)
    assert.equal(code(verdict), wanted)
    assert.equal(verdict.position, 1)
  }
  for (const other of [{ sub: 'usr_2' }, { dev: 'dev_2' }, { parentAgt: 'did:grantex:ag_9' }]) {
    assert.equal(code(chainOf([grant({ exp }), delegated(1, { exp, ...other })])), 'delegation_link_broken')
  }
  assert.equal(code(chainOf([grant({ exp }), grant({ exp })])), 'delegation_link_broken')
  assert.equal(code(chainOf([delegated(1)])), 'delegation_root_missing')
  assert.equal(code(chainOf([])), 'delegation_empty')
  assert.equal(code(chainOf(Array(12).fill(grant()))), 'delegation_empty')
})

test('ten delegations are the most', () => {
  const exp = now() + 300
  const chain = (length) => [grant({ exp }), ...Array.from({ length }, (_, i) => delegated(i + 1, { exp }))]
  assert.equal(code(chainOf(chain(10))), 'valid')
  assert.equal(chainOf(chain(10)).chain.length, 11)
})

test('no random delegation is accepted that is wider than its parent', () => {
  // A small generator of its own, so that a failure can be repeated.
  let seed = 20261122
  const random = (below) => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 16) % below
  const all = ['a', 'b', 'c', 'd']
  const pick = () => all.filter(() => random(2) === 0)
  let [accepted, refused] = [0, 0]
  for (let i = 0; i < 150; i++) {
    const base = now() + 300
    const parent = { scp: pick(), exp: base + random(3) }
    const child = { scp: pick(), exp: base + random(3), delegationDepth: 1 + random(2) }
    const isWithin = child.scp.every((scope) => parent.scp.includes(scope)) && child.exp <= parent.exp && child.delegationDepth === 1
    const verdict = chainOf([grant(parent), delegated(1, child)])
    assert.equal(verdict.ok, isWithin, `seed ${seed}`)
    isWithin ? accepted++ : refused++
  }
  assert.ok(accepted > 5 && refused > 50)
})

const at = (index, uri = LIST) => ({ status: { index, uri } })
const listOf = (claims = {}, options = {}) => verifyStatusList(statusList(claims), keys, { ...expected, uri: LIST, ...options })

test('a list says which tokens were revoked', () => {
  const { list } = listOf({ revoked: [0, 7, 8, 1023] })
  const revoked = Array.from({ length: 1024 }, (_, i) => i).filter((i) => revocationOf(at(i), list) === 'revoked')
  assert.deepEqual(revoked, [0, 7, 8, 1023])
  assert.equal(revocationOf(at(1), list), 'valid')
  assert.deepEqual([list.uri, list.timeToLive, list.expiresAt], [LIST, 45, undefined])
})

test('what a list does not speak of is unknown', () => {
  const { list } = listOf()
  assert.equal(revocationOf(at(1024), list), 'unknown')
  assert.equal(revocationOf(at(2 ** 53 - 1), list), 'unknown')
  assert.equal(revocationOf(at(1, `${LIST}/other`), list), 'unknown')
  assert.equal(revocationOf({}, list), 'unknown')
})

test('a list that is out of date knows only what was revoked', () => {
  const fetchedAt = now()
  const { list } = listOf({ revoked: [5] }, { fetchedAt })
  assert.equal(revocationOf(at(4), list, fetchedAt + 44), 'valid')
  assert.equal(revocationOf(at(4), list, fetchedAt + 45), 'unknown')
  assert.equal(revocationOf(at(5), list, fetchedAt + 4500), 'revoked')
  const expiring = listOf({ ttl: undefined, exp: fetchedAt + 100 }).list
  assert.equal(expiring.expiresAt, fetchedAt + 100)
  assert.equal(revocationOf(at(4), expiring, fetchedAt + 99), 'valid')
  assert.equal(revocationOf(at(4), expiring, fetchedAt + 100), 'unknown')
})

test('each fault of a list has its code', () => {
  const list = (claims, header, signer) => code(verifyStatusList(statusList(claims, header, signer), keys, { ...expected, uri: LIST }))
  assert.equal(code(verifyStatusList(forge(statusList()), keys, { ...expected, uri: LIST })), 'signature_invalid')
  assert.equal(list({ exp: now() - 1 }), 'expired')
  assert.equal(list({ iss: 'https://other.example' }), 'issuer_mismatch')
  assert.equal(list({}, { typ: 'at+jwt' }), 'type_mismatch')
  assert.equal(list({ iat: undefined }), 'claim_missing')
  assert.equal(list({ uri: `${LIST}1` }), 'status_list_malformed')
  assert.equal(list({ status_list: { bits: 3, lst: 'eNrbuRgAAhcBXQ' } }), 'status_list_malformed')
  assert.equal(list({ status_list: { bits: 1, lst: 'AAAA' } }), 'status_list_malformed')
  assert.equal(list({ ttl: 0 }), 'status_list_malformed')
  assert.equal(list({ status_list: undefined }), 'status_list_malformed')
  // A grant token is no list, and a list is no grant token.
  assert.equal(code(verifyStatusList(grant(), keys, { ...expected, uri: LIST })), 'type_mismatch')
  assert.equal(code(verify(statusList())), 'type_mismatch')
})

test('many lists at once, of many sizes, keep to themselves', () => {
  const kept = Array.from({ length: 60 }, (_, i) => listOf({ revoked: [i] }).list)
  kept.forEach((list, i) => {
    for (const j of [0, 17, 59]) assert.equal(revocationOf(at(j), list), j === i ? 'revoked' : 'valid')
  })
})

test('large tokens and memory that grows do not change a verdict', () => {
  const wide = grant({ more: 'x'.repeat(9000) })
  const { list } = listOf({ revoked: [5] })
  for (let i = 0; i < 200; i++) {
    assert.equal(code(verify(wide)), 'valid')
    assert.equal(code(verify(forge(wide))), 'signature_invalid')
  }
  // Ten megabytes of lists: the memory of the reader has grown many times by then.
  const big = statusList({ status_list: bits([8 * 131_072 - 1], 8 * 131_072) })
  const large = Array.from({ length: 80 }, () => verifyStatusList(big, keys, { ...expected, uri: LIST }).list)
  assert.equal(large.length, 80)
  assert.equal(revocationOf(at(5), list), 'revoked')
  assert.equal(revocationOf(at(6), list), 'valid')
  assert.equal(revocationOf(at(8 * 131_072 - 1), large[79]), 'revoked')
  assert.equal(code(chainOf([grant(), delegated(1)])), 'valid')
})

test('import and require share one instance', () => {
  assert.equal(loadCjs('countersign/grants').verifyGrantToken, verifyGrantToken)
})
