// The whole of a grant with the package, against the Worker in workerd: asked for, decided,
// exchanged, used at a guarded API, passed on, refreshed, revoked, looked up in the trail. And
// others verify the same tokens: `jose`, and PyJWT from the published keys.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { python } from '../clients/venv.mjs'
import { provision } from '../../tools/demo.mjs'
import { freePort } from '../../tools/workerd.mjs'
import { startWorker } from '../support/workerd.mjs'
import { blocks, printed } from './documents.mjs'
import { folder, load } from './under.mjs'

const { createPkcePair, Grantex, InvalidError, SignInError } = await load('grantex')
const { createGrantVerifier, verifyDelegationChain } = await load('grants')
const { guardFetch } = await load('guard')
const { verifyAuditChain } = await load('audit')
const { importJwks } = await load('index')

let worker, baseUrl, live, developer, verifier
const principalId = 'usr_npm'
const scopes = ['calendar:read', 'email:send']

before(async () => {
  worker = await startWorker()
  baseUrl = `${worker.origin}/grantex`
  developer = await Grantex.signup({ baseUrl, name: 'npm' })
  live = new Grantex({ baseUrl, apiKey: developer.apiKey })
  verifier = await createGrantVerifier({ issuer: baseUrl, onUnknown: 'refuse', clockTolerance: 2 })
}, { timeout: 600_000 })
after(() => worker?.stop())

/** A grant, as a principal gives it: its agent and its tokens. */
async function granted(wanted = scopes, more = {}) {
  const agent = await live.agents.register({ name: 'Assistant', scopes: wanted })
  const { verifier: codeVerifier, challenge } = createPkcePair()
  const { authRequestId, status } = await live.authorize({ agentId: agent.agentId, principalId, scopes: wanted, codeChallenge: challenge, state: 's', redirectUri: 'http://localhost:9/cb', ...more })
  assert.equal(status, 'pending')
  const decided = await fetch(`${baseUrl}/v1/consent/${authRequestId}/approve`, { method: 'POST' })
  const { code, state } = await decided.json()
  assert.deepEqual([decided.status, state], [200, 's'])
  const tokens = await live.tokens.exchange({ code, agentId: agent.agentId, codeVerifier })
  return { agent, tokens, code, codeVerifier }
}

test('asked for, decided, exchanged, verified here and there', async () => {
  const { agent, tokens, code, codeVerifier } = await granted(scopes, { audience: 'https://api.example' })
  assert.deepEqual(tokens.scopes, scopes)
  const offline = await verifier.verify(tokens.grantToken, { requiredScopes: scopes })
  assert.equal(offline.ok, true, offline.code)
  const { claims } = offline
  assert.deepEqual([claims.principal, claims.agent, claims.developer, claims.grantId, claims.audience, offline.revocation],
    [principalId, agent.did, developer.developerId, tokens.grantId, ['https://api.example'], 'valid'])
  const online = await live.tokens.verify(tokens.grantToken)
  assert.deepEqual([online.valid, online.principal, online.agent, online.grantId], [true, principalId, agent.did, tokens.grantId])
  assert.equal((await live.grants.verify(tokens.grantToken)).claims.jti, claims.tokenId)
  // The code was good once.
  await assert.rejects(live.tokens.exchange({ code, agentId: agent.agentId, codeVerifier }), (error) => error instanceof InvalidError && error.code === 'BAD_REQUEST')
})

test('a sandbox approves at once', async () => {
  const { apiKey } = await Grantex.signup({ baseUrl, name: 'npm sandbox', mode: 'sandbox' })
  const sandbox = new Grantex({ baseUrl, apiKey })
  const { agentId } = await sandbox.agents.register({ name: 'n' })
  const { code, status } = await sandbox.authorize({ agentId, principalId, scopes: ['a'] })
  assert.equal(status, 'approved')
  assert.equal((await verifier.verify((await sandbox.tokens.exchange({ code, agentId })).grantToken)).ok, true)
})

test('a refresh whose answer was lost gives the same once more', async () => {
  const { agent, tokens } = await granted()
  const request = { refreshToken: tokens.refreshToken, agentId: agent.agentId }
  const idempotencyKey = crypto.randomUUID()
  const first = await live.tokens.refresh(request, { idempotencyKey })
  assert.deepEqual(await live.tokens.refresh(request, { idempotencyKey }), first)
  await assert.rejects(live.tokens.refresh(request), InvalidError)
  assert.equal(first.grantId, tokens.grantId)
  assert.equal((await verifier.verify(first.grantToken)).ok, true)
})

test('passed on, narrower; and the cascade reaches whoever asks the list', async () => {
  const { tokens } = await granted()
  const sub = await live.agents.register({ name: 'Sub' })
  const child = await live.grants.delegate({ parentGrantToken: tokens.grantToken, subAgentId: sub.agentId, scopes: ['calendar:read'] })
  await assert.rejects(live.grants.delegate({ parentGrantToken: child.grantToken, subAgentId: sub.agentId, scopes }), InvalidError)
  const keys = importJwks(await (await fetch(`${baseUrl}/.well-known/jwks.json`)).text())
  const chain = verifyDelegationChain([tokens.grantToken, child.grantToken], keys, { issuer: baseUrl, requiredScopes: ['calendar:read'], clockTolerance: 2 })
  assert.equal(chain.ok, true, chain.code)
  assert.deepEqual(chain.claims.delegation, { parentAgent: chain.chain[0].agent, parentGrantId: tokens.grantId, depth: 1 })

  const app = guardFetch((request, grant) => new Response(grant.principal), { verifier, scopes: ['calendar:read'] })
  const ask = (token) => app(new Request('http://api.example/', { headers: { authorization: `Bearer ${token}` } }))
  assert.equal((await ask(child.grantToken)).status, 200)
  await live.grants.revoke(tokens.grantId)
  assert.deepEqual(await live.tokens.verify(child.grantToken), { valid: false }, 'online at the very next request')
  // A verifier that asks for the list now; the one above does so when its list is 45 s old.
  const asking = await createGrantVerifier({ issuer: baseUrl, onUnknown: 'refuse', clockTolerance: 2 })
  for (const token of [tokens.grantToken, child.grantToken]) assert.equal((await asking.verify(token)).code, 'token_revoked')
  assert.equal((await live.grants.get(child.grantId)).status, 'revoked')
})

test('one token revoked, its grant in force', async () => {
  const { tokens } = await granted()
  const { claims } = await verifier.verify(tokens.grantToken)
  await live.tokens.revoke(claims.tokenId)
  assert.deepEqual(await live.tokens.verify(tokens.grantToken), { valid: false })
  assert.equal((await live.grants.get(tokens.grantId)).status, 'active')
  await assert.rejects(live.tokens.revoke(claims.tokenId), (error) => error.status === 404)
})

test('the trail: appended, paged, verified, and tampering found', async () => {
  const { agent, tokens } = await granted()
  const logged = []
  for (let i = 0; i < 5; i++) logged.push(await live.audit.log({ agentId: agent.agentId, grantId: tokens.grantId, action: 'email.sent', metadata: { n: i / 3, to: 'ü✓', big: 1e21 } }))
  const { entries, total } = await live.audit.list({ pageSize: 100 })
  assert.equal(total, 5)
  assert.deepEqual(verifyAuditChain(entries), { valid: true, checked: 5, head: logged[4].hash })
  const page = await live.audit.list({ page: 2, pageSize: 2 })
  assert.equal(verifyAuditChain(page.entries, { start: { after: entries[1].hash } }).checked, 2)
  assert.equal(verifyAuditChain(entries.with(2, { ...entries[2], metadata: { n: 9 } })).brokenAt, 2)
  // The answer as it stands on the wire, too.
  const response = await fetch(`${baseUrl}/v1/audit/entries?pageSize=100`, { headers: { authorization: `Bearer ${developer.apiKey}` } })
  assert.equal(verifyAuditChain(new Uint8Array(await response.arrayBuffer())).valid, true)
  assert.equal((await live.audit.get(logged[1].entryId)).hash, logged[1].hash)
})

test('agents: listed by page, changed, suspended, deleted', async () => {
  const agent = await live.agents.register({ name: 'First', description: 'd' })
  assert.equal((await live.agents.update(agent.agentId, { name: 'Second', status: 'suspended' })).status, 'suspended')
  assert.equal((await live.agents.get(agent.agentId)).name, 'Second')
  await assert.rejects(live.authorize({ agentId: agent.agentId, principalId, scopes: ['a'] }), (error) => error.status === 404)
  const { agents, total, pageSize } = await live.agents.list({ pageSize: 2 })
  assert.deepEqual([agents.length, pageSize, agents[0].agentId], [2, 2, agent.agentId])
  await live.agents.delete(agent.agentId)
  assert.equal((await live.agents.list()).total, total - 1)
})

test('a principal has a page, and a foreign developer nothing', async () => {
  const { tokens } = await granted()
  const session = await live.principalSessions.create({ principalId })
  assert.match(session.dashboardUrl, /#session=/)
  const { grants } = await live.grants.list({ principalId, status: 'active' })
  assert.ok(grants.some((grant) => grant.grantId === tokens.grantId))
  const other = new Grantex({ baseUrl, apiKey: (await Grantex.signup({ baseUrl, name: 'other' })).apiKey })
  await assert.rejects(other.grants.get(tokens.grantId), (error) => error instanceof InvalidError && error.status === 404)
  assert.deepEqual(await other.tokens.verify(tokens.grantToken), { valid: false })
})

test('a key that was rotated signs nobody in', async () => {
  const { apiKey } = await Grantex.signup({ baseUrl, name: 'rotating' })
  const [one, two] = [new Grantex({ baseUrl, apiKey }), new Grantex({ baseUrl, apiKey })]
  await one.keys.rotate()
  await one.agents.list()
  await assert.rejects(two.agents.list(), SignInError)
})

test('others see the same: jose', async () => {
  const { agent, tokens } = await granted()
  const jwks = createRemoteJWKSet(new URL(`${baseUrl}/.well-known/jwks.json`))
  const { payload, protectedHeader } = await jwtVerify(tokens.grantToken, jwks, { issuer: baseUrl, algorithms: ['RS256'], typ: 'at+jwt', clockTolerance: 2 })
  assert.deepEqual([payload.sub, payload.agt, payload.scope, protectedHeader.typ], [principalId, agent.did, scopes.join(' '), 'at+jwt'])
  const { payload: list } = await jwtVerify(await (await fetch(payload.status.status_list.uri)).text(), jwks, { issuer: baseUrl, typ: 'statuslist+jwt', clockTolerance: 2 })
  assert.equal(list.sub, payload.status.status_list.uri)
})

const VERIFY = `
import json, sys, urllib.request
import jwt
token, issuer = sys.argv[1:]
with urllib.request.urlopen(issuer + "/.well-known/jwks.json") as answer:
    keys = jwt.PyJWKSet.from_dict(json.load(answer))
key = keys[jwt.get_unverified_header(token)["kid"]]
print(json.dumps(jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, leeway=2)))
`

test('others see the same: PyJWT', async () => {
  const { agent, tokens } = await granted()
  const verify = (token) => promisify(execFile)(python('grantex-0.1.3'), ['-c', VERIFY, token, baseUrl])
  const claims = JSON.parse((await verify(tokens.grantToken)).stdout)
  assert.deepEqual([claims.sub, claims.agt, claims.scp], [principalId, agent.did, scopes])
  await assert.rejects(verify(`${tokens.grantToken.slice(0, -8)}AAAAAAAA`), /InvalidSignatureError/)
})

test('docs/grants.md: an API and an agent in ten minutes', async () => {
  const express = path.join(folder, 'node_modules/express')
  if (!existsSync(express)) symlinkSync(path.resolve(import.meta.dirname, '../../node_modules/express'), express)
  const port = await freePort()
  const [api, agent] = blocks('docs/grants.md', 'js').slice(0, 2)
  const program = (name, code) => {
    assert.ok(code.startsWith(`// ${name}`))
    writeFileSync(path.join(folder, name), code.replaceAll('http://localhost:8787', worker.origin).replaceAll('3000', String(port)))
  }
  program('api.mjs', api)
  program('agent.mjs', agent)
  const serving = spawn(process.execPath, ['api.mjs'], { cwd: folder, stdio: 'inherit' })
  try {
    for (let tries = 0; tries < 100 && !(await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)); tries++) await new Promise((resolve) => setTimeout(resolve, 50))
    const { stdout } = await promisify(execFile)(process.execPath, ['agent.mjs'], { cwd: folder })
    assert.deepEqual(stdout.trimEnd().split('\n'), printed(agent))
  } finally {
    serving.kill()
    await once(serving, 'exit')
  }
})

test('README.md: a code in a terminal', async () => {
  const given = await provision(worker.origin)
  const [generate, verify] = blocks('README.md', 'sh').find((block) => block.startsWith('curl')).split(/\n(?=curl)/)
  const sh = async (command, env) => {
    const script = command.replaceAll('localhost:8787', new URL(worker.origin).host)
    return JSON.parse((await promisify(execFile)('sh', ['-c', script], { env: { ...process.env, ...env } })).stdout)
  }
  const { code } = await sh(generate, { SESSION_TOKEN: given.session_token, TARGET: given.target })
  const { verified, username } = await sh(verify, { CODE: code, PLATFORM_API_KEY: given.platform_api_key })
  assert.deepEqual([verified, username], [true, given.username])
})
