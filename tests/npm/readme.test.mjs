// Every JavaScript example of the package's README runs, and prints what it says it prints.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { folder, keyPair, now, oneTimeCode, token } from './under.mjs'

const readme = readFileSync(path.resolve(import.meta.dirname, '../../pkg/README.md'), 'utf8')
const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code)

/** What the examples take for granted: a token, keys, a code, and an issuer that answers. */
async function stage() {
  const key = keyPair('es-1')
  const said = {
    token: token(key, { jti: 'token-1', scope: 'calendar:read', iat: now() - 5 }),
    jwks: { keys: [key.jwk] },
    code: await oneTimeCode(key, 'shop'),
  }
  return `
    Object.assign(globalThis, ${JSON.stringify(said)})
    const answers = {
      'https://issuer.example/.well-known/openid-configuration': { issuer: 'https://issuer.example', jwks_uri: 'https://issuer.example/jwks' },
      'https://issuer.example/jwks': jwks,
      'https://auth.example/grantex/.well-known/jwks.json': jwks,
      'https://issuer.example/anexus/api/v1/codes/verify': { verified: true, username: 'ada', permissions: ['read', 'buy'] },
    }
    globalThis.fetch = async (url) => Response.json(answers[url] ?? null, { status: answers[url] ? 200 : 404 })
  `
}

test('there are examples', () => assert.ok(examples.length >= 7))

for (const [i, code] of examples.entries()) {
  test(`example ${i + 1} prints what it says`, async () => {
    const expected = [...code.matchAll(/\/\/ => (.*)$/gm)].map(([, line]) => line)
    assert.ok(expected.length > 0, 'it says what it prints')
    writeFileSync(path.join(folder, 'stage.mjs'), await stage())
    writeFileSync(path.join(folder, 'example.mjs'), `import './stage.mjs'\n${code}`)
    const printed = execFileSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' }).trimEnd().split('\n')
    assert.deepEqual(printed, expected)
  })
}
