// The types as a strict TypeScript user meets them, by `import` and by `require`.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { folder } from './under.mjs'

const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

const program = `
import { CachedVerifier, type Code, createVerifier, importJwks, KeyError, verifyJwt } from 'countersign'
import { checkCode } from 'countersign/code'
import { createPair } from 'countersign/pkce'
import { signRequest } from 'countersign/hmac'
import { decodeUnverified } from 'countersign/unverified'
import { verifyCode } from 'countersign/anexus'
import 'countersign/fast'

const keys = importJwks({ keys: [] })
const verdict = verifyJwt<{ readonly sub: string }>('', keys, { issuer: 'i', audience: ['a'] })
if (verdict.ok) {
  const sub: string = verdict.claims.sub
  // @ts-expect-error: a good verdict has no code
  verdict.code
  void sub
} else {
  const code: Code | 'token_revoked' = verdict.code
  const unavailable: false = verdict.unavailable
  // @ts-expect-error: a refusal has no claims
  verdict.claims
  // @ts-expect-error: no such code
  if (verdict.code === 'expird') {}
  void [code, unavailable]
}
// @ts-expect-error: options that are misspelt
verifyJwt('', keys, { issuer: 'i', audiences: ['a'] })
// @ts-expect-error: keys are imported first
verifyJwt('', { keys: [] }, { issuer: 'i' })
// @ts-expect-error: no leniency is called so
verifyJwt('', keys, { allow: { untypd: true } })

export async function use(): Promise<number> {
  const verifier = await createVerifier({ issuer: 'https://i', audience: 'a', cache: { maxTokens: 10 } })
  const answer = await verifier.verify('')
  if (answer.ok) return 200
  if (answer.unavailable) {
    const seconds: number = answer.retryAfter
    return 503 + 0 * seconds
  }
  switch (answer.code) {
    case 'expired': return 401 + 0 * (answer.seconds ?? 0)
    default: return 401
  }
}
const pair = createPair()
const method: 'S256' = pair.method
const checked = checkCode('', keys, { target: 't' })
if (checked.ok) checked.user satisfies string
new CachedVerifier(keys, { issuer: 'i' }).verify('')
void [method, signRequest('', 'POST', '/', 1), decodeUnverified(''), verifyCode, KeyError]
`

for (const [name, more] of [['user.mts', {}], ['user.cts', {}]]) {
  test(`a strict program in ${name}`, () => {
    writeFileSync(path.join(folder, name), program)
    const config = path.join(folder, `${name}.json`)
    writeFileSync(config, JSON.stringify({
      compilerOptions: {
        strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noUnusedLocals: true, skipLibCheck: false,
        module: 'nodenext', target: 'es2022', lib: ['es2022', 'dom'], noEmit: true, types: [], ...more,
      },
      files: [name],
    }))
    try {
      execFileSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' })
    } catch (error) {
      assert.fail(error.stdout)
    }
  })
}

test('bundlers find the types, too', () => {
  writeFileSync(path.join(folder, 'bundled.ts'), program)
  const config = path.join(folder, 'bundled.json')
  writeFileSync(config, JSON.stringify({ compilerOptions: { strict: true, module: 'esnext', moduleResolution: 'bundler', target: 'es2022', lib: ['es2022', 'dom'], noEmit: true, types: [] }, files: ['bundled.ts'] }))
  try {
    execFileSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
})
