// The client against a double that answers as it is told: what it sends, and what it makes of
// each kind of failure. tests/npm/grantex-worker.test.mjs asks the Worker itself.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from './grants.mjs'
import { load } from './under.mjs'

const { createPkcePair, DeniedError, Grantex, GrantexError, InvalidError, RetryError, SignInError } = await load('grantex')

const tokens = { grantToken: 'a.b.c', expiresAt: '2026-11-22T04:31:06.588Z', refreshToken: 'ref_1', grantId: 'grnt_1', scopes: ['a'] }
const agent = { id: 'ag_1', agentId: 'ag_1', did: 'did:grantex:ag_1', name: 'n', description: '', scopes: [], status: 'active', developerId: 'dev_1', createdAt: 'x', updatedAt: 'x' }

/** A server that gives its answers in their order, the last one again and again, and a client
 *  of it. An answer is a status with a body and headers, or a function of the response. */
async function double(answers, options = {}) {
  const seen = []
  const server = await serve(async (request, response) => {
    const body = (await request.toArray()).join('')
    seen.push({ method: request.method, url: request.url, headers: request.headers, body: body && JSON.parse(body) })
    const answer = answers[Math.min(seen.length, answers.length) - 1]
    if (typeof answer === 'function') return answer(response, request)
    const [status, json, headers = {}] = answer
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof json === 'string' ? json : JSON.stringify(json))
  })
  return { seen, ...server, client: new Grantex({ baseUrl: `${server.origin}/grantex/`, apiKey: 'key', maxWait: 1, ...options }) }
}

/** The error of a call. */
const failure = (promise) => promise.then(() => assert.fail('nothing was thrown'), (error) => error)

test('calls are under the prefix, with the key, and nothing that was not said', async () => {
  const { client, seen, close } = await double([[201, agent]])
  await client.agents.register({ name: 'n' })
  const [{ method, url, headers, body }] = seen
  assert.deepEqual([method, url, headers.authorization, headers['content-type'], body], ['POST', '/grantex/v1/agents', 'Bearer key', 'application/json', { name: 'n' }])
  await client.agents.update('ag/../1', { status: 'suspended' })
  assert.deepEqual([seen[1].method, seen[1].url, seen[1].body], ['PATCH', '/grantex/v1/agents/ag%2F..%2F1', { status: 'suspended' }])
  for (const id of ['', '..', undefined]) assert.ok((await failure(client.agents.get(id))) instanceof TypeError)
  assert.equal(seen.length, 2)
  await close()
})

test('authorize sends challenge and method as a pair', async () => {
  const { client, seen, close } = await double([[201, { authRequestId: 'areq_1', consentUrl: 'http://x', agentId: 'ag_1', principalId: 'u', scopes: ['a'], expiresIn: '1h', expiresAt: 'x', status: 'pending', createdAt: 'x' }]])
  const { verifier, challenge } = createPkcePair()
  assert.equal(verifier.length, 43)
  const answer = await client.authorize({ agentId: 'ag_1', principalId: 'u', scopes: ['a'], codeChallenge: challenge, state: 's' })
  assert.deepEqual(seen[0].body, { agentId: 'ag_1', principalId: 'u', scopes: ['a'], state: 's', codeChallenge: challenge, codeChallengeMethod: 'S256' })
  assert.equal('code' in answer, false)
  await client.authorize({ agentId: 'ag_1', principalId: 'u', scopes: ['a'] })
  assert.equal('codeChallengeMethod' in seen[1].body, false)
  await close()
})

test('errors say what is to be done', async () => {
  const cases = [
    [401, SignInError, 'sign_in'], [403, DeniedError, 'denied'], [402, DeniedError, 'denied'], [400, InvalidError, 'invalid'], [404, InvalidError, 'invalid'],
    [409, InvalidError, 'invalid'], [410, InvalidError, 'invalid'], [422, InvalidError, 'invalid'], [429, RetryError, 'retry'], [500, RetryError, 'retry'],
    [503, RetryError, 'retry'], [302, RetryError, 'retry'],
  ]
  for (const [status, Class, kind] of cases) {
    const { client, close } = await double([[status, { message: 'no', code: 'CODE', requestId: 'req' }, { location: 'http://elsewhere.example' }]])
    const error = await failure(client.tokens.exchange({ code: 'c', agentId: 'ag_1' }))
    assert.ok(error instanceof Class && error instanceof GrantexError, String(status))
    assert.deepEqual([error.kind, error.status, error.code, error.requestId, error.message], [kind, status, 'CODE', 'req', 'no'])
    assert.equal(String(error.stack).includes('Bearer key'), false)
    await close()
  }
})

test('too many calls: when to come back', async () => {
  const { client, close } = await double([[429, { message: 'retry in 7 seconds', code: 'RATE_LIMITED' }, { 'retry-after': '7', 'x-request-id': 'of the header' }]])
  const error = await failure(client.tokens.exchange({ code: 'c', agentId: 'ag_1' }))
  assert.deepEqual([error.reason, error.retryAfter, error.requestId], ['rate_limited', 7, 'of the header'])
  await close()
})

test('an exchange is never repeated by itself, nor is anything else that changes something', async () => {
  const { client, seen, close } = await double([[503, {}]])
  const calls = [
    () => client.tokens.exchange({ code: 'c', agentId: 'a' }), () => client.agents.register({ name: 'n' }), () => client.agents.delete('a'), () => client.grants.revoke('g'),
    () => client.audit.log({ agentId: 'a', grantId: 'g', action: 'x' }), () => client.keys.rotate(), () => client.tokens.revoke('t'),
    () => client.grants.delegate({ parentGrantToken: 't', subAgentId: 'a', scopes: ['a'] }),
  ]
  for (const call of calls) assert.ok((await failure(call())) instanceof RetryError)
  assert.equal(seen.length, calls.length)
  await close()
})

test('a refresh whose answer is lost is asked for again, under the same key', async () => {
  const cut = (response) => response.destroy()
  const { client, seen, close } = await double([cut, [503, {}], [201, tokens]])
  assert.deepEqual(await client.tokens.refresh({ refreshToken: 'ref_0', agentId: 'ag_1' }), tokens)
  const keys = seen.map(({ headers }) => headers['idempotency-key'])
  assert.equal(keys.length, 3)
  assert.match(keys[0], /^[0-9a-f-]{36}$/)
  assert.equal(new Set(keys).size, 1)
  await client.tokens.refresh({ refreshToken: 'ref_1', agentId: 'ag_1' })
  assert.notEqual(seen[3].headers['idempotency-key'], keys[0])
  await client.tokens.refresh({ refreshToken: 'ref_1', agentId: 'ag_1' }, { idempotencyKey: 'mine' })
  assert.equal(seen[4].headers['idempotency-key'], 'mine')
  await close()
})

test('repetitions end, wait as long as they are told, and not longer than was said', async () => {
  const limited = (seconds) => [429, {}, { 'retry-after': String(seconds) }]
  const some = await double([limited(1), [200, { ...agent }]])
  const started = Date.now()
  assert.equal((await some.client.agents.get('ag_1')).agentId, 'ag_1')
  assert.ok(Date.now() - started >= 950)
  const long = await double([limited(60)])
  assert.equal((await failure(long.client.agents.get('ag_1'))).retryAfter, 60)
  assert.equal(long.seen.length, 1)
  const always = await double([[500, {}]], { retries: 3 })
  assert.ok((await failure(always.client.agents.get('ag_1'))) instanceof RetryError)
  assert.equal(always.seen.length, 4)
  const refused = await double([[404, {}]])
  await failure(refused.client.agents.get('ag_1'))
  assert.equal(refused.seen.length, 1, 'what is refused is not asked again')
  await Promise.all([some, long, always, refused].map(({ close }) => close()))
})

test('no answer in time, and no connection at all', async () => {
  const silent = await double([() => {}], { timeout: 0.1 })
  assert.equal((await failure(silent.client.tokens.verify('t'))).reason, 'timeout')
  await silent.close()
  assert.equal((await failure(silent.client.tokens.verify('t'))).reason, 'network')
})

test('a signal ends a call, and a wait between two', async () => {
  const silent = await double([() => {}])
  const reason = new Error('enough')
  const controller = new AbortController()
  setTimeout(() => controller.abort(reason), 30)
  assert.equal(await failure(silent.client.agents.get('a', { signal: controller.signal })), reason)
  assert.equal(await failure(silent.client.agents.get('a', { signal: AbortSignal.abort(reason) })), reason)
  const limited = await double([[429, {}, { 'retry-after': '1' }]])
  const second = new AbortController()
  setTimeout(() => second.abort(reason), 50)
  const started = Date.now()
  assert.equal(await failure(limited.client.agents.get('a', { signal: second.signal })), reason)
  assert.ok(Date.now() - started < 900)
  await Promise.all([silent.close(), limited.close()])
})

test('an answer that is not what it must be is not handed on', async () => {
  for (const answer of [[201, 'no json'], [201, []], [201, {}], [201, { ...tokens, scopes: 'a' }], [201, { ...tokens, grantToken: 1 }]]) {
    const { client, close } = await double([answer])
    const error = await failure(client.tokens.exchange({ code: 'c', agentId: 'a' }))
    assert.deepEqual([error.kind, error.reason], ['retry', 'server'])
    await close()
  }
})

test('an answer without an end is not read to its end', async () => {
  let sent = 0
  const { client, close } = await double([(response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const piece = Buffer.alloc(1024 * 1024, ' ')
    const write = () => {
      do sent += piece.length
      while (!response.destroyed && response.write(piece))
      if (!response.destroyed) response.once('drain', write)
    }
    write()
  }])
  assert.equal((await failure(client.tokens.exchange({ code: 'c', agentId: 'a' }))).reason, 'server')
  assert.ok(sent < 64 * 1024 * 1024, sent)
  await close()
})

test('verification is no error', async () => {
  const { client, close } = await double([[200, { valid: false }], [200, { active: false, reason: 'revoked', token: '' }]])
  assert.deepEqual(await client.tokens.verify('t'), { valid: false })
  assert.deepEqual(await client.grants.verify('t'), { active: false, reason: 'revoked' })
  await close()
})

test('a rotated key is used from then on', async () => {
  const { client, seen, close } = await double([[200, { apiKey: 'new', rotatedAt: 'x' }], [204, '']])
  assert.equal((await client.keys.rotate()).apiKey, 'new')
  await client.grants.revoke('g')
  assert.deepEqual(seen.map(({ headers }) => headers.authorization), ['Bearer key', 'Bearer new'])
  assert.equal(JSON.stringify(client).includes('new'), false)
  await close()
})

test('signing up needs no key', async () => {
  const { origin, seen, close } = await double([[201, { developerId: 'dev_1', apiKey: 'k', name: 'n', email: null, mode: 'sandbox', createdAt: 'x' }]])
  const developer = await Grantex.signup({ baseUrl: `${origin}/grantex`, name: 'n', mode: 'sandbox' })
  assert.deepEqual(developer, { developerId: 'dev_1', apiKey: 'k', name: 'n', email: null, mode: 'sandbox', createdAt: 'x' })
  assert.deepEqual([seen[0].headers.authorization, seen[0].body], [undefined, { name: 'n', mode: 'sandbox' }])
  await close()
})

test('a key is not sent in the clear', () => {
  assert.throws(() => new Grantex({ baseUrl: 'http://auth.example/grantex', apiKey: 'k' }), TypeError)
  assert.throws(() => new Grantex({ baseUrl: 'https://auth.example/grantex', apiKey: '' }), TypeError)
  assert.throws(() => new Grantex({ baseUrl: 'https://auth.example/grantex', apiKey: 'k', timeout: -1 }), TypeError)
})
