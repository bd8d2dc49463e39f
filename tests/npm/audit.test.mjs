// Audit trails: both vectors of the protocol, and every way to tamper with a chain.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { load } from './under.mjs'

const { verifyAuditChain } = await load('audit')

const common = {
  agentId: 'ag_01HZZZZZZZZZZZZZZZZZZZZZZ2', agentDid: 'did:grantex:ag_01HZZZZZZZZZZZZZZZZZZZZZZ2', grantId: 'grnt_01HZZZZZZZZZZZZZZZZZZZZZZ3',
  principalId: 'usr_1', developerId: 'dev_01HZZZZZZZZZZZZZZZZZZZZZZ4', action: 'email.sent', timestamp: '2026-02-28T12:00:00.000Z',
}
const first = {
  entryId: 'alog_01HZZZZZZZZZZZZZZZZZZZZZZ1', ...common, metadata: {}, prevHash: null, status: 'success',
  hash: 'ac8e6fea682af152e47aff4e975c25bc33a68309f6186f252c2f5f8e1ffacfc9',
}
const second = {
  entryId: 'alog_01HZZZZZZZZZZZZZZZZZZZZZZ5', ...common, prevHash: first.hash, status: 'blocked',
  metadata: JSON.parse(String.raw`{"9":"nine","10":"ten","z":1,"a":{"y":[1,-2,{"b":true,"a":null}],"x":"é✓\"\\\n/"},"Z":"","f":1.5,"g":1e+21,"e":1e-7,"i":100,"u":"\u0001\u2028\ud83d\ude00"}`),
  hash: '8d1f5c64a535ddb784417d9161e0cc53f17132f3c92dfa49ad155999801159b7',
}

/** RFC 8785 as JavaScript has it of its own. */
const canonical = (value) =>
  Array.isArray(value) ? `[${value.map(canonical)}]`
    : typeof value === 'object' && value !== null ? `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`
      : JSON.stringify(value)

const hashed = ({ entryId, agentId, agentDid, grantId, principalId, developerId, action, metadata, timestamp, prevHash, status }) => {
  const members = { id: entryId, agentId, agentDid, grantId, principalId, developerId, action }
  const text = `${JSON.stringify(members).slice(0, -1)},"metadata":${canonical(metadata)},${JSON.stringify({ timestamp, prevHash, status }).slice(1)}`
  return createHash('sha256').update(text).digest('hex')
}

function chainOf(length) {
  const chain = []
  for (let i = 0; i < length; i++) {
    const entry = { ...common, entryId: `alog_${i}`, metadata: { n: i / 7, deep: { '\u20ac': i, '\ud83d\ude00': [i * 1e20] } }, prevHash: chain.at(-1)?.hash ?? null, status: 'success' }
    chain.push({ ...entry, hash: hashed(entry) })
  }
  return chain
}

test('Grantex section 9: both vectors are a chain', () => {
  assert.deepEqual(verifyAuditChain([first, second]), { valid: true, checked: 2, head: second.hash })
  assert.deepEqual(verifyAuditChain({ entries: [first, second], total: 2 }), { valid: true, checked: 2, head: second.hash })
  assert.deepEqual(verifyAuditChain(JSON.stringify([first, second])), { valid: true, checked: 2, head: second.hash })
  assert.deepEqual(verifyAuditChain(new TextEncoder().encode(JSON.stringify({ entries: [first] }))), { valid: true, checked: 1, head: first.hash })
})

test('no entry at all is a chain without a head', () => {
  assert.deepEqual(verifyAuditChain([]), { valid: true, checked: 0 })
})

test('a changed entry is found, whichever member was changed', () => {
  for (const member of Object.keys(common)) {
    const verdict = verifyAuditChain([first, { ...second, [member]: `${second[member]}x` }])
    assert.deepEqual(verdict, { valid: false, checked: 1, reason: 'content', brokenAt: 1, entryId: second.entryId }, member)
  }
  assert.equal(verifyAuditChain([{ ...first, metadata: { a: 1 } }, second]).reason, 'content')
  assert.equal(verifyAuditChain([{ ...first, status: 'failure' }, second]).brokenAt, 0)
})

test('an entry left out, put in or swapped is found', () => {
  const chain = chainOf(6)
  assert.equal(verifyAuditChain(chain).valid, true)
  assert.deepEqual(verifyAuditChain(chain.toSpliced(2, 1)), { valid: false, checked: 2, reason: 'link', brokenAt: 2, entryId: 'alog_3' })
  assert.equal(verifyAuditChain(chain.toSpliced(3, 0, chain[1])).brokenAt, 3)
  assert.equal(verifyAuditChain([chain[0], chain[2], chain[1]]).brokenAt, 1)
  assert.equal(verifyAuditChain(chain.slice(1)).reason, 'link')
})

test('a page is verified by itself, or after what is trusted', () => {
  const chain = chainOf(6)
  assert.deepEqual(verifyAuditChain(chain.slice(2), { start: 'anywhere' }), { valid: true, checked: 4, head: chain[5].hash })
  assert.equal(verifyAuditChain(chain.slice(2), { start: { after: chain[1].hash } }).valid, true)
  assert.equal(verifyAuditChain(chain.slice(2), { start: { after: chain[0].hash } }).reason, 'link')
  assert.equal(verifyAuditChain([], { start: { after: chain[0].hash } }).head, chain[0].hash)
  assert.throws(() => verifyAuditChain(chain, { start: { after: 'x' } }), TypeError)
  assert.throws(() => verifyAuditChain(chain, { start: 'here' }), TypeError)
})

test('a long chain is verified piece by piece, and a break has its place in the whole', () => {
  const chain = chainOf(2500)
  assert.deepEqual(verifyAuditChain(chain), { valid: true, checked: 2500, head: chain.at(-1).hash })
  for (const place of [511, 512, 513, 1024, 2499]) {
    const broken = chain.with(place, { ...chain[place], action: 'other' })
    assert.deepEqual(verifyAuditChain(broken), { valid: false, checked: place, reason: 'content', brokenAt: place, entryId: `alog_${place}` })
  }
})

test('what is no chain is told apart', () => {
  assert.equal(verifyAuditChain('{').reason, 'json')
  assert.equal(verifyAuditChain('[{"a":1,"a":2}]').reason, 'json')
  assert.equal(verifyAuditChain('{"items":[]}').reason, 'no_entries')
  const { metadata: _, ...without } = first
  assert.deepEqual(verifyAuditChain([without]), { valid: false, checked: 0, reason: 'malformed', brokenAt: 0, entryId: first.entryId, member: 'metadata' })
  assert.equal(verifyAuditChain([{ ...first, id: first.entryId }]).member, 'entryId')
  for (const none of [7, null, undefined]) assert.throws(() => verifyAuditChain(none), /^TypeError: entries are a list/)
})
