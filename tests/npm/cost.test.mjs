// What an input costs, whoever wrote it: no text is dear for its length, and twice the text is
// twice the cost. Counted in instructions of WebAssembly (`tests/support/metered.mjs`), as a clock would
// forgive on a fast machine what it does not on a slow one.

import { cost } from '../support/metered.mjs'
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { AUDIENCE, ISSUER, keyPair, load, signed } from './under.mjs'

const [{ importJwk, importJwks, verifyDetached, verifyJwt, verifySignature }, { decodeUnverified }, { checkCode }, grants, { verifyAuditChain }, { hmacSha256 }] =
  await Promise.all(['index', 'unverified', 'code', 'grants', 'audit', 'hmac'].map(load))

/** The largest multiple of a text that has `n` characters at the most. */
const fill = (text, n) => text.repeat(n / text.length)
const strings = (count, of) => Array.from({ length: count }, (_, i) => of(i))
const list = (element) => (n) => `"x":[${fill(`${element},`, n)}0]`
const string = (piece) => (n) => `"x":"${fill(piece, n)}"`

/** Members with names that differ only before their last letter, each sorted before the last. */
const named = (count, name) => strings(count, (i) => `"${name}${String.fromCharCode(0x7ff - i)}x":0`).join()
const long = (count, n, escape) => named(count, escape + 'x'.repeat(n / count))

/** Members of an object, of about `n` bytes, within limits of depth and members or beyond. */
const shapes = ({ depth, members }) => ({
  numbers: list('1'),
  'doubles far below 1': list('1e-300'),
  'the smallest doubles': list('4.9e-324'),
  'doubles far above 1': list('-1.7e307'),
  'doubles of 17 digits': list('2.2250738585072014e-308'),
  digits: (n) => `"x":0.${fill('1', n)}`,
  'digits of many numbers': (n) => list(`1.${'1'.repeat(Math.min(900, n / 8))}`)(n),
  exponents: (n) => `"x":1e-${fill('9', n)}`,
  'empty strings': list('""'),
  letters: string('x'),
  'letters beyond ASCII': string('😀'),
  escapes: string('\\n'),
  'escaped letters': string('\\u0061'),
  'escaped pairs': string('\\ud83d\\ude00'),
  space: (n) => `"x":${fill(' ', n)}0`,
  'empty arrays': list('[]'),
  'empty objects': list('{}'),
  'as deep as may be': (n) => `"x":${'['.repeat(depth)}${fill('0,', n)}0${']'.repeat(depth)}`,
  'deeper than may be': (n) => `"x":${fill('[', n)}`,
  'many objects of many members': (n) => list(`{${named(Math.min(members, n >> 6), '')}}`)(n),
  'many objects of many escaped names': (n) => list(`{${named(Math.min(members, n >> 6), '\\n')}}`)(n),
  'long names': (n) => `"x":{${long(members, n, '')}}`,
  'long escaped names': (n) => `"x":{${long(members, n, '\\n')}}`,
  'a long name twice': (n) => `"x":{${long(members - 1, n, '')},${long(1, n / (members - 1), '')}}`,
  'more members than may be': (n) => `"x":{${long(members + 1, n, '')}}`,
})
const ofTokens = { depth: 5, members: 64 }
const ofDocuments = { depth: 26, members: 256 }

const sha256 = (data) => createHash('sha256').update(data)
const encode = (text) => Buffer.from(text).toString('base64url')
const key = keyPair('k')
const keys = importJwk(key.jwk)
const now = 1_767_225_600
const expect = { issuer: ISSUER, audience: AUDIENCE, now }
const ok = (verdict) => assert.equal(verdict.ok, true, verdict.code)
const genuine = (claims, typ = 'JWT') => signed(key, `{"alg":"ES256","typ":"${typ}","kid":"k"}`, claims)
const times = `"iat":${now},"exp":${now + 60}`
// Tables are made at a key's first uses, once.
for (let i = 0; i < 128; i++) verifyJwt(genuine(`{"iss":"${ISSUER}","aud":"${AUDIENCE}",${times}}`), keys, expect)

/** Every name that is asked for has the length of every one that a token brings. */
const asked = strings(64, (i) => `a${String(i).padStart(3, '0')}`)
const brought = (n, between) => fill(`b000${between}`, n - 700)
const demanding = { issuer: ISSUER, audience: asked, requiredScopes: asked, requiredClaims: asked.slice(0, 40), now }
const demanded = (scope, aud = '"a063"') => `{"iss":"${ISSUER}","aud":${aud},"scope":${scope},${asked.slice(0, 40).map((name) => `"${name}":0`)},${times}}`
const escaped = (text) => text.replace(/[a-z]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)

const grant = (more, depth = 0) => `{"iss":"${ISSUER}","sub":"u","agt":"a","dev":"d","jti":"t","grnt":"g",${more},${depth ? `"parentAgt":"a","parentGrnt":"g","delegationDepth":${depth},` : ''}${times}}`
/** A hundred scopes that differ in their last letters only, of `n` bytes in all. */
const scopes = (n) => `"scp":[${strings(100, (i) => `"${'x'.repeat(n / 100 - 10)}${i + 100}"`)}]`

const uri = `${ISSUER}/status/1`
const statusList = (list) => genuine(`{"iss":"${ISSUER}","sub":"${uri}","iat":${now},"status_list":{"bits":1,"lst":"${list.toString('base64url')}"}}`, 'statuslist+jwt')

const entry = { entryId: 'e', agentId: '', agentDid: '', grantId: '', principalId: '', developerId: '', action: '', metadata: {}, timestamp: '', prevHash: null, status: '' }
const recorded = (metadata) => `[${JSON.stringify({ ...entry, hash: '' }).replace('{}', `{${metadata}}`)}]`
function trail(n) {
  const chain = []
  for (let i = 0; i < n / 300; i++) {
    const { entryId: id, ...content } = { ...entry, prevHash: chain.at(-1)?.hash ?? null }
    chain.push({ ...content, entryId: id, hash: sha256(JSON.stringify({ id, ...content })).digest('hex') })
  }
  return JSON.stringify(chain)
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 4096 }).publicKey.export({ format: 'jwk' })
const rsaOf = (i) => ({ ...rsa, kid: `${i}` })
/** What is thrown is how a set is refused. */
const attempt = (call) => (input) => {
  try {
    call(input)
  } catch (error) {
    assert.equal(error.name, 'KeyError', error)
  }
}

/** For each way in: what is done with an input, how long one can be, what instructions one may
 *  cost of any length and for each of its bytes, and the inputs. Where a limit is on what is
 *  within, `most` is chosen so that the whole is within its own. */
const ways = {
  'the header of a token that nobody signed': {
    call: (text) => verifyJwt(text, keys, expect), most: 1000, once: 25_000, perByte: 250,
    inputs: { json: ofTokens, around: (member) => `${encode(`{"alg":"ES256","typ":"JWT","kid":"k",${member}}`)}.e30.${'A'.repeat(86)}` },
    others: {
      'a long kid': (n) => `${encode(`{"alg":"ES256","typ":"JWT","kid":"${fill('k', n)}"}`)}.e30.${'A'.repeat(86)}`,
      'a long type': (n) => `${encode(`{"alg":"ES256","kid":"k","typ":"${fill('\\n', n)}"}`)}.e30.${'A'.repeat(86)}`,
      dots: (n) => fill('.', 8 * n),
      'no base64url': (n) => `${fill('A', n)}.${fill('*', 6 * n)}.AAAA`,
      'a long signature': (n) => `${encode('{"alg":"ES256","typ":"JWT","kid":"k"}')}.e30.${fill('A', 8 * n)}`,
    },
  },
  'the claims of a token': {
    call: (text) => verifyJwt(text, keys, expect), most: 11_500, once: 500_000, perByte: 250,
    inputs: { json: ofTokens, around: (member) => genuine(`{"iss":"${ISSUER}","aud":"${AUDIENCE}",${times},${member}}`) },
  },
  'the claims of a token of which much is asked': {
    call: (text) => ok(verifyJwt(text, keys, demanding)), most: 11_000, once: 1_000_000, perByte: 500,
    others: {
      'one text of scopes': (n) => genuine(demanded(`"${brought(n, ' ')}${asked.join(' ')}"`)),
      'one escaped text of scopes': (n) => genuine(demanded(`"${brought(n, '\\u0020')}${asked.join(' ')}"`)),
      'a list of scopes': (n) => genuine(demanded(`"","scp":[${fill('"b000",', n - 700)}${asked.map((name) => `"${name}"`)}]`)),
      'long audiences': (n) => genuine(demanded(`"${asked.join(' ')}"`, `[${fill(`"${'x'.repeat(n / 32)}",`, n - 1500)}"a063"]`)),
      'escaped audiences': (n) => genuine(demanded(`"${asked.join(' ')}"`, `[${fill(`"${escaped('x'.repeat(n / 200))}",`, n - 1500)}"a063"]`)),
    },
  },
  'decodeUnverified': {
    call: decodeUnverified, most: 1000, once: 25_000, perByte: 250,
    inputs: { json: ofTokens, around: (member) => `${encode(`{${member}}`)}..` },
  },
  'a key set': {
    call: attempt(importJwks), most: 250_000, once: 100_000, perByte: 250,
    inputs: { json: ofTokens, around: (member) => `{"keys":[${JSON.stringify(key.jwk)}],${member}}` },
  },
  'a key of a set': {
    call: attempt(importJwks), most: 250_000, once: 100_000, perByte: 250,
    inputs: { json: { ...ofTokens, depth: 4 }, around: (member) => `{"keys":[{${member},${JSON.stringify(key.jwk).slice(1)}]}` },
  },
  'keys that are imported': {
    call: importJwks, most: 64 * 800, once: 100_000, perByte: 10_000,
    others: {
      'of 4096 bits': (n) => JSON.stringify({ keys: strings(n / 800, rsaOf) }),
      'passed over': (n) => JSON.stringify({ keys: [...strings(n / 800 - 1, () => ({ ...rsa, use: 'enc' })), key.jwk] }),
    },
  },
  'a one-time code': {
    call: (text) => checkCode(text, keys, { target: 'shop', now }), most: 16_000, once: 5000, perByte: 10,
    others: {
      'no end of a name': (n) => `anx://${fill('a', n)}`,
      slashes: (n) => `anx:${fill('/', n)}`,
      parameters: (n) => `anx://shop/user_1?${fill('exp=1&', n)}`,
    },
  },
  'a grant': {
    call: (text) => grants.verifyGrantToken(text, keys, { issuer: ISSUER, now }), most: 11_000, once: 700_000, perByte: 400,
    inputs: { json: ofTokens, around: (member) => genuine(grant(`"scp":["a"],${member}`), 'at+jwt') },
    others: {
      scopes: (n) => genuine(grant(scopes(n)), 'at+jwt'),
      'scopes said twice': (n) => genuine(grant(`${scopes(n / 2)},"scope":"${JSON.parse(`{${scopes(n / 2)}}`).scp.join(' ')}"`), 'at+jwt'),
    },
  },
  'a chain of eleven grants': {
    call: (chain) => ok(grants.verifyDelegationChain(chain, keys, { issuer: ISSUER, now })), most: 11_000, once: 11 * 700_000, perByte: 500,
    others: { scopes: (n) => strings(11, (depth) => genuine(grant(scopes(n), depth), 'at+jwt')) },
  },
  'a status list': {
    call: (text) => grants.verifyStatusList(text, keys, { issuer: ISSUER, uri, now }), most: 8000, once: 700_000, perByte: 400,
    inputs: { json: { ...ofTokens, depth: 4 }, around: (member) => genuine(`{"iss":"${ISSUER}","sub":"${uri}","iat":${now},"status_list":{"bits":1,"lst":"",${member}}}`, 'statuslist+jwt') },
    others: {
      'that cannot be compressed': (n) => statusList(deflateSync(Buffer.concat(strings(n / 32, (i) => sha256(`${i}`).digest())))),
    },
  },
  'a status list, by the bytes that it inflates to': {
    call: ([text]) => grants.verifyStatusList(text, keys, { issuer: ISSUER, uri, now }), most: 1 << 20, once: 700_000, perByte: 40,
    size: ([, bytes]) => bytes,
    others: {
      'of zeros': (n) => [statusList(deflateSync(Buffer.alloc(n), { level: 9 })), n],
      'of more than a list may have': (n) => [statusList(deflateSync(Buffer.alloc(2 * n), { level: 9 })), n],
    },
  },
  'an audit trail': {
    call: verifyAuditChain, most: 1 << 18, once: 50_000, perByte: 6000,
    inputs: { json: ofDocuments, around: recorded },
    others: {
      entries: trail,
      'no entries': (n) => `{"entries":[],"x":[${fill('0,', n)}0]}`,
    },
  },
  'bytes': {
    call: (bytes) => hmacSha256('k', bytes), most: 1 << 20, once: 50_000, perByte: 60,
    others: { 'to hash': (n) => Buffer.alloc(n) },
  },
  'a message': {
    call: (bytes) => verifySignature(Buffer.alloc(64, 1), bytes, keys), most: 1 << 20, once: 500_000, perByte: 60,
    others: { 'of any length': (n) => Buffer.alloc(n) },
  },
  'a payload that is detached': {
    call: (bytes) => verifyDetached(`${encode('{"alg":"ES256","kid":"k"}')}..${Buffer.alloc(64, 1).toString('base64url')}`, bytes, keys), most: 1 << 20, once: 500_000, perByte: 120,
    others: { 'of any length': (n) => Buffer.alloc(n) },
  },
}

const length = (input) => (Array.isArray(input) ? input.join('') : input).length

/** Inputs of a quarter, half and all of a length: how many bytes each has and costs. */
const weigh = ({ call, most, size = length }, make) =>
  [most / 4, most / 2, most].map(make).map((input) => ({ bytes: size(input), cost: cost(() => call(input)) }))

/** Whether a byte of the second half costs much more than one of the first, as it would twice
 *  as much where the cost grows with the square. */
function grows([quarter, half, whole]) {
  const [first, second] = [half.bytes - quarter.bytes, whole.bytes - half.bytes]
  return (whole.cost - half.cost) * first > 1.4 * (half.cost - quarter.cost) * second + 10 * first * second
}

test('what is executed is counted, and what grows with the square is found', () => {
  // (func (export "run") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
  //   (memory.fill (i32.const 0) (i32.const 0) (i32.const 32)))
  const module = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 1, 127, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 6, 6, 1, 127, 0, 65, 0, 11, 7, 7, 1, 3, 114, 117, 110, 0, 0,
    10, 25, 1, 23, 0, 3, 64, 32, 0, 65, 1, 107, 34, 0, 13, 0, 11, 65, 0, 65, 0, 65, 32, 252, 11, 0, 11,
  ])
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module))
  assert.equal(cost(() => exports.run(10)), 10 * 2 + 1 + 32 / 16)
  const way = { most: 4096 }
  const times = (count) => (bytes) => { for (let i = 0; i < count(bytes); i++) exports.run(bytes.length) }
  assert.equal(grows(weigh({ ...way, call: times(() => 64) }, (n) => Buffer.alloc(n))), false)
  assert.equal(grows(weigh({ ...way, call: times((bytes) => bytes.length / 64) }, (n) => Buffer.alloc(n))), true)
})

for (const [way, { inputs, others = {}, ...limits }] of Object.entries(ways)) {
  test(`${way}: ${limits.perByte} instructions a byte at the most`, (t) => {
    const within = inputs ? Object.entries(shapes(inputs.json)) : []
    const made = [...within.map(([name, member]) => [name, (n) => inputs.around(member(n))]), ...Object.entries(others)]
    const perByte = ({ cost, bytes }) => (cost - limits.once) / bytes
    const found = made.map(([name, make]) => {
      const weighed = weigh(limits, make)
      assert.ok(!grows(weighed), `${name}: ${JSON.stringify(weighed)}`)
      const worst = Math.max(...weighed.map(perByte))
      assert.ok(worst <= limits.perByte, `${name}: ${worst}`)
      return [worst, name]
    })
    const [worst, name] = found.sort(([a], [b]) => b - a)[0]
    t.diagnostic(`${Math.round(worst)} a byte: ${name}`)
  })
}
