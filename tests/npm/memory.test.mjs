// The boundary of WebAssembly: memory that grows, instances that trap.

import { buildSync } from 'esbuild'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { dist, expect, forge, keyPair, load, token } from './under.mjs'

const folder = path.resolve(import.meta.dirname, '../../pkg/src/wasm')
const source = readFileSync(path.join(folder, 'memory.ts'), 'utf8')
const module = new WebAssembly.Module(readFileSync(path.join(dist, 'workerd/scalar.wasm')))

/** The host's side of the boundary, with a part of it taken out where `without` says so. */
async function host(without) {
  if (without !== undefined) assert.ok(source.includes(without), 'the part is there')
  const contents = without === undefined ? source : source.replace(without, '')
  const { outputFiles } = buildSync({ stdin: { contents, resolveDir: folder, loader: 'ts' }, bundle: true, format: 'esm', write: false })
  const { Memory } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
  const { exports } = new WebAssembly.Instance(module)
  const memory = new Memory(exports)
  const call = (run) => memory.end(run())
  return { exports, memory, call }
}

const key = keyPair('k')
const good = token(key)
const forged = forge(good)
/** As pkg/src/policy.ts writes it. */
const policy = JSON.stringify([[expect.issuer], ['JWT'], [expect.audience], [], []])
const keep = ({ policy }) => policy(0, 0, NaN, 0)

/** Whether a token is accepted. */
async function verifier(without) {
  const { exports, memory, call } = await host(without)
  memory.begin().text(JSON.stringify({ keys: [key.jwk] }))
  assert.equal(call(() => exports.import_jwks()), 0)
  memory.begin().text(policy)
  assert.equal(call(() => keep(exports)), 0)
  const verify = (text) => {
    memory.begin().text(text)
    return call(() => exports.verify(0, 0, Date.now() / 1000)) === 0
  }
  return { verify, grow: () => exports.memory.grow(1), exports }
}

const MEND = 'if (this.#words.length === 0) this.#look()'

test('tokens are judged after memory has grown, each on its own bytes', async () => {
  const { verify, grow } = await verifier()
  for (let round = 0; round < 5; round++) {
    assert.equal(verify(good), true)
    grow()
    assert.equal(verify(forged), false)
    grow()
    assert.equal(verify(good), true)
  }
})

test('without new views the test above fails', async () => {
  const { verify, grow } = await verifier(MEND)
  assert.equal(verify(good), true)
  grow()
  assert.throws(() => verify(good))
})

test('a host that does not know of it loses its input, and no forged token is accepted', () => {
  // As one would write it: views once, bytes in, call.
  const { exports } = new WebAssembly.Instance(module)
  const room = new Uint8Array(exports.memory.buffer, exports.room(20_000), 20_000)
  const lengths = new Uint32Array(exports.memory.buffer, exports.channel.value, 4)
  const write = (text) => {
    lengths[0] = new TextEncoder().encodeInto(text, room).written + 1
  }
  write(JSON.stringify({ keys: [key.jwk] }))
  const moved = exports.import_jwks()
  assert.equal(moved, 0)
  // The import may have grown memory; from here on only the test does.
  const bytes = new Uint8Array(exports.memory.buffer, exports.room(20_000), 20_000)
  const cells = new Uint32Array(exports.memory.buffer, exports.channel.value, 4)
  const say = (text) => {
    cells[0] = new TextEncoder().encodeInto(text, bytes).written + 1
  }
  say(policy)
  assert.equal(keep(exports), 0)
  say(good)
  assert.equal(exports.verify(0, 0, Date.now() / 1000), 0)
  // The tables of the key have moved memory by now, or this does. The bytes of the good token
  // are still in the room, and nothing of the forged one arrives there.
  exports.memory.grow(1)
  say(forged)
  assert.equal(exports.verify(0, 0, Date.now() / 1000) >>> 0, 0xffff_ffff)
})

test('a call that nothing was written for judges nothing', async () => {
  const { exports, memory } = await host()
  memory.begin().text(policy)
  assert.equal(keep(exports), 0)
  assert.throws(() => memory.end(keep(exports)), /did not reach/)
})

test('inputs far larger than the room arrive whole', async () => {
  const { verifyDetached, importJwks } = await load('index')
  const { sign } = await import('node:crypto')
  const payload = Buffer.alloc(3_000_000, 'payload ')
  const header = Buffer.from('{"alg":"ES256","kid":"k"}').toString('base64url')
  const signature = sign('sha256', `${header}.${payload.toString('base64url')}`, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  const jws = `${header}..${signature.toString('base64url')}`
  const keys = importJwks({ keys: [key.jwk] })
  assert.equal(verifyDetached(jws, payload, keys).ok, true)
  payload[2_999_999] ^= 1
  assert.equal(verifyDetached(jws, payload, keys).code, 'signature_invalid')
})

test('who imports the same again has the same, and its memory with it', async () => {
  const { importJwk, importJwks, verifyJwt } = await load('index')
  const jwks = { keys: [key.jwk] }
  const set = importJwks(jwks)
  assert.equal(importJwks({ keys: [{ ...key.jwk }] }), set)
  assert.equal(importJwks(JSON.stringify(jwks)), set)
  const bytes = importJwks(Buffer.from(JSON.stringify(jwks)))
  assert.equal(importJwks(new TextEncoder().encode(JSON.stringify(jwks))), bytes)
  assert.throws(() => { set.keys = [] }, TypeError)
  // What is read in another way, or is another text, is another set.
  const single = importJwk(key.jwk)
  assert.notEqual(single, importJwks(jwks))
  assert.throws(() => importJwks(JSON.stringify(key.jwk)), { code: 'key_set_malformed' })
  const other = importJwks({ keys: [keyPair('k').jwk] })
  assert.equal(verifyJwt(good, other, expect).code, 'signature_invalid')
  assert.equal(verifyJwt(good, set, expect).ok, true)
  for (let i = 0; i < 8; i++) importJwks({ keys: [{ ...key.jwk, kid: `${i}` }] })
  assert.notEqual(importJwks(jwks), set, 'not for ever')
})

test('many key sets make memory grow, and verdicts stay right', async () => {
  const { verifyJwt, importJwks } = await load('index')
  const sets = []
  for (let i = 0; i < 40; i++) {
    const pair = keyPair(`k${i}`)
    const keys = importJwks({ keys: [pair.jwk] })
    const genuine = token(pair)
    assert.equal(verifyJwt(genuine, keys, expect).ok, true)
    assert.equal(verifyJwt(forge(genuine), keys, expect).code, 'signature_invalid')
    sets.push([keys, genuine])
  }
  for (const [keys, genuine] of sets) assert.equal(verifyJwt(genuine, keys, expect).ok, true)
})

test('where nobody says what is unused, an instance goes with what it keeps', () => {
  // As workerd is with a compatibility date before 2025-05-05.
  const given = JSON.stringify({ root: path.join(dist, 'node'), good, forged, jwk: key.jwk, expect })
  const text = `delete globalThis.FinalizationRegistry
const { root, good, forged, jwk, expect } = ${given}
const { importJwks, verifyJwt } = require(root + '/index.cjs')
const { engine } = require(root + '/wasm/engine.cjs')
const all = new Set()
const keys = importJwks({ keys: [jwk] })
for (let i = 0; i < 300; i++) {
  const other = importJwks({ keys: [{ ...jwk, kid: "other" + i }] })
  for (const held of [keys, keys, other, other]) {
    const [right, wrong] = [verifyJwt(good, held, expect), verifyJwt(forged, held, expect)].map(({ ok, code }) => code ?? ok)
    const isNamed = held === keys
    if (right !== (isNamed ? true : 'key_unknown') || wrong !== (isNamed ? 'signature_invalid' : 'key_unknown')) throw new Error(right + wrong)
  }
  all.add(engine())
}
console.log(all.size)`
  const instances = Number(execFileSync(process.execPath, ['-e', text], { encoding: 'utf8' }))
  assert.ok(instances >= 5 && instances <= 10, `${instances}`)
})

test('after a trap the next call gets another instance, and keys go with it', async () => {
  const { verifyJwt, importJwks } = await load('index')
  const { engine } = (await import('node:module')).createRequire(import.meta.url)(path.join(dist, 'node/wasm/engine.cjs'))
  const keys = importJwks({ keys: [key.jwk] })
  assert.equal(verifyJwt(good, keys, expect).ok, true)
  const broken = engine()
  assert.throws(() => broken.run(() => { throw new WebAssembly.RuntimeError('unreachable') }), /trapped/)
  assert.notEqual(engine(), broken)
  assert.equal(verifyJwt(good, keys, expect).ok, true)
  assert.equal(verifyJwt(forged, keys, expect).code, 'signature_invalid')
})
