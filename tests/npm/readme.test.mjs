// Every JavaScript example of the documents runs; those of the package's README print what they
// say they print.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { blocks, printed } from './documents.mjs'
import { folder, keyPair, now, oneTimeCode, signed, token } from './under.mjs'

const examples = blocks('pkg/README.md', 'js')

/** What the examples take for granted: a token, keys, a code, and an issuer that answers. */
async function stage() {
  const key = keyPair('es-1')
  const body = Buffer.from('{"amount":5}')
  const jws = signed(key, { alg: 'ES256', kid: 'es-1' }, body.toString())
  const bytes = { body, signature: sign('sha256', body, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }), der: sign('sha256', body, key.privateKey) }
  const said = {
    token: token(key, { jti: 'token-1', scope: 'calendar:read', iat: now() - 5 }),
    jwks: { keys: [key.jwk] },
    code: await oneTimeCode(key, 'shop'),
    tokens: [],
    jws,
    detached: jws.replace(/\..*\./, '..'),
    issuer: 'https://issuer.example',
    audience: 'https://api.example',
  }
  return `
    Object.assign(globalThis, ${JSON.stringify(said)})
    for (const [name, hex] of Object.entries(${JSON.stringify(Object.fromEntries(Object.entries(bytes).map(([name, value]) => [name, value.toString('hex')])))})) globalThis[name] = Buffer.from(hex, 'hex')
    const nothing = () => {}
    Object.assign(globalThis, { app: { get: nothing }, eventsOf: nothing, use: nothing, verifier: { verify: nothing }, response: Response.json([]) })
    globalThis.keys = (await import('countersign')).importJwks(jwks)
    const answers = {
      'https://issuer.example/.well-known/openid-configuration': { issuer: 'https://issuer.example', jwks_uri: 'https://issuer.example/jwks' },
      'https://issuer.example/jwks': jwks,
      'https://issuer.example/.well-known/jwks.json': jwks,
      'http://localhost:8787/.well-known/jwks.json': jwks,
      'https://auth.example/grantex/.well-known/jwks.json': jwks,
      'https://issuer.example/anexus/api/v1/codes/verify': { verified: true, user_id: 'user_0123456789abcdef', username: 'ada', permissions: ['read', 'buy'] },
    }
    globalThis.fetch = async (url) => Response.json(answers[url] ?? null, { status: answers[url] ? 200 : 404 })
  `
}

test('there are examples', () => assert.ok(examples.length >= 7))

async function run(code) {
  writeFileSync(path.join(folder, 'stage.mjs'), await stage())
  writeFileSync(path.join(folder, 'example.mjs'), `import './stage.mjs'\n${code}`)
  return execFileSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' }).trimEnd().split('\n')
}

for (const [i, code] of examples.entries()) {
  test(`example ${i + 1} prints what it says`, async () => {
    const expected = printed(code)
    assert.ok(expected.length > 0, 'it says what it prints')
    assert.deepEqual(await run(code), expected)
  })
}

// Not those of other libraries, nor the programs that tests/npm/grantex-worker.test.mjs runs.
const isHere = (code) => !/^\/\/ (before|\w+\.mjs)/.test(code)
for (const [document, least] of [['README.md', 1], ['docs/grants.md', 6], ['docs/migrating.md', 2]]) {
  test(`${document}: each example runs`, async () => {
    const found = blocks(document, 'js').filter(isHere)
    assert.ok(found.length >= least, 'there are examples')
    for (const code of found) await run(code)
  })
}
