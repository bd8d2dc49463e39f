// The types as a strict TypeScript user meets them, by `import` and by `require`.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { dist, folder } from './under.mjs'

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
  const code: Code = verdict.code
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

const servers = `
import express, { Router } from 'express'
import { Hono } from 'hono'
import { createServer } from 'node:http'
import { createGrantVerifier } from 'countersign/grants'
import { guard, type Granted } from 'countersign/express'
import { type GrantVariables, guard as guardHono } from 'countersign/hono'
import { guardFetch } from 'countersign/guard'

const verifier = createGrantVerifier({ issuer: 'https://i', onUnknown: 'refuse', lazy: true })
const options = { verifier, scopes: ['calendar:read'] }

const app = express()
app.use('/all', guard(options))
app.get('/events/:id', guard(options), (request, response) => {
  const { principal, agent }: Granted = request.grant!
  const id: string = request.params.id
  // @ts-expect-error: a route without a guard has no grant
  request.grant.principal
  // @ts-expect-error: no such member
  request.grant!.principle
  response.json({ principal, agent, id })
})
app.use(Router().use(guard(options)))

const protect = guard(options)
createServer((request, response) => protect(request, response, (error) => response.end(String(error))))

const hono = new Hono<{ Variables: GrantVariables }>()
hono.use('/all/*', guardHono(options))
hono.get('/events/:id', guardHono(options), (c) => {
  const { principal }: Granted = c.get('grant')
  const id: string = c.req.param('id')
  // @ts-expect-error: no such variable
  c.get('grunt')
  return c.json({ principal, id })
})

interface Env { readonly GREETING: string }
export default {
  fetch: guardFetch((request, grant, env: Env) => new Response(env.GREETING + grant.principal + request.url), options),
}
// @ts-expect-error: a guard needs a verifier
guard({ scopes: [] })
// @ts-expect-error: scopes are a list
guardHono({ verifier, scopes: 'calendar:read' })
`

/** Compiles a program strictly, beside the installed package. */
function compile(name, program, options) {
  writeFileSync(path.join(folder, name), program)
  const config = path.join(folder, `${name}.json`)
  const compilerOptions = { strict: true, target: 'es2022', lib: ['es2022', 'dom'], noEmit: true, types: [], ...options }
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [name] }))
  try {
    execFileSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
}

const strictest = { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noUnusedLocals: true, skipLibCheck: false, module: 'nodenext' }
for (const name of ['user.mts', 'user.cts']) {
  test(`a strict program in ${name}`, () => compile(name, program, strictest))
}

test('the page of codes has all of them', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/codes.md'), 'utf8')
  const codes = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => `'${code}'`)
  compile('codes.mts', `
import type { Code, OptionError, UnavailableCode } from 'countersign'
import type { StatusCode } from 'countersign/grants'
type All = Code | OptionError['code'] | UnavailableCode | StatusCode
type Page = ${codes.join(' | ')}
export const [all, page] = [null as unknown as All satisfies Page, null as unknown as Page satisfies All]
`, strictest)
})

test('a key may be of a type that has it elsewhere', () => {
  const modules = path.resolve(import.meta.dirname, '../../node_modules')
  for (const name of ['@types', 'jose']) {
    const link = path.join(folder, 'node_modules', name)
    if (!existsSync(link)) symlinkSync(path.join(modules, name), link)
  }
  compile('keys.mts', `
import { importJwk, importJwks } from 'countersign'
import type { JSONWebKeySet } from 'jose'
import { createPublicKey } from 'node:crypto'
const ofNode = createPublicKey('').export({ format: 'jwk' })
const ofPage = await crypto.subtle.exportKey('jwk', {} as CryptoKey)
const ofJose: JSONWebKeySet = { keys: [] }
export const sets = [importJwk(ofNode), importJwk({ ...ofNode, kid: 'k' }), importJwk(ofPage), importJwks({ keys: [ofNode, ofPage] }), importJwks(ofJose)]
importJwk({ kty: 'EC', crv: 'P-256', x: '', y: '', kid: 'k', use: 'sig', issuer: 'of Entra' })
importJwks(JSON.parse(''))
// @ts-expect-error: a set is no key
importJwks([ofNode])
// @ts-expect-error: keys have text, bytes or members
importJwk(5)
`, { ...strictest, skipLibCheck: true, types: ['node'] })
})

test('another fetch may be that of undici with a proxy, or one for tests', () => {
  const modules = path.resolve(import.meta.dirname, '../../node_modules')
  for (const name of ['@types', 'undici']) {
    const link = path.join(folder, 'node_modules', name)
    if (!existsSync(link)) symlinkSync(path.join(modules, name), link)
  }
  const fetches = `
import { createVerifier, type Fetch } from 'countersign'
import { verifyCode } from 'countersign/anexus'
import { createGrantVerifier } from 'countersign/grants'
import { Grantex } from 'countersign/grantex'
import { ProxyAgent, fetch as fetchOfUndici } from 'undici'
const dispatcher = new ProxyAgent('http://proxy.example')
const all: Fetch[] = [
  fetchOfUndici,
  (url, init) => fetchOfUndici(url, { ...init, dispatcher }),
  globalThis.fetch,
  async (url: string) => new Response(url),
  async () => Response.json({}),
]
for (const fetch of all) {
  createVerifier({ issuer: 'https://i', audience: 'a', fetch })
  createGrantVerifier({ issuer: 'https://i', onUnknown: 'refuse', fetch })
  verifyCode({ base: 'https://i', fetch }, '', { apiKey: '' })
  new Grantex({ baseUrl: 'https://i', apiKey: '', fetch })
}
// @ts-expect-error: an answer is a response
createVerifier({ issuer: 'https://i', audience: 'a', fetch: async () => ({ keys: [] }) })
`
  compile('fetches.mts', fetches, { ...strictest, skipLibCheck: true, types: ['node'] })
  compile('fetches-server.mts', fetches, { ...strictest, skipLibCheck: true, types: ['node'], lib: ['es2022'] })
})

test('bundlers find the types, too', () => compile('bundled.ts', program, { module: 'esnext', moduleResolution: 'bundler' }))

test('the default of older programs finds the types of every sub-path, too', () => {
  const { exports, typesVersions } = JSON.parse(readFileSync(path.join(folder, 'node_modules/countersign/package.json'), 'utf8'))
  for (const [name, conditions] of Object.entries(exports)) {
    if (name === '.' || name === './package.json') continue
    assert.deepEqual(typesVersions['*'][name.slice(2)], [conditions.import.types], name)
  }
})

test('a server\'s program does without the types of a browser', () => {
  const types = path.join(path.resolve(import.meta.dirname, '../../node_modules'), '@types')
  compile('server-types.mts', program, { ...strictest, lib: ['es2022'], types: ['node'], typeRoots: [types] })
  const declared = readdirSync(path.join(dist, 'types'), { recursive: true }).filter((file) => file.endsWith('.d.ts'))
  const reached = new Set(['index.d.ts'])
  for (const file of reached) {
    const text = readFileSync(path.join(dist, 'types', file), 'utf8')
    // Types for Node.js have none of it, or have it only lately.
    assert.ok(!/\bWebAssembly\./.test(text), file)
    for (const [, next] of text.matchAll(/from '(\.[^']*)\.js'/g)) reached.add(path.join(path.dirname(file), `${next}.d.ts`))
  }
  assert.ok(reached.size > 5 && [...reached].every((file) => declared.includes(file)))
})

test('guards have types that Express 5 and Hono take', () => {
  const modules = path.resolve(import.meta.dirname, '../../node_modules')
  for (const name of ['@types', 'hono']) {
    const link = path.join(folder, 'node_modules', name)
    if (!existsSync(link)) symlinkSync(path.join(modules, name), link)
  }
  // Their own types are not ours to check.
  compile('servers.mts', servers, { ...strictest, skipLibCheck: true, types: ['node'] })
})
