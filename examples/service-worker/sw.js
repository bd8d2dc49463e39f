// A service worker that answers /events from its cache to grants only, without a network: keys
// and the list are put in the cache by the page when it is online. Bundle it with any bundler.
import { importJwks } from 'countersign'
import { revocationOf, verifyGrantToken, verifyStatusList } from 'countersign/grants'

const issuer = 'http://localhost:8787/grantex'

async function cached(url) {
  const response = await caches.match(url)
  return response && { text: await response.text(), at: Date.parse(response.headers.get('date') ?? '') / 1000 }
}

async function events(request) {
  const token = request.headers.get('authorization')?.replace(/^Bearer /i, '') ?? ''
  const jwks = await cached(`${issuer}/.well-known/jwks.json`)
  if (jwks === undefined) return new Response(null, { status: 503 })
  const keys = importJwks(jwks.text)
  const verdict = verifyGrantToken(token, keys, { issuer, requiredScopes: ['calendar:read'] })
  if (!verdict.ok) return Response.json({ error: verdict.code }, { status: verdict.code === 'scope_missing' ? 403 : 401 })
  const { status, principal } = verdict.claims
  const list = status && (await cached(status.uri))
  const found = list && verifyStatusList(list.text, keys, { issuer, uri: status.uri, fetchedAt: list.at })
  // Offline, a list grows old: what is unknown is shown, and what was revoked is not.
  const revocation = found?.ok ? revocationOf(verdict.claims, found.list) : 'unknown'
  if (revocation === 'revoked') return Response.json({ error: 'token_revoked' }, { status: 401 })
  return Response.json({ events: [], of: principal, revocation })
}

self.addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname === '/events') event.respondWith(events(event.request))
})
