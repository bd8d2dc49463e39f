// Guards in front of real servers: Express, Node's http, Hono, and plain fetch handlers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import express from 'express'
import { Hono } from 'hono'
import { forge, issuer, now, serve } from './grants.mjs'
import { load } from './under.mjs'

const { createGrantVerifier } = await load('grants')
const { guardFetch } = await load('guard')
const { guard: guardExpress } = await load('express')
const { guard: guardHono } = await load('hono')

/** A server of a handler `(Request) => Response`. */
const serveFetch = (handler) =>
  serve(async (request, response) => {
    const answer = await handler(new Request(`http://localhost${request.url}`, { headers: request.headers }))
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  })

/** The same API behind each guard: says for whom it was called. */
const servers = {
  'Express': (options) => {
    const app = express()
    app.get('/', guardExpress(options), (request, response) => response.json({ principal: request.grant.principal, revocation: request.grant.revocation }))
    return serve(app)
  },
  'Node.js http': (options) => {
    const protect = guardExpress(options)
    return serve((request, response) =>
      protect(request, response, (error) => response.writeHead(error ? 500 : 200).end(JSON.stringify({ principal: request.grant?.principal, revocation: request.grant?.revocation }))))
  },
  'Hono': (options) => {
    const app = new Hono()
    app.get('/', guardHono(options), (c) => c.json({ principal: c.get('grant').principal, revocation: c.get('grant').revocation }))
    return serveFetch(app.fetch)
  },
  'fetch': (options) =>
    serveFetch(guardFetch((request, grant) => Response.json({ principal: grant.principal, revocation: grant.revocation }), options)),
}

const scopes = ['calendar:read', 'calendar:write']

for (const [name, start] of Object.entries(servers)) {
  test(`${name}: who has the scopes is let in, and nobody else`, async () => {
    const at = await issuer()
    const why = []
    const verifier = createGrantVerifier({ issuer: at.issuer, onUnknown: 'refuse' })
    const server = await start({ verifier, scopes, realm: 'calendar', onRefused: ({ code }) => why.push(code) })
    const ask = async (authorization) => {
      const response = await fetch(server.origin, { headers: authorization === undefined ? {} : { authorization } })
      return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.json(), cache: response.headers.get('cache-control') }
    }
    const good = at.grant(3, { scp: scopes })
    try {
      const in_ = await ask(`Bearer ${good}`)
      assert.deepEqual([in_.status, in_.body], [200, { principal: 'usr_1', revocation: 'valid' }])
      assert.equal((await ask(`bearer ${good}`)).status, 200)

      const scope = 'scope="calendar:read calendar:write"'
      for (const nothing of [undefined, 'Basic dXNlcjpwYXNz', 'Bearerish x']) {
        assert.deepEqual(await ask(nothing), { status: 401, challenge: `Bearer realm="calendar", ${scope}`, body: { error: 'unauthorized' }, cache: 'no-store' })
      }
      for (const malformed of ['Bearer', 'Bearer a b', `Bearer ${good}, Bearer ${good}`]) {
        assert.deepEqual(await ask(malformed), { status: 400, challenge: `Bearer realm="calendar", error="invalid_request", ${scope}`, body: { error: 'invalid_request' }, cache: 'no-store' })
      }
      assert.deepEqual(why, [])

      const denied = await ask(`Bearer ${at.grant(3, { scp: ['calendar:read'] })}`)
      assert.deepEqual(denied, { status: 403, challenge: `Bearer realm="calendar", error="insufficient_scope", ${scope}`, body: { error: 'insufficient_scope' }, cache: 'no-store' })

      at.revoked = [9]
      const faults = { signature_invalid: forge(good), expired: at.grant(3, { scp: scopes, exp: now() - 1 }), issuer_mismatch: at.grant(3, { scp: scopes, iss: 'https://other.example' }), token_malformed: 'x' }
      // What was wrong is told to the log alone.
      const invalid = { status: 401, challenge: `Bearer realm="calendar", error="invalid_token", ${scope}`, body: { error: 'invalid_token' }, cache: 'no-store' }
      for (const token of Object.values(faults)) assert.deepEqual(await ask(`Bearer ${token}`), invalid)
      assert.deepEqual(why, ['scope_missing', ...Object.keys(faults)])
    } finally {
      await Promise.all([server.close(), at.close()])
    }
  })

  test(`${name}: a token that was revoked is refused`, async () => {
    const at = await issuer()
    at.revoked = [9]
    const server = await start({ verifier: createGrantVerifier({ issuer: at.issuer, onUnknown: 'refuse' }) })
    try {
      const response = await fetch(server.origin, { headers: { authorization: `Bearer ${at.grant(9)}` } })
      assert.deepEqual([response.status, response.headers.get('www-authenticate'), await response.json()], [401, 'Bearer error="invalid_token"', { error: 'invalid_token' }])
      const bare = await fetch(server.origin)
      assert.equal(bare.headers.get('www-authenticate'), 'Bearer')
    } finally {
      await Promise.all([server.close(), at.close()])
    }
  })

  test(`${name}: while nothing can be told it asks to come back, and blames no token`, async () => {
    const at = await issuer()
    at.fails = { jwks: 500 }
    for (const verifier of [
      createGrantVerifier({ issuer: at.issuer, onUnknown: 'refuse' }),
      createGrantVerifier({ issuer: at.issuer, onUnknown: 'refuse', lazy: true }),
    ]) {
      const server = await start({ verifier })
      const response = await fetch(server.origin, { headers: { authorization: `Bearer ${at.grant()}` } })
      assert.equal(response.status, 503)
      assert.ok(Number(response.headers.get('retry-after')) >= 1)
      assert.equal(response.headers.get('www-authenticate'), null)
      assert.deepEqual(await response.json(), { error: 'temporarily_unavailable' })
      await server.close()
    }
    await at.close()
  })
}

test('two headers `Authorization` are none', async () => {
  const at = await issuer()
  const server = await servers['Node.js http']({ verifier: createGrantVerifier({ issuer: at.issuer, onUnknown: 'refuse' }) })
  const { connect } = await import('node:net')
  const socket = connect(new URL(server.origin).port, '127.0.0.1')
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${at.grant()}\r\nAuthorization: Bearer other\r\nConnection: close\r\n\r\n`)
  const said = (await socket.toArray()).join('')
  assert.match(said, /^HTTP\/1\.1 400 /)
  await Promise.all([server.close(), at.close()])
})

test('what the handler throws reaches the framework once', async () => {
  const at = await issuer()
  const app = express()
  let calls = 0
  app.get('/', guardExpress({ verifier: createGrantVerifier({ issuer: at.issuer, onUnknown: 'refuse' }) }), () => {
    calls++
    throw new Error('the handler failed')
  })
  app.use((error, request, response, _next) => response.status(500).json({ error: error.message }))
  const server = await serve(app)
  const response = await fetch(server.origin, { headers: { authorization: `Bearer ${at.grant()}` } })
  assert.deepEqual([response.status, await response.json(), calls], [500, { error: 'the handler failed' }, 1])
  await Promise.all([server.close(), at.close()])
})

test('options that cannot be meant are refused when the guard is made', async () => {
  const at = await issuer()
  const verifier = await createGrantVerifier({ issuer: at.issuer, onUnknown: 'accept' })
  for (const guard of [guardExpress, guardHono, (options) => guardFetch(() => {}, options)]) {
    assert.throws(() => guard({ verifier: undefined }), TypeError)
    assert.throws(() => guard({ verifier, scopes: ['a b'] }), TypeError)
    assert.throws(() => guard({ verifier, scopes: 'a' }), TypeError)
    assert.throws(() => guard({ verifier, realm: 'a"b' }), TypeError)
  }
  await at.close()
})

test('a mistake of the one who set it up is no fault of the token', async () => {
  const at = await issuer()
  const verifier = createGrantVerifier({ issuer: at.issuer, onUnknown: 'accept', clockTolerance: 6000 })
  const app = guardFetch(() => new Response(), { verifier })
  await assert.rejects(app(new Request('http://x/', { headers: { authorization: `Bearer ${at.grant()}` } })), /tolerance/)
  await at.close()
})
